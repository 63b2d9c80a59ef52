package app

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

// FailAt makes the App give up, as a dying process does, wherever fail returns
// an error. Steps come as their names.
func (a *App) FailAt(fail func(step string) error) {
	a.fail = func(s step) error { return fail(string(s)) }
}

// Steps are the boundaries of the saga, in their order.
var Steps = []string{
	string(beforeStore), string(afterStore), string(beforeCommit), string(afterCommit), string(beforeNewEtag), string(afterNewEtag),
	string(beforeConclude), string(afterConclude),
}

// OrderSteps are those of an order's saga, to the end that partner knows of it.
var OrderSteps = []string{
	string(beforeStore), string(afterStore), string(beforeCommit), string(beforeCustomer), string(afterCustomer), string(afterCommit),
	string(beforeConclude), string(afterConclude), string(beforeTold), string(afterTold),
}

// SweepAge is how long the sweeper waits.
const SweepAge = sweepAge

// ErrCancelled is a refusal of the contract.
var ErrCancelled = renewal.ErrCancelled
