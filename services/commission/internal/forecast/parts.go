package forecast

import (
	"cmp"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Parts returns what the subscription brings to whom, as it stands on a day where
// it is, with the renewals of terms that begin until the end of a month. Each
// partner and settlement mode has one part, in that order. What can't be priced
// is left out, as its renewal would be refused.
func (s Subscription) Parts(today calendar.Date, until Month) []Part {
	var l ledger
	for _, t := range s.Imported {
		s.addImported(&l, t)
	}
	for _, b := range s.Booked {
		s.addBooked(&l, b)
	}
	if state := s.addAhead(&l, today, until); Ahead(state) {
		for i := range l.parts {
			l.parts[i].State = state
		}
	}
	for _, r := range s.Renewals {
		l.history(r, today)
	}
	slices.SortFunc(l.parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.PartnerID, b.PartnerID), cmp.Compare(a.Mode, b.Mode))
	})
	return l.parts
}

// ledger collects parts.
type ledger struct{ parts []Part }

func (l *ledger) part(partner string, mode margin.Mode) *Part {
	for i := range l.parts {
		if p := &l.parts[i]; p.PartnerID == partner && p.Mode == mode {
			return p
		}
	}
	l.parts = append(l.parts, Part{PartnerID: partner, Mode: mode})
	return &l.parts[len(l.parts)-1]
}

// unlocked notes that a partner serves the subscription without a locked margin.
// The vendor itself needs none.
func (l *ledger) unlocked(partner string) {
	if partner != "" && partner != Vendor {
		l.part(partner, "").Unlocked = true
	}
}

// history adds what became of a renewal.
func (l *ledger) history(r Due, today calendar.Date) {
	out := History{}.Decided(r.Renewal, today)
	if out == (History{}) || r.PartnerID == "" || r.PartnerID == Vendor {
		return
	}
	at := slices.IndexFunc(l.parts, func(p Part) bool { return p.PartnerID == r.PartnerID })
	if at < 0 {
		at = len(l.parts)
		l.part(r.PartnerID, "")
	}
	l.parts[at].History = l.parts[at].History.plus(out)
}

// add adds a term to a part. What is another's part of the same term, or more
// seats within it, adds to the term that is there. The vendor earns nothing.
func (l *ledger) add(partner string, mode margin.Mode, t Term) {
	if partner == Vendor {
		return
	}
	p := l.part(partner, mode)
	for i := range p.Terms {
		if same := &p.Terms[i]; same.Start == t.Start && same.Added == t.Added && same.Ahead == t.Ahead {
			if t.Added {
				same.Seats += t.Seats
			}
			for _, e := range t.Earns {
				same.earn(e)
			}
			return
		}
	}
	p.Terms = append(p.Terms, t)
}

// earn adds to what the term earns in a month; a month without anything has no
// earning.
func (t *Term) earn(e Earning) {
	at, there := slices.BinarySearchFunc(t.Earns, e.Month, func(e Earning, m Month) int { return cmp.Compare(e.Month, m) })
	switch {
	case e.Minor == 0:
	case there:
		t.Earns[at].Minor += e.Minor
	default:
		t.Earns = slices.Insert(t.Earns, at, e)
	}
}

// addImported adds a running term that came with an import, at the rate of the
// relationship that has its first day, or else of the first one within it, which
// earns the instalments from its own first day on. The parts of one that was
// divided are among what is booked.
func (s Subscription) addImported(l *ledger, t Imported) {
	if t.Divided {
		return
	}
	on := t.Term.Start
	partner := s.partnerOn(on)
	r, locked := s.relationship(partner, on)
	if !locked {
		if r, locked = s.firstWithin(t.Term); locked {
			on, partner = r.From, r.PartnerID
		}
	}
	if !locked {
		l.unlocked(partner)
		return
	}
	rate, err := r.RateOn(t.Term.Start)
	if err != nil {
		return
	}
	sale := margin.Sale{
		Seats: t.Seats, UnitPrice: t.UnitPrice, Uplift: s.Contract.Uplift, Anchor: t.Term.Start, Start: t.Term.Start, Months: t.Months,
		Billing: t.Billing, Mode: r.Mode, Rate: rate,
	}
	if t.Months == 0 {
		sale.Anchor, sale.End = calendar.Date{}, t.Term.End
	}
	sold, err := margin.Calculate(sale)
	if err != nil {
		return
	}
	term := Term{Start: t.Term.Start, Seats: t.Seats, UnitPrice: t.UnitPrice.Minor, Rate: sold.Effective}
	for _, p := range sold.Instalments {
		if !p.Start.Before(on) && !s.cancelledBy(p.Start) {
			term.earn(Earning{MonthOf(p.Start), p.Margin.Minor})
		}
	}
	l.add(partner, r.Mode, term)
}

