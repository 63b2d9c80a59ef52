package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// carryTime bounds what a contact who consents waits for the contract. The job
// goes on.
const carryTime = 8 * time.Second

// carryOutNow carries a transfer out for a contact who waits: even if that one
// has gone, but not for ever. What it could not do, the job will.
func (a *App) carryOutNow(ctx context.Context, t transfers.Transfer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), carryTime)
	defer cancel()
	_ = a.carryOut(ctx, t) // the job meets the same error, and logs it
}

// CarryOut changes the contracts that a transfer moves, until each has the new
// partner or has refused it for good. It may run at any time, any number of
// times and by several at once. An error means that it has to run again.
func (a *App) CarryOut(ctx context.Context, id transfers.ID) error {
	ctx = pg.WithScope(ctx, pg.System())
	var t transfers.Transfer
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		t, err = tx.Transfer(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	return a.carryOut(ctx, t)
}

// carryOut tries each move, however the others fare.
func (a *App) carryOut(ctx context.Context, t transfers.Transfer) error {
	if t.State != transfers.Consented {
		return nil
	}
	var problems []error
	for _, m := range t.Moves {
		if m.Pending() {
			problems = append(problems, a.carry(ctx, t, m))
		}
	}
	return errors.Join(problems...)
}

// carry asks the contract for one move and stores its answer.
func (a *App) carry(ctx context.Context, t transfers.Transfer, m transfers.Move) error {
	_, err := a.peers.Subscriptions.ReassignSubscription(ctx, &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: m.SubscriptionID, ExpectedPartnerId: string(m.Incumbent), PartnerId: string(t.PartnerID),
		EffectiveDate: m.EffectiveDate.String(), AgreedDate: a.agreed(t, m).String(), TransferId: string(t.ID), RequestId: string(t.ID) + ":" + m.SubscriptionID,
	})
	if err == nil {
		return a.conclude(ctx, t.ID, m.SubscriptionID, "")
	}
	refusal, ok := fault.Of(err)
	if !ok || !slices.Contains(final, refusal.Reason) {
		return fmt.Errorf("reassign subscription %s: %w", m.SubscriptionID, err)
	}
	moved, err := a.moved(ctx, t.ID, m.SubscriptionID)
	switch {
	case err != nil:
		return err
	case moved:
		return a.conclude(ctx, t.ID, m.SubscriptionID, "")
	}
	return a.conclude(ctx, t.ID, m.SubscriptionID, refusal.Reason)
}

// agreed is the day from which the move was bound to happen: that of the
// consent, or of the vendor's assignment. The move's own day is settled in the
// subscription's time zone, where the consent may have been a day earlier.
func (a *App) agreed(t transfers.Transfer, m transfers.Move) calendar.Date {
	day := t.RequestDate
	if !t.ConsentTime.IsZero() {
		day = calendar.DateOf(t.ConsentTime, a.zone)
	}
	return calendar.Min(day, m.EffectiveDate)
}

// final are the contract's refusals that stay: repeating the same request gets
// the same answer. Everything else tells nothing about the contract, and the
// job goes on.
var final = []fault.Reason{
	"NOT_FOUND", "PARTNER_CHANGED", "SUBSCRIPTION_CANCELLED", "CUSTOMER_MERGED", "SAME_PARTNER", "STATE_INVALID", "REQUEST_INVALID", "DATE_INVALID",
}

var errNoSubscription = fault.New("NOT_FOUND", "there is no such subscription")

// moved reports whether the contract has the move although it refused it: then
// only an earlier answer got lost.
func (a *App) moved(ctx context.Context, id transfers.ID, subscriptionID string) (bool, error) {
	sub, err := a.peers.Subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: subscriptionID})
	if errors.Is(err, errNoSubscription) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("subscription %s: %w", subscriptionID, err)
	}
	return slices.ContainsFunc(sub.GetPartnersOfRecord(), func(p *customerv1.PartnerOfRecord) bool {
		return p.GetTransferId() == string(id)
	}), nil
}

// conclude stores the contract's answer about one subscription.
func (a *App) conclude(ctx context.Context, id transfers.ID, subscriptionID string, failure fault.Reason) error {
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		current, err := tx.TransferForUpdate(ctx, id)
		if err != nil {
			return err
		}
		carried := current.Carried(subscriptionID, failure)
		if carried.Revision == current.Revision {
			return nil
		}
		if err := tx.UpdateTransfer(ctx, carried); err != nil {
			return err
		}
		return a.recordTransfer(ctx, tx, carriedKind(carried.State), carried)
	})
}

func carriedKind(state transfers.State) string {
	switch state {
	case transfers.Completed:
		return "transfer.completed"
	case transfers.Failed:
		return "transfer.failed"
	}
	return "transfer.moved" // some of it
}
