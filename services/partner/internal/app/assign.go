package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Assignment gives a subscription to another partner without the customer's
// consent.
type Assignment struct {
	SubscriptionID string
	PartnerID      partners.ID
	Effective      calendar.Date // no date for today
	Text           string
}

// AssignTransfer stores an assignment and carries it out, or leaves that to its
// job. It returns transfers.ErrConsentMissing while the partner of record has
// not ceased.
func (a *App) AssignTransfer(ctx context.Context, r Assignment) (transfers.View, error) {
	if strings.TrimSpace(r.Text) == "" {
		return transfers.View{}, transfers.ErrReasonTextRequired.Because("tell for the record why the vendor reassigns the customer").On("reason_text")
	}
	wanted, about, possible := a.assignable(ctx, r)
	var assigned transfers.Transfer
	var view transfers.View
	err := once(ctx, a, &view, func(tx *postgres.Store) (err error) {
		if possible != nil { // told here, so that a repetition is answered as before
			return possible
		}
		if assigned, err = a.assign(ctx, tx, wanted, about, r.Text); err != nil {
			return err
		}
		view, err = a.show(ctx, tx, viewerOf(ctx), assigned)
		return err
	})
	if err != nil || assigned.ID == "" {
		return view, err
	}
	a.carryOutNow(ctx, assigned)
	return a.GetTransfer(ctx, assigned.ID)
}

// assignable reads what an assignment is about, and returns what keeps it from
// being one: NOT_FOUND, SUBSCRIPTION_CANCELLED or transfers.ErrSamePartner.
func (a *App) assignable(ctx context.Context, r Assignment) (transfers.Transfer, resolution, error) {
	sub, err := a.peers.Subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: r.SubscriptionID})
	if err != nil {
		return transfers.Transfer{}, resolution{}, fault.At("subscription_id", err)
	}
	one, err := heldFrom(sub)
	if err != nil {
		return transfers.Transfer{}, resolution{}, fmt.Errorf("subscription %s: %w", r.SubscriptionID, err)
	}
	owner, err := a.peers.Customers.GetCustomer(ctx, &customerv1.GetCustomerRequest{CustomerId: one.CustomerID})
	if err != nil {
		return transfers.Transfer{}, resolution{}, fmt.Errorf("customer %s: %w", one.CustomerID, err)
	}
	today := a.today()
	if r.Effective.IsZero() {
		r.Effective = today
	}
	wanted := transfers.Transfer{
		ID: transfers.ID(ident.New("trf_")), PartnerID: r.PartnerID, Domain: owner.GetPrimaryDomain(), FamilyID: one.FamilyID,
		RequestedDate: r.Effective, RequestDate: today, CreateTime: a.instant(),
	}
	about := resolution{customer: customer{ID: owner.GetCustomerId(), DisplayName: owner.GetDisplayName()}}
	if about.moves, err = assignedMove(one, wanted); err != nil {
		return wanted, about, err
	}
	about.taken = []held{one}
	about, err = a.explain(ctx, wanted, about, true)
	return wanted, about, err
}

var errCancelled = fault.New("SUBSCRIPTION_CANCELLED", "the subscription is cancelled")

func assignedMove(one held, wanted transfers.Transfer) ([]transfers.Move, error) {
	if contractOf(one).Cancelled || len(one.Terms) == 0 {
		return nil, errCancelled.Because("subscription " + one.ID + " is cancelled").On("subscription_id")
	}
	m := moveOf(one, wanted)
	if m.Incumbent == wanted.PartnerID {
		return nil, transfers.ErrSamePartner.Because(fmt.Sprintf("%s serves subscription %s already", wanted.PartnerID, one.ID)).On("partner_id")
	}
	return []transfers.Move{m}, nil
}

// assign stores the transfer with all that follows from it.
func (a *App) assign(ctx context.Context, tx *postgres.Store, wanted transfers.Transfer, about resolution, text string) (transfers.Transfer, error) {
	wanted.Moves = about.moves
	if err := a.checkCeased(ctx, tx, wanted); err != nil {
		return wanted, err
	}
	assigned, err := transfers.Assign(wanted, a.today())
	if err != nil {
		return assigned, err
	}
	if err := tx.LockSubscriptions(ctx, subscriptionsOfMoves(assigned.Moves)); err != nil {
		return assigned, err
	}
	var facts conduct.Facts
	if err := json.Unmarshal(about.facts[0], &facts); err != nil {
		return assigned, fmt.Errorf("facts about subscription %s: %w", assigned.Moves[0].SubscriptionID, err)
	}
	move, err := a.openMove(ctx, tx, assigned, assigned.Moves[0], facts)
	if err != nil {
		return assigned, err
	}
	assigned.Moves = []transfers.Move{move}
	dossier := transfers.Dossier{
		Delivery: transfers.Closed, CustomerID: about.customer.ID, CustomerName: about.customer.DisplayName, AssignText: text,
	}
	if err := tx.InsertTransfer(ctx, assigned, dossier); err != nil {
		return assigned, err
	}
	if err := tx.InsertMoves(ctx, assigned, about.facts); err != nil {
		return assigned, err
	}
	if err := a.recordTransfer(ctx, tx, "transfer.assigned", assigned); err != nil {
		return assigned, err
	}
	if err := a.supersedeRivals(ctx, tx, assigned); err != nil {
		return assigned, err
	}
	return assigned, a.jobs.CarryOut(ctx, tx.Tx(), assigned.ID)
}

// checkCeased returns transfers.ErrConsentMissing unless the partner of record
// has ceased, and the refusals of selling.Terms.Check for the one that begins.
func (a *App) checkCeased(ctx context.Context, tx *postgres.Store, wanted transfers.Transfer) error {
	today := a.today()
	terms, err := tx.SellingTerms(ctx, wanted.PartnerID, today)
	if err != nil {
		return fault.At("partner_id", err)
	}
	if err := terms.Check(today); err != nil {
		return err
	}
	incumbent, err := tx.Partner(ctx, wanted.Moves[0].Incumbent)
	if err != nil && !errors.Is(err, partners.ErrNotFound) {
		return err
	}
	if incumbent.State == partners.Suspended && !incumbent.SuspendDate.After(today) {
		return nil
	}
	return transfers.ErrConsentMissing.Because(fmt.Sprintf(
		"partner %s has not ceased: the customer itself has to consent to a transfer", wanted.Moves[0].Incumbent)).On("subscription_id")
}