// firstWithin returns the first relationship that begins within a term.
func (s Subscription) firstWithin(term calendar.Term) (first margin.Relationship, found bool) {
	for _, r := range s.Relationships {
		if term.Contains(r.From) && !r.Lock.Missing() && (!found || r.From.Before(first.From)) {
			first, found = r, true
		}
	}
	return first, found
}

// cancelledBy reports whether the subscription is over on a day.
func (s Subscription) cancelledBy(day calendar.Date) bool {
	return !s.CancelledFrom.IsZero() && !day.Before(s.CancelledFrom)
}

// addBooked adds what was booked, as it stands: the margin that a cap has left is
// divided among the instalments in proportion to their nets, as it was at first.
func (s Subscription) addBooked(l *ledger, b Booked) {
	earned := make([]int64, len(b.Instalments))
	nets := make([]int64, len(b.Instalments))
	booked, net := int64(0), int64(0)
	for i, p := range b.Instalments {
		earned[i], nets[i] = p.Margin.Minor, p.Net.Minor
		booked, net = booked+p.Margin.Minor, net+p.Net.Minor
	}
	if booked != b.Margin.Minor && net > 0 {
		parts, err := money.Allocate(b.Margin, nets)
		if err != nil {
			return
		}
		for i, p := range parts {
			earned[i] = p.Minor
		}
	}
	term := Term{Start: b.TermStart, Added: b.Added, Seats: b.Seats, UnitPrice: b.UnitPrice, Rate: b.Rate}
	for i, p := range b.Instalments {
		if !s.cancelledBy(p.Start) {
			term.earn(Earning{MonthOf(p.Start), earned[i]})
		}
	}
	l.add(b.PartnerID, b.Mode, term)
}

// mostAhead bounds how many renewals are looked at: those of monthly terms until
// the last month, and of the months that one may be late.
const mostAhead = 100

// addAhead adds the renewals that may still come, and returns the state of the
// next one.
func (s Subscription) addAhead(l *ledger, today calendar.Date, until Month) renewal.State {
	contract, state := s.Contract, s.next().StateOn(today)
	if s.Coming != nil {
		contract, state = *s.Coming, renewal.Scheduled
	}
	if !Ahead(state) || !s.CancelledFrom.IsZero() {
		return ""
	}
	for k := 1; k <= mostAhead && MonthOf(contract.Term.End) <= until; k++ {
		sold, ok := s.renew(l, contract, k, MonthOf(today))
		if !ok {
			break
		}
		contract = following(contract, sold)
	}
	return state
}

// renew adds the renewal of a contract, the k-th ahead. What lies in a month
// before the present one counts in that.
func (s Subscription) renew(l *ledger, c renewal.Contract, k int, present Month) (margin.Calculation, bool) {
	start := c.Term.End
	partner := s.partnerOn(start)
	r, locked := s.relationship(partner, start)
	mode, rate := margin.Agency, margin.Rate{}
	if locked {
		var err error
		if rate, err = r.RateOn(start); err != nil {
			return margin.Calculation{}, false
		}
		mode = r.Mode
	}
	sale, err := c.Sale(renewal.Wish{}, mode, rate)
	if err != nil {
		return margin.Calculation{}, false
	}
	sold, err := margin.Calculate(sale)
	if err != nil {
		return sold, false
	}
	if !locked {
		l.unlocked(partner)
		return sold, true
	}
	term := Term{Start: start, Ahead: k, Seats: sold.Seats, UnitPrice: sold.UnitPrice.Minor, Rate: sold.Effective}
	for _, p := range sold.Instalments {
		term.earn(Earning{max(MonthOf(p.Start), present), p.Margin.Minor})
	}
	l.add(partner, mode, term)
	return sold, true
}

// following is the contract once it is renewed.
func following(c renewal.Contract, sold margin.Calculation) renewal.Contract {
	c.Term, c.Months, c.Seats, c.UnitPrice = sold.Term, sold.Months, sold.Seats, sold.UnitPrice
	return c
}
