package demo

import (
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// A term of a subscription: the running one, or one before it.
type term struct {
	days      calendar.Term
	unitPrice money.Amount // of its first year
	share     int64        // its seats in thousandths of the running term's
}

// history invents the terms that lead to the present price and seats. The
// price is taken back to that of the first term, and rises from there as the
// contract says, so that it is a chain of whole cents. Most customers have
// grown.
func (b *builder) history(s *Subscription, anchor calendar.Date, terms int, present money.Amount) {
	months, rises := int(s.TermMonths), 1
	if s.Billing != customerv1.Billing_BILLING_PREPAID {
		rises = months / 12
	}
	uplift := money.Bps(s.UpliftBps)
	price := present
	for range (terms - 1) * rises {
		price.Minor = max(1, portion(price.Minor, int64(money.Whole), int64(money.Whole+uplift)))
	}
	s.terms = make([]term, terms)
	for i := range s.terms {
		days := calendar.Term{Start: anchor.AddMonths(i * months), End: anchor.AddMonths((i + 1) * months)}
		s.terms[i] = term{days: days, unitPrice: price, share: 1000}
		for range rises {
			price = uplifted(price, uplift)
		}
	}
	for i := terms - 2; i >= 0; i-- {
		s.terms[i].share = s.terms[i+1].share * int64(pickInt(b.rnd, []int{1030, 1000, 1000, 1000, 980, 960, 940, 900})) / 1000
	}
}

// uplifted is a price after a year.
func uplifted(price money.Amount, by money.Bps) money.Amount {
	price.Minor = portion(price.Minor, int64(money.Whole+by), int64(money.Whole))
	return price
}

// portion is n × num ÷ den, rounded.
func portion(n, num, den int64) int64 { return (2*n*num + den) / (2 * den) }

// seats are those of a term while the running one has so many.
func (t term) seats(running int64) int64 { return max(smallest, portion(running, t.share, 1000)) }

// smallest is the smallest number of seats of the book.
const smallest = 5

// write puts the terms into the row to import.
func (s Subscription) write() {
	last := len(s.terms) - 1
	s.FirstStartDate, s.TermStartDate = s.terms[0].days.Start.String(), s.terms[last].days.Start.String()
	s.UnitPrice = protoMoney(s.terms[last].unitPrice)
	s.PreviousTerms = make([]*customerv1.ImportTerm, last)
	for i, t := range s.terms[:last] {
		s.PreviousTerms[i] = &customerv1.ImportTerm{
			StartDate: t.days.Start.String(), TermMonths: s.TermMonths, Seats: t.seats(s.Seats), UnitPrice: protoMoney(t.unitPrice), Billing: s.Billing,
		}
	}
}

// RevenueOn is the subscription's recurring revenue on a day, in cents of a
// dollar: the yearly price of that contract year for the seats of the term
// that has the day; none if no term has it.
func (s Subscription) RevenueOn(day calendar.Date) int64 {
	for _, t := range s.terms {
		if !t.days.Contains(day) {
			continue
		}
		price := t.unitPrice
		if s.Billing != customerv1.Billing_BILLING_PREPAID {
			for year := 12; !day.Before(t.days.Start.AddMonths(year)); year += 12 {
				price = uplifted(price, money.Bps(s.UpliftBps))
			}
		}
		return toCents(money.Amount{Minor: price.Minor * t.seats(s.Seats), Currency: price.Currency})
	}
	return 0
}
