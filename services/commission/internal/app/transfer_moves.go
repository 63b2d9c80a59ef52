package app

import (
	"context"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/division"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// wonMargins calculates what the challenger gets: of each subscription the rest
// of the running term, or the next one where the transfer takes effect at the
// end.
func (a *App) wonMargins(ctx context.Context, t *partnerv1.Transfer) ([]TransferMargin, error) {
	ctx = pg.WithScope(ctx, pg.System()) // what is divided is the other's
	return forMoves(t, func(m TransferMargin) (TransferMargin, error) {
		next, err := a.newcomer(ctx, t, m.SubscriptionID, m.Effective)
		if err != nil {
			return m, err
		}
		limit := next.Cap
		if next.Cap = nil; limit == nil {
			if limit, err = a.capOf(ctx, t, m.Effective); err != nil {
				return m, err
			}
		}
		l, err := a.holdingsOf(ctx, m.SubscriptionID, division.Handover{TransferID: t.GetTransferId(), New: next})
		if err != nil {
			return m, err
		}
		sale, found, err := l.won()
		if err != nil || !found {
			return m, err
		}
		of := records.Calculation{PartnerID: next.PartnerID, SubscriptionID: m.SubscriptionID, RelationshipID: next.ID}
		m.IfClean, m.IfPoached, err = eitherWay(sale, of, limit)
		return m, err
	})
}

// keptMargins calculates what an incumbent keeps: of each subscription the days
// of the term before the effective date.
func (a *App) keptMargins(ctx context.Context, t *partnerv1.Transfer, incumbent string) ([]TransferMargin, error) {
	ctx = pg.WithScope(ctx, pg.System())
	return forMoves(t, func(m TransferMargin) (TransferMargin, error) {
		someone := records.Relationship{Relationship: margin.Relationship{From: m.Effective, Mode: margin.Agency, Lock: margin.Lock{On: m.Effective}}}
		l, err := a.holdingsOf(ctx, m.SubscriptionID, division.Handover{TransferID: t.GetTransferId(), New: someone})
		if err != nil {
			return m, err
		}
		old, locked := l.handover.Old()
		if !locked || old.PartnerID != incumbent {
			return m, nil
		}
		m.KeptNet, m.KeptMargin, err = l.kept(old)
		return m, err
	})
}

func forMoves(t *partnerv1.Transfer, calculate func(TransferMargin) (TransferMargin, error)) ([]TransferMargin, error) {
	var list []TransferMargin
	for _, move := range t.GetMoves() {
		from, err := calendar.ParseDate(move.GetEffectiveDate())
		if err != nil {
			return nil, fmt.Errorf("transfer %s: %w", t.GetTransferId(), err)
		}
		m, err := calculate(TransferMargin{SubscriptionID: move.GetSubscriptionId(), Effective: from})
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// holdings is what is booked and imported of a subscription around a handover.
type holdings struct {
	contract contract.Contract
	handover division.Handover
	bookings []records.Booking
	standing []records.TermShare
}

func (a *App) holdingsOf(ctx context.Context, subscriptionID string, h division.Handover) (holdings, error) {
	l := holdings{handover: h}
	var err error
	if l.contract, err = contract.Read(ctx, a.subscriptions, subscriptionID); err != nil {
		return l, err
	}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		all, err := tx.RelationshipsOf(ctx, subscriptionID)
		if err != nil {
			return err
		}
		l.handover.Relationships = all[subscriptionID]
		if l.standing, err = tx.SharesOf(ctx, subscriptionID); err != nil {
			return err
		}
		l.bookings, _, err = bookingsFor(ctx, tx, l.contract, l.handover, h.New.From.AddDays(-1))
		return err
	})
	return l, err
}

// won returns the sale that the new partner's part comes to, at its rate; not
// found where the contract has no such term.
func (l holdings) won() (margin.Sale, bool, error) {
	next := l.handover.New
	rate, err := next.RateOn(next.From)
	if err != nil {
		return margin.Sale{}, false, err
	}
	var net money.Amount
	for _, b := range l.bookings {
		if !b.Term.Contains(next.From) {
			continue
		}
		part, err := l.newPart(b)
		if err != nil {
			return margin.Sale{}, false, err
		}
		if part == nil {
			continue
		}
		if net, err = addUp(net, part.Net); err != nil {
			return margin.Sale{}, false, err
		}
	}
	if net.Currency != "" {
		return margin.Sale{Net: net, Start: next.From, Months: 12, Billing: margin.Prepaid, Mode: next.Mode, Rate: rate}, true, nil
	}
	term, there := l.contract.Ending(next.From)
	if !there {
		return margin.Sale{}, false, nil
	}
	sale, err := l.contract.Renewed(term).Sale(renewal.Wish{}, next.Mode, rate)
	return sale, true, err
}

// newPart is the new partner's part of a booking, divided already or not, or
// all of what it has booked itself; nil if it has none.
func (l holdings) newPart(b records.Booking) (*records.TermShare, error) {
	d, found, err := l.handover.Divide(b, l.standing)
	if err != nil || found {
		return d.New, err
	}
	for _, p := range l.standing {
		if p.SourceID == b.SourceID && p.RelationshipID == l.handover.New.ID {
			return &p, nil
		}
	}
	if b.RelationshipID == "" || b.RelationshipID != l.handover.New.ID {
		return nil, nil
	}
	return &records.TermShare{Net: b.Calculation.Net}, nil
}

// kept adds up the old partner's days of what was booked for the eve.
func (l holdings) kept(old records.Relationship) (net, earned money.Amount, err error) {
	eve := l.handover.New.From.AddDays(-1)
	for _, b := range l.bookings {
		if !b.Term.Contains(eve) {
			continue
		}
		part, err := l.oldPart(b, old)
		if err != nil {
			return net, earned, err
		}
		if part == nil {
			continue
		}
		if net, err = addUp(net, part.Net); err != nil {
			return net, earned, err
		}
		if earned, err = addUp(earned, part.Margin); err != nil {
			return net, earned, err
		}
	}
	return net, earned, nil
}

// oldPart is the old partner's part of a booking, divided already or not; nil if
// it has none.
func (l holdings) oldPart(b records.Booking, old records.Relationship) (*records.TermShare, error) {
	d, found, err := l.handover.Divide(b, l.standing)
	if err != nil || found {
		return d.Old, err
	}
	divided := false
	for _, p := range l.standing {
		divided = divided || p.SourceID == b.SourceID
		if p.SourceID == b.SourceID && p.RelationshipID == old.ID {
			return &p, nil
		}
	}
	if divided || b.RelationshipID != old.ID {
		return nil, nil
	}
	return &records.TermShare{Net: b.Calculation.Net, Margin: b.Calculation.Margin}, nil // it ends on the effective date
}

// addUp adds an amount to a sum that begins as no amount.
func addUp(sum, a money.Amount) (money.Amount, error) {
	if sum.Currency == "" {
		return a, nil
	}
	return sum.Add(a)
}
