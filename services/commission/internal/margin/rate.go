package margin

import (
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Rate is what a term is sold at, and why. Relationship.RateOn gives that of
// an existing relationship, RateCard.Offer that of a new one.
type Rate struct {
	Locked     money.Bps     // what the relationship started with, or the card's offer
	LockedOn   calendar.Date // no date while it is only an offer
	RateCardID string        // empty for an imported margin
	OfferedOn  calendar.Date // of an order: the day whose card makes the offer
	Raised     money.Bps     // the last raise that applies
	RaisedFrom calendar.Date // no date if none does
	Cap        *Cap          // nil if there is none
}

// Offer is the rate that a relationship would be locked at if it started with
// this rule of the card.
func (c RateCard) Offer(rule Rule) Rate {
	return Rate{Locked: rule.Rate, RateCardID: c.ID}
}

// Agreed is the rate before any cap.
func (r Rate) Agreed() money.Bps {
	if r.RaisedFrom.IsZero() {
		return r.Locked
	}
	return r.Raised
}

// Effective is the rate of a term that starts on this day: the lower of what
// was agreed and a live cap.
func (r Rate) Effective(termStart calendar.Date) money.Bps {
	if r.Cap.Live(termStart) {
		return min(r.Agreed(), r.Cap.Rate)
	}
	return r.Agreed()
}

// check returns MARGIN_BPS_OUT_OF_RANGE unless both rate and cap are rates.
func (r Rate) check() error {
	if r.Cap != nil {
		if err := money.CheckBps(r.Cap.Rate); err != nil {
			return onField(err, "cap_bps")
		}
	}
	return onField(money.CheckBps(r.Agreed()), "margin_bps")
}
