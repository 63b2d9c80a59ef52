package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
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
			s.OldSeats, s.RunningFrom, s.SubscriptionEtag, s.PartnerReference = running.Seats, running.Span.Start, g.contract.Etag, n.PartnerReference
			return s, nil
		})
	}, a.catchUp(ctx, g, a.ensured(ctx, g)))
	return a.driven(ctx, submission, err)
}

func (a *App) lookUpSeats(ctx context.Context, n NewSeats) grounds {
	return a.groundsOn(ctx, n.SubscriptionID, func(c contract.Contract) calendar.Date {
		if n.From.IsZero() {
			return c.Today(a.now())
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
func (a *App) decideSeats(ctx context.Context, tx *postgres.Store, d seatChange) (records.Calculation, contract.Term, error) {
	var none records.Calculation
	running, err := d.check(d.contract.Today(a.now()))
	if err != nil {
		return none, running, err
	}
	held, err := tx.RelationshipsOf(ctx, d.contract.ID)
	if err != nil {
		return none, running, err
	}
	relationship, err := d.relationship(held[d.contract.ID], d.expected)
	if err != nil {
		return none, running, err
	}
	rate, err := relationship.RateOn(running.Span.Start)
	if err != nil {
		return none, running, err
	}
	c, err := margin.CalculateSeatChange(d.contract.Reseated(running, d.due, d.wish.Seats, relationship.Mode, rate))
	if err != nil {
		return none, running, err
	}
	return records.Calculation{
		Calculation: c, PartnerID: d.partner, SubscriptionID: d.contract.ID, RelationshipID: relationship.ID,
	}, running, renewal.CheckPreview(d.wish.ExpectedFingerprint, c.Fingerprint)
}

// check returns the term that runs today and has the day of the change, or the
// refusal for reasons that lie with contract or partner. Another partner's
// subscription is like none.
func (d seatChange) check(today calendar.Date) (contract.Term, error) {
	switch {
	case errors.Is(d.failed, contract.ErrNotServed):
		return contract.Term{}, errNoSubscription
	case d.failed != nil:
		return contract.Term{}, d.failed
	}
	if err := d.contract.CheckRunning(); err != nil {
		return contract.Term{}, err
	}
	running, there := d.contract.On(today)
	if !there || d.due.Before(today) || !running.Span.Contains(d.due) {
		return contract.Term{}, calendar.ErrDateInvalid.Because(
			fmt.Sprintf("seats change on a day of the running term, %s or later; %s is none", today, d.due), "date", d.due.String()).On("effective_date")
	}
	if err := checkPartner(d.contract, d.partner, d.due); err != nil {
		return contract.Term{}, err
	}
	return running, d.terms.Check(today)
}

// checkPartner returns PARTNER_CHANGED unless the partner is on record on a day.
func checkPartner(c contract.Contract, expected string, on calendar.Date) error {
	if c.PartnerOn(on) == expected {
		return nil
	}
	return errPartnerChanged.Because(
		fmt.Sprintf("partner %s is not partner of record of subscription %s on %s", expected, c.ID, on), "partner_id", expected)
}
