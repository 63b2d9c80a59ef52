package app

import "github.com/holdfast-channel/holdfast/services/commission/internal/renewal"

// FailAt makes the App give up, as a dying process does, wherever fail returns
// an error. Steps come as their names.
func (a *App) FailAt(fail func(step string) error) {
	a.fail = func(s step) error { return fail(string(s)) }
}

// Steps are the boundaries of the saga, in their order.
var Steps = []string{
	string(beforeStore), string(afterStore), string(beforeRenew), string(afterRenew), string(beforeNewEtag), string(afterNewEtag),
	string(beforeConclude), string(afterConclude),
}

// SweepAge is how long the sweeper waits.
const SweepAge = sweepAge

// ErrCancelled is a refusal of the contract.
var ErrCancelled = renewal.ErrCancelled
