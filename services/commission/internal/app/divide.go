package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/division"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// DivideTerms begins the relationships that transfers of a subscription have
// brought by today, and divides between old and new partner what was booked or
// imported for days of the new one. It may run at any time, any number of times
// and by several at once; a term that the old partner books late is divided by
// the next run. An error means that it has to run again.
func (a *App) DivideTerms(ctx context.Context, subscriptionID string) error {
	ctx = caller.AsItself(ctx)
	c, err := contract.Read(ctx, a.subscriptions, subscriptionID)
	if err != nil {
		return err
	}
	today := c.Today(a.now())
	for _, t := range c.Partners {
		if t.TransferID == "" || t.From.After(today) {
			continue
		}
		if err := a.handOver(ctx, c, t); err != nil {
			return fmt.Errorf("transfer %s of subscription %s: %w", t.TransferID, subscriptionID, err)
		}
	}
	return nil
}

// handOver does what follows from one transfer.
func (a *App) handOver(ctx context.Context, c contract.Contract, t contract.Tenure) error {
	began, err := a.EnsureRelationship(ctx, Tenure{SubscriptionID: c.ID, PartnerID: t.PartnerID, On: t.From, began: t})
	if err != nil {
		return err
	}
	if began.Case.ID == "" { // it was locked by hand before the transfer was known here
		verdict, err := a.findCase(ctx, c.ID, t.TransferID)
		if err != nil {
			return err
		}
		if err := a.applyVerdict(ctx, verdict); err != nil {
			return err
		}
	}
	var whole bool
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		if whole, err = a.divide(ctx, tx, c, t); err != nil || !whole {
			return err
		}
		return tx.FinishHandover(ctx, c.ID, t.TransferID, a.now())
	})
	if err == nil && !whole {
		return errUndecided
	}
	return err
}

// divide divides what stands booked or imported for days from a transfer's first
// on. It returns false while a term of the contract is on its way to be booked
// here.
func (a *App) divide(ctx context.Context, tx *postgres.Store, c contract.Contract, t contract.Tenure) (whole bool, err error) {
	all, err := tx.RelationshipsForUpdate(ctx, c.ID)
	if err != nil {
		return false, err
	}
	h := division.Handover{TransferID: t.TransferID, Relationships: all}
	for _, r := range all {
		if r.PartnerID == t.PartnerID && r.From == t.From {
			h.New = r
		}
	}
	if h.New.ID == "" {
		return false, fmt.Errorf("no relationship of %s begins on %s", t.PartnerID, t.From)
	}
	bookings, whole, err := bookingsFor(ctx, tx, c, h, t.From)
	if err != nil {
		return false, err
	}
	standing, err := tx.SharesOf(ctx, c.ID)
	if err != nil {
		return false, err
	}
	var divided []finance.Restatement
	for _, b := range bookings {
		d, found, err := h.Divide(b, standing)
		if err != nil {
			return false, err
		}
		if !found {
			continue
		}
		if err := a.addDivision(ctx, tx, d); err != nil {
			return false, err
		}
		divided = append(divided, finance.Restatement{SourceID: b.SourceID, From: t.From, Cause: "transfer:" + t.TransferID})
	}
	return whole, a.withholdDivided(ctx, tx, all, divided)
}

// withholdDivided brings the withholdings of relationships up to what divisions
// have left of their sources. What was invoiced is restated from the transfer's
// first day on, also of a term that begins later: nobody earns by days to come that
// are another's.
func (a *App) withholdDivided(ctx context.Context, tx *postgres.Store, all []records.Relationship, divided []finance.Restatement) error {
	var changed []records.Withholding
	for _, r := range all {
		withheld, err := a.withhold(ctx, tx, r)
		if err != nil {
			return err
		}
		changed = append(changed, withheld...)
	}
	return a.restateWithheld(ctx, tx, changed, divided...)
}

// addDivision stores a division.
func (a *App) addDivision(ctx context.Context, tx *postgres.Store, d division.Division) error {
	parts := d.Parts()
	for i := range parts {
		parts[i].ID, parts[i].CreateTime = ident.New("shr_"), a.now()
	}
	if err := tx.AddShares(ctx, d.Replaces, parts...); err != nil {
		return err
	}
	for _, p := range parts {
		err := a.appendEvent(ctx, tx, events.Event{
			Kind: "term_share.divided", ResourceID: p.ID, Revision: 1, Actor: caller.Actor(ctx), PartnerID: p.PartnerID,
		}, p)
		if err != nil {
			return err
		}
	}
	return nil
}

// bookingsFor returns what is booked or imported of a subscription for days
// after a day; false while a term of the contract, booked by a submission, is
// not booked here.
func bookingsFor(ctx context.Context, tx *postgres.Store, c contract.Contract, h division.Handover, after calendar.Date) (list []records.Booking, whole bool, err error) {
	list, err = tx.Bookings(ctx, c.ID, after)
	if err != nil {
		return nil, false, err
	}
	known := make(map[string]bool, len(list))
	for _, b := range list {
		known[b.SourceID] = true
	}
	whole = true
	for _, term := range c.Proto.GetTerms() {
		switch {
		case term.GetCancelled() || term.GetEndDate() <= after.String() || known[term.GetBookedBy()]:
		case strings.HasPrefix(term.GetBookedBy(), records.SubmissionPrefix):
			whole = false
		default:
			b, err := contract.Imported(c, term, h.Old)
			if err != nil {
				return nil, false, fmt.Errorf("term %s from %s: %w", c.ID, term.GetStartDate(), err)
			}
			list = append(list, b)
		}
	}
	return list, whole, nil
}

// SweepHandovers gives a job to each subscription with a change of partner that
// has taken effect and is not dealt with, unless it has one, and returns how
// many. jobKind is the queue's name of such a job.
func (a *App) SweepHandovers(ctx context.Context, jobKind string) (swept int, err error) {
	ctx = caller.AsItself(ctx)
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		due, err := tx.DueHandovers(ctx, a.now(), jobKind, sweepBatch)
		if err != nil {
			return err
		}
		swept = len(due)
		return a.orderDivisions(ctx, tx, due...)
	})
	return swept, err
}

func (a *App) orderDivisions(ctx context.Context, tx *postgres.Store, subscriptions ...string) error {
	for _, id := range subscriptions {
		if err := a.jobs.DivideTerms(ctx, tx.Tx(), id); err != nil {
			return err
		}
	}
	return nil
}

// projectHandovers keeps the changes of partner that came by a transfer, and
// orders at once what has taken effect.
func (a *App) projectHandovers(ctx context.Context, tx *postgres.Store, entries []postgres.BookEntry) error {
	var told []postgres.Handover
	for _, entry := range entries {
		told = append(told, entry.Handovers...)
	}
	if len(told) == 0 {
		return nil
	}
	added, err := tx.AddHandovers(ctx, told)
	if err != nil {
		return err
	}
	var due []string
	for _, h := range added {
		if !h.From.After(a.today()) {
			due = append(due, h.SubscriptionID)
		}
	}
	return a.orderDivisions(ctx, tx, due...)
}

// TermShareFilter says which shares to list.
type TermShareFilter = postgres.TermShareFilter

// ListTermShares returns up to limit shares before an id, newest first.
func (a *App) ListTermShares(ctx context.Context, f TermShareFilter, before string, limit int) ([]records.TermShare, error) {
	var list []records.TermShare
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.TermShares(ctx, f, before, limit)
		return err
	})
	return list, err
}
