package contract

import (
	"errors"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Imported returns a term that was not booked here, at the rate of the
// relationship that it is of; serving returns none where no margin was locked.
func Imported(c Contract, term *customerv1.Term, serving func() (records.Relationship, bool)) (records.Booking, error) {
	var dates calendar.Reader
	b := records.Booking{
		SourceID: records.ImportedID(c.ID, term.GetStartDate()),
		Term:     calendar.Term{Start: dates.Read(term.GetStartDate()), End: dates.Read(term.GetEndDate())},
	}
	price, err := Amount(term.GetUnitPrice())
	anchor := dates.Read(c.anchorOf(term))
	if err != nil || dates.Err != nil {
		return b, errors.Join(err, dates.Err)
	}
	sale := margin.Sale{
		Seats: term.GetSeats(), UnitPrice: price, Uplift: c.Uplift, Anchor: anchor, Start: b.Term.Start, Months: int(term.GetTermMonths()),
		Billing: Billing(term.GetBilling()), Mode: margin.Agency, Rate: margin.Rate{LockedOn: b.Term.Start},
	}
	if sale.Months == 0 {
		sale.Anchor, sale.End = calendar.Date{}, b.Term.End
	}
	if r, locked := serving(); locked {
		b.RelationshipID, sale.Mode = r.ID, r.Mode
		if sale.Rate, err = r.RateOn(b.Term.Start); err != nil {
			return b, err
		}
	}
	b.Calculation, err = margin.Calculate(sale)
	return b, err
}

// anchorOf is the day from which the months of a term are counted: the contract's
// anchor, unless a stub that was booked since has moved that. Then it is the end of
// the last stub before, or else the first day of all.
func (c Contract) anchorOf(term *customerv1.Term) string {
	then, moved := c.Proto.GetFirstStartDate(), false
	for _, t := range c.Proto.GetTerms() {
		switch {
		case t.GetTermMonths() != 0:
		case t.GetEndDate() > term.GetStartDate():
			moved = true
		case !t.GetCancelled():
			then = t.GetEndDate()
		}
	}
	if moved {
		return then
	}
	return c.Proto.GetAnchorDate()
}
