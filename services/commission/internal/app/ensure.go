package app

import (
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Tenure names the relationship of a subscription with its partner of record
// on a day.
type Tenure struct {
	SubscriptionID, PartnerID string
	On                        calendar.Date
	began                     contract.Tenure // in the contract, where that is known
}

// stale reports whether a relationship that seems to run is one of an earlier
// time of the same partner: the customer has left and come back, and what began
// then is not stored yet.
func stale(t contract.Tenure, r records.Relationship) bool {
	return t.TransferID != "" && r.TransferID != t.TransferID && r.From.Before(t.From)
}

// ExpectedRelationship returns the relationship of a tenure without any effect:
// the stored one, or, without an id, the one that EnsureRelationship would
// begin. It returns LOCK_MISSING where the margin must be imported or accepted
// first.
func (a *App) ExpectedRelationship(ctx context.Context, of Tenure) (records.Relationship, error) {
	ctx = pg.WithScope(ctx, pg.System()) // the terms of a change concern both partners
	found, err := a.storedRelationship(ctx, of)
	if err != nil || found != nil {
		return valueOf(found), err
	}
	begun, err := a.begin(ctx, of)
	return begun.On(of.On), err
}

// EnsureRelationship is ExpectedRelationship, and stores a relationship that
// begins by a change of partner: the old one ends, the new one is locked at the
// rate card in force, and capped if the verdict about the change says so. A
// subscription's first partner brings its agreed margin along (LOCK_MISSING
// until it was imported or the card's rate accepted); the vendor itself needs
// none. It may run at any time, any number of times, and by several at once: one
// relationship comes of it.
func (a *App) EnsureRelationship(ctx context.Context, of Tenure) (records.Relationship, error) {
	ctx = pg.WithScope(ctx, pg.System())
	found, err := a.storedRelationship(ctx, of)
	if err != nil || found != nil {
		return valueOf(found), err
	}
	begun, err := a.begin(ctx, of)
	if err != nil {
		return records.Relationship{}, err
	}
	var ensured records.Relationship
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		ensured, _, err = a.start(ctx, tx, begun)
		return err
	})
	return ensured.On(of.On), err
}

func valueOf(r *records.Relationship) records.Relationship {
	if r == nil {
		return records.Relationship{}
	}
	return *r
}

// storedRelationship returns nil when there is none of this tenure.
func (a *App) storedRelationship(ctx context.Context, of Tenure) (*records.Relationship, error) {
	var found *records.Relationship
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		all, err := tx.RelationshipsOf(ctx, of.SubscriptionID)
		found = nil
		for _, r := range all[of.SubscriptionID] {
			if r.PartnerID == of.PartnerID && runsOn(r.Relationship, of.On) == nil && !stale(of.began, r) {
				r = r.On(of.On)
				found = &r
			}
		}
		return err
	})
	return found, err
}

// begin decides the relationship that a tenure begins with. One that began by a
// transfer has the case of its verdict, and is not begun without it.
func (a *App) begin(ctx context.Context, of Tenure) (records.Relationship, error) {
	sub, err := a.subscription(ctx, of.SubscriptionID)
	if err != nil {
		return records.Relationship{}, err
	}
	began, first, err := sub.tenureOf(of)
	if err != nil {
		return records.Relationship{}, err
	}
	booked := earlier(began.From, a.today())
	terms, err := a.loadTerms(ctx, sellerOn{of.PartnerID, booked})
	if err != nil {
		return records.Relationship{}, err
	}
	begun := records.Relationship{
		Relationship: margin.Relationship{
			SubscriptionID: of.SubscriptionID, PartnerID: of.PartnerID, From: began.From, Until: began.Until, Mode: terms.Mode,
		},
		TransferID: began.TransferID, Revision: 1,
	}
	if first && !terms.IsDirect() {
		_, err := begun.RateOn(of.On) // the first partner's margin is not ours to choose
		return begun, err
	}
	if err := terms.CheckHolding(booked); err != nil {
		return begun, err
	}
	if begun.Lock, err = a.lockByCard(ctx, terms, sub, booked); err != nil {
		return begun, err
	}
	return a.withCase(ctx, begun)
}

