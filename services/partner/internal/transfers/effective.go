package transfers

import (
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Contract is what a move depends on: a subscription's uncancelled terms and its
// partners of record, both oldest first.
type Contract struct {
	Terms     []calendar.Term
	Partners  []Tenure
	Cancelled bool
}

// Tenure is the time of a partner of record: [From, Until), without an end
// while it goes on.
type Tenure struct {
	Partner     partners.ID
	From, Until calendar.Date
}

func (n Tenure) serves(on calendar.Date) bool {
	return !on.Before(n.From) && (n.Until.IsZero() || on.Before(n.Until))
}

// end returns the day after the last day that is booked.
func (c Contract) end() calendar.Date {
	if len(c.Terms) == 0 {
		return calendar.Date{}
	}
	return c.Terms[len(c.Terms)-1].End
}

// Live reports whether there is something to move on a day: the contract is not
// cancelled, and the days after its last term's end in which it is protected
// are not over.
func (c Contract) Live(today calendar.Date, protectDays int32) bool {
	return !c.Cancelled && len(c.Terms) > 0 && today.Before(c.end().AddDays(int(protectDays)))
}

// EffectiveDate returns the first day of the new partner: the end of a term
// that has ended unrenewed, or else the day that is wanted, or else the end of
// the running term, though the next one may be booked already.
//
// A partner serves for a day at least. Where another one begins on the very
// day, it is the day after.
func (c Contract) EffectiveDate(wanted, today calendar.Date) calendar.Date {
	effective := wanted
	switch last := c.end(); {
	case !last.After(today):
		effective = last
	case wanted.IsZero():
		effective = c.running(today).End
	}
	for _, n := range c.Partners {
		if n.From == effective {
			return effective.AddDays(1)
		}
	}
	return effective
}

// running returns the term that holds a day, or the first one after it.
func (c Contract) running(today calendar.Date) calendar.Term {
	for _, t := range c.Terms {
		if t.End.After(today) {
			return t
		}
	}
	return calendar.Term{}
}

// PartnerOn returns the partner of record on a day, or "" if there is none.
func (c Contract) PartnerOn(day calendar.Date) partners.ID {
	for _, n := range c.Partners {
		if n.serves(day) {
			return n.Partner
		}
	}
	return ""
}

// Settle returns m with the date on which it takes effect if the customer
// consents today. A day that has not passed stays. One that has is today, or
// the end of a term that has ended unrenewed.
func (m Move) Settle(c Contract, today calendar.Date) Move {
	if m.EffectiveDate.Before(today) {
		m.EffectiveDate = c.EffectiveDate(today, today)
	}
	return m
}
