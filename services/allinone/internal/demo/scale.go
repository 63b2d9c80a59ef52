package demo

import "github.com/holdfast-channel/holdfast/services/platform/calendar"

// Recurring revenue in cents of a dollar: a year before the book's day, and on
// it.
const (
	revenueBefore = 116_090_000_00
	revenueNow    = 141_840_000_00
)

// scale fits the seats so that the revenue adds up: first that of a year
// before, over the subscriptions which were there, then today's, over those
// which came since. The first few subscriptions keep their seats.
func scale(subscriptions []Subscription, keep int, today calendar.Date) {
	yearAgo := today.AddMonths(-12)
	var old, since []Subscription
	for _, s := range subscriptions[keep:] {
		if s.terms[0].days.Start.After(yearAgo) {
			since = append(since, s)
		} else {
			old = append(old, s)
		}
	}
	fit(old, yearAgo, revenueBefore-revenueOn(yearAgo, subscriptions[:keep]))
	fit(since, today, revenueNow-revenueOn(today, subscriptions[:keep])-revenueOn(today, old))
}

func revenueOn(day calendar.Date, subscriptions []Subscription) (cents int64) {
	for _, s := range subscriptions {
		cents += s.RevenueOn(day)
	}
	return cents
}

// fit scales the seats of subscriptions so that their revenue on a day adds up
// to target. What rounding and the smallest customers leave over goes to the
// largest, as far as it can take it.
func fit(subscriptions []Subscription, day calendar.Date, target int64) {
	const dollars = 100
	reached, total := int64(0), revenueOn(day, subscriptions)
	var largest *Subscription // in dollars
	for i, s := range subscriptions {
		s.Seats = max(smallest, portion(s.Seats, target/dollars, total/dollars))
		revenue := s.RevenueOn(day)
		reached += revenue
		if revenue > 0 && s.terms[0].unitPrice.Currency == "USD" && (largest == nil || s.Seats > largest.Seats) {
			largest = &subscriptions[i]
		}
	}
	for range 20 {
		before := largest.RevenueOn(day)
		largest.Seats = max(largest.Seats/2, largest.Seats+(target-reached)*largest.Seats/before)
		reached += largest.RevenueOn(day) - before
	}
}