// withCase returns a relationship that begins by a transfer with what the
// verdict about it says.
func (a *App) withCase(ctx context.Context, begun records.Relationship) (records.Relationship, error) {
	if begun.TransferID == "" {
		return begun, nil
	}
	verdict, err := a.findCase(ctx, begun.SubscriptionID, begun.TransferID)
	if err != nil {
		return begun, err
	}
	begun, _ = begun.Ruled(verdict)
	return begun, nil
}

// tenureOf finds the time of a partner, and whether it is the first of all.
func (s served) tenureOf(of Tenure) (began contract.Tenure, first bool, err error) {
	for i, t := range s.partners {
		if t.PartnerID == of.PartnerID && !of.On.Before(t.From) && (t.Until.IsZero() || of.On.Before(t.Until)) {
			return t, i == 0, nil
		}
	}
	return contract.Tenure{}, false, errPartnerChanged.Because(
		fmt.Sprintf("partner %s is not partner of record of subscription %s on %s", of.PartnerID, of.SubscriptionID, of.On))
}

func earlier(a, b calendar.Date) calendar.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// lockByCard is the lock of a relationship that begins under the card in force
// on a day. The vendor's own sales earn nothing.
func (a *App) lockByCard(ctx context.Context, terms selling.Terms, sub served, on calendar.Date) (margin.Lock, error) {
	if terms.IsDirect() {
		return margin.Lock{On: on}, nil
	}
	approved, err := a.loadCards(ctx, struct{}{})
	if err != nil {
		return margin.Lock{}, err
	}
	rate, err := offered(approved, terms.Type, &Question{On: on, FamilyID: sub.family, Segment: sub.segment})
	return margin.Lock{Rate: rate.Locked, On: on, RateCardID: rate.RateCardID}, err
}

// start stores a relationship, under its id or a new one, and ends the one
// before it. Where another transaction was faster, it returns what that one
// stored, and false. The terms that a transfer fell into are divided by a job.
func (a *App) start(ctx context.Context, tx *postgres.Store, begun records.Relationship) (records.Relationship, bool, error) {
	for range 2 {
		all, err := tx.RelationshipsOf(ctx, begun.SubscriptionID)
		if err != nil {
			return records.Relationship{}, false, err
		}
		for _, r := range all[begun.SubscriptionID] {
			if r.PartnerID == begun.PartnerID && r.From == begun.From {
				return r, false, nil
			}
			if err := a.endBefore(ctx, tx, r, begun.Relationship); err != nil {
				return records.Relationship{}, false, err
			}
		}
		if begun.ID == "" {
			begun.ID = ident.New("rel_")
		}
		begun.Revision, begun.CreateTime = 1, a.now()
		added, err := tx.InsertRelationships(ctx, []records.Relationship{begun})
		if err != nil {
			return records.Relationship{}, false, err
		}
		if added[begun.ID] {
			return a.started(ctx, tx, begun.On(a.today()))
		}
	}
	return records.Relationship{}, false, margin.ErrExists.Because(
		"subscription "+begun.SubscriptionID+" has another relationship in that time", "subscription_id", begun.SubscriptionID)
}

// started tells of a relationship that was stored, and orders what follows from
// a transfer that has taken effect; of one in the future its day does.
func (a *App) started(ctx context.Context, tx *postgres.Store, r records.Relationship) (records.Relationship, bool, error) {
	if err := a.appendRelationships(ctx, tx, "relationship.locked", r); err != nil {
		return r, true, err
	}
	if r.TransferID == "" || r.From.After(a.today()) {
		return r, true, nil
	}
	return r, true, a.jobs.DivideTerms(ctx, tx.Tx(), r.SubscriptionID)
}

// endBefore ends a relationship on the day that another begins.
func (a *App) endBefore(ctx context.Context, tx *postgres.Store, r records.Relationship, begun margin.Relationship) error {
	if !r.From.Before(begun.From) || !r.Until.IsZero() && !r.Until.After(begun.From) {
		return nil
	}
	over := r.Relationship
	over.Until = begun.From
	ended := r.Changed(over)
	if did, err := tx.EndRelationship(ctx, ended); err != nil || !did {
		return err
	}
	return a.appendRelationships(ctx, tx, "relationship.ended", ended)
}
