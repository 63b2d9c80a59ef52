package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// bookedUnder does, in the transaction that makes a submission BOOKED, what its
// relationship's case and end ask for: under a case it records what the cap
// withholds; past the relationship's end it orders that the term is divided.
// The relationship must be stored by then. The transaction is the system's.
func (a *App) bookedUnder(ctx context.Context, tx *postgres.Store, booked records.Submission) error {
	r, err := tx.RelationshipForBooking(ctx, booked.Calculation.RelationshipID)
	if err != nil {
		return err
	}
	if r.Case.ID != "" {
		earned := records.Earned{SourceID: booked.ID, TermStart: booked.RatedFrom(), Share: booked.Calculation.Share()}
		if _, err := a.withholdOf(ctx, tx, r, earned, records.Withholding{}); err != nil { // nobody has invoiced it yet
			return err
		}
	}
	if r.Until.IsZero() || !r.Until.Before(booked.Term.End) {
		return nil
	}
	return a.jobs.DivideTerms(ctx, tx.Tx(), r.SubscriptionID)
}

// withhold brings the withholdings of a relationship, which is locked, up to
// what its case says by now of everything that was earned under it, and returns
// those that have changed.
func (a *App) withhold(ctx context.Context, tx *postgres.Store, r records.Relationship) (changed []records.Withholding, err error) {
	if r.Case.ID == "" {
		return nil, nil
	}
	known, err := tx.WithholdingsUnder(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	earned, err := tx.EarnedUnder(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range earned {
		news, err := a.withholdOf(ctx, tx, r, e, known[e.SourceID])
		if err != nil {
			return nil, err
		}
		changed = append(changed, news...)
		delete(known, e.SourceID)
	}
	for _, source := range slices.Sorted(maps.Keys(known)) {
		if w := known[source]; w.Replaced() != w {
			if err := a.saveWithholding(ctx, tx, w.Replaced()); err != nil {
				return nil, err
			}
			changed = append(changed, w.Replaced())
		}
	}
	return changed, nil
}

// withholdOf does so of one thing that was earned.
func (a *App) withholdOf(ctx context.Context, tx *postgres.Store, r records.Relationship, e records.Earned, known records.Withholding) ([]records.Withholding, error) {
	next, news, err := r.Withholds(e, known)
	if err != nil || !news {
		return nil, err
	}
	return []records.Withholding{next}, a.saveWithholding(ctx, tx, next)
}

// saveWithholding saves the next revision of a withholding, and tells what it
// has become.
func (a *App) saveWithholding(ctx context.Context, tx *postgres.Store, w records.Withholding) error {
	now := a.now()
	kind := map[records.WithholdingState]string{
		records.Kept: "withholding.kept", records.Held: "withholding.held", records.Released: "withholding.released",
	}[w.State]
	if w.ID == "" {
		w.ID, w.CreateTime, kind = ident.New("wth_"), now, "withholding.recorded"
	}
	w.Revision++
	w.UpdateTime = now
	if err := tx.SaveWithholding(ctx, w); err != nil {
		return err
	}
	return a.appendEvent(ctx, tx, events.Event{
		Kind: kind, ResourceID: w.ID, Revision: int64(w.Revision), Actor: caller.Actor(ctx), PartnerID: w.PartnerID,
	}, w)
}

// restateWithheld restates what was divided, and from today on that of which a
// verdict has changed what is withheld. Of what is both, everything counts from the
// transfer's first day.
func (a *App) restateWithheld(ctx context.Context, tx *postgres.Store, changed []records.Withholding, divided ...finance.Restatement) error {
	list := divided
	for _, w := range changed {
		source := strings.TrimSuffix(w.SourceID, records.RewardSource(""))
		root, err := tx.RootSource(ctx, source)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(r finance.Restatement) bool { return r.SourceID == root }) {
			list = append(list, finance.Restatement{SourceID: root, From: ledger.DayOf(a.now()), Cause: "case:" + w.CaseID})
		}
	}
	return finance.Restate(ctx, tx, a.now(), list...)
}

// WithholdingFilter says which withholdings to list.
type WithholdingFilter = postgres.WithholdingFilter

// ListWithholdings returns up to limit withholdings before an id, newest first.
func (a *App) ListWithholdings(ctx context.Context, f WithholdingFilter, before string, limit int) ([]records.Withholding, error) {
	var list []records.Withholding
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Withholdings(ctx, f, before, limit)
		return err
	})
	return list, err
}
