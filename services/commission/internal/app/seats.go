package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// NewSeats asks for another number of seats from a day within the running term
// on; no day means today.
type NewSeats struct {
	SubscriptionID      string
	Seats               int64
	From                calendar.Date
	ExpectedFingerprint string
	PartnerReference    string
}

// PreviewSeatChange decides as SubmitSeatChange does, and stores nothing.
func (a *App) PreviewSeatChange(ctx context.Context, n NewSeats) (records.Calculation, error) {
	g := a.lookUpSeats(ctx, n)
	var expected *records.Relationship
	return patiently(func() (records.Calculation, error) {
		var c records.Calculation
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			c, _, err = a.decideSeats(ctx, tx, seatChange{g, n, expected})
			return err
		})
		return c, err
	}, a.catchUp(ctx, g, func() error {
		begun, err := a.ExpectedRelationship(ctx, g.tenure())
		expected = &begun
		return err
	}))
}

// SubmitSeatChange is SubmitRenewal for a change of seats.
func (a *App) SubmitSeatChange(ctx context.Context, n NewSeats) (records.Submission, error) {
	g := a.lookUpSeats(ctx, n)
	submission, err := patiently(func() (records.Submission, error) {
		return a.submit(ctx, func(tx *postgres.Store) (records.Submission, error) {
			c, running, err := a.decideSeats(ctx, tx, seatChange{grounds: g, wish: n})
			if err != nil {
				return records.Submission{}, err
			}
			s := a.newSubmission(ctx, records.OfSeatChange, c)
			s.OldSeats, s.RunningFrom, s.SubscriptionEtag, s.PartnerReference = running.seats, running.span.Start, g.contract.etag, n.PartnerReference
			return s, nil
		})
	}, a.catchUp(ctx, g, a.ensured(ctx, g)))
	return a.driven(ctx, submission, err)
}

func (a *App) lookUpSeats(ctx context.Context, n NewSeats) grounds {
	return a.groundsOn(ctx, n.SubscriptionID, func(c contract) calendar.Date {
		if n.From.IsZero() {
			return c.today(a.now())
		}
		return n.From
	})
}

// seatChange is all that a decision about a change of seats rests on. expected
// is used where no relationship is stored; nil if there must be one.
type seatChange struct {
	grounds
	wish     NewSeats
	expected *records.Relationship
}

// decideSeats says what the change would book, and in which term, or why
// nothing. Preview and submission both come here.
func (a *App) decideSeats(ctx context.Context, tx *postgres.Store, d seatChange) (records.Calculation, contractTerm, error) {
	var none records.Calculation
	running, err := d.check(d.contract.today(a.now()))
	if err != nil {
		return none, running, err
	}
	held, err := tx.RelationshipsOf(ctx, d.contract.id)
	if err != nil {
		return none, running, err
	}
	relationship, err := d.relationship(held[d.contract.id], d.expected)
	if err != nil {
		return none, running, err
	}
	rate, err := relationship.RateOn(running.span.Start)
	if err != nil {
		return none, running, err
	}
	c, err := margin.CalculateSeatChange(d.contract.reseated(running, d.due, d.wish.Seats, relationship.Mode, rate))
	if err != nil {
		return none, running, err
	}
	return records.Calculation{
		Calculation: c, PartnerID: d.partner, SubscriptionID: d.contract.id, RelationshipID: relationship.ID,
	}, running, renewal.CheckPreview(d.wish.ExpectedFingerprint, c.Fingerprint)
}

// check returns the term that runs today and has the day of the change, or the
// refusal for reasons that lie with contract or partner. Another partner's
// subscription is like none.
func (d seatChange) check(today calendar.Date) (contractTerm, error) {
	switch {
	case errors.Is(d.failed, errNotServed):
		return contractTerm{}, errNoSubscription
	case d.failed != nil:
		return contractTerm{}, d.failed
	}
	if err := d.contract.checkRunning(); err != nil {
		return contractTerm{}, err
	}
	running, there := d.contract.on(today)
	if !there || d.due.Before(today) || !running.span.Contains(d.due) {
		return contractTerm{}, calendar.ErrDateInvalid.Because(
			fmt.Sprintf("seats change on a day of the running term, %s or later; %s is none", today, d.due), "date", d.due.String()).On("effective_date")
	}
	if err := d.contract.checkPartner(d.partner, d.due); err != nil {
		return contractTerm{}, err
	}
	return running, d.terms.Check(today)
}

// checkPartner returns PARTNER_CHANGED unless the partner is on record on a day.
func (c contract) checkPartner(expected string, on calendar.Date) error {
	if c.partnerOn(on) == expected {
		return nil
	}
	return errPartnerChanged.Because(
		fmt.Sprintf("partner %s is not partner of record of subscription %s on %s", expected, c.id, on), "partner_id", expected)
}

// on returns the term that has a day.
func (c contract) on(day calendar.Date) (contractTerm, bool) {
	for _, t := range c.terms {
		if t.span.Contains(day) {
			return t, true
		}
	}
	return contractTerm{}, false
}

// reseated is what the rules price: other seats from a day of a term on.
func (c contract) reseated(t contractTerm, from calendar.Date, seats int64, mode margin.Mode, rate margin.Rate) margin.SeatChange {
	return margin.SeatChange{
		OldSeats: t.seats, Seats: seats, UnitPrice: t.unitPrice, Uplift: c.uplift, Anchor: c.anchor, Term: t.span, Months: t.months,
		From: from, Billing: t.billing, Mode: mode, Rate: rate,
	}
}
