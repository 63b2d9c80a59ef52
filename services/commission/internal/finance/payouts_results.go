package finance

import (
	"context"
	"maps"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// BankAnswer is what the bank answered to a payout. Err is set for one that
// could not be read.
type BankAnswer struct {
	payout.Result
	Err error
}

// RecordedAnswer is the payout after an answer, or why the answer was refused.
type RecordedAnswer struct {
	Payout  payout.Payout `json:"payout,omitzero"`
	Refusal *fault.Error  `json:"refusal,omitempty"`
}

// RecordPayoutResults records answers in their order, all that are accepted in
// one transaction, and returns a result for each.
func (a *App) RecordPayoutResults(ctx context.Context, answers []BankAnswer) ([]RecordedAnswer, error) {
	if caller, _ := auth.From(ctx); caller.Service == "" && !caller.Human {
		return nil, rpcerr.HumanRequired
	}
	var recorded []RecordedAnswer
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &recorded, func() (err error) {
			recorded, err = a.recordAnswers(ctx, tx, answers)
			return err
		})
	})
	return recorded, err
}

func (a *App) recordAnswers(ctx context.Context, tx *postgres.Store, answers []BankAnswer) ([]RecordedAnswer, error) {
	ids := make([]string, len(answers))
	for i, answer := range answers {
		ids[i] = answer.PayoutID
	}
	known, err := tx.PayoutsForUpdate(ctx, ids...)
	if err != nil {
		return nil, err
	}
	recorded := make([]RecordedAnswer, len(answers))
	var changes []payout.Payout
	moved := map[string]bool{} // batches
	for i, answer := range answers {
		p, changed, err := a.answered(ctx, known, answer)
		if refusal, refused := fault.Of(err); refused {
			recorded[i].Refusal = refusal
			continue
		}
		if err != nil {
			return nil, err
		}
		recorded[i].Payout = p
		if changed {
			changes = append(changes, p)
			known[p.ID], moved[p.BatchID] = p, true
		}
	}
	if err := a.settlePayouts(ctx, tx, changes...); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(moved)) {
		if err := a.advanceBatch(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return recorded, nil
}

// answered decides about one answer, where those before it count.
func (a *App) answered(ctx context.Context, known map[string]payout.Payout, answer BankAnswer) (payout.Payout, bool, error) {
	if answer.Err != nil {
		return payout.Payout{}, false, answer.Err
	}
	p, ok := known[answer.PayoutID]
	if !ok {
		return p, false, payout.ErrNoPayout.On("payout_id")
	}
	r := answer.Result
	r.Actor, r.At, r.Today = caller.Actor(ctx), a.now(), a.moneyDay()
	return p.Record(r)
}
