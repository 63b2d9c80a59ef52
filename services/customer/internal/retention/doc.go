// Package retention says how much of a book was kept from one day to a later
// one, and how widely customers use the products.
//
// The cohort are the customers that are active on the first day. A customer is
// worth its annual recurring value: the sum over its running terms of unit price
// × seats for a year, at the exchange rates in force on the first day, for both
// days, each term rounded once, half away from zero. With s and e a customer's
// value on the first day and at the end,
//
//	gross revenue retention = Σ min(s, e) ÷ Σ s
//	net revenue retention   = Σ e ÷ Σ s
//	logo retention          = customers still active ÷ customers
//
// in basis points, rounded once, half away from zero. Without customers, or
// where Σ s is zero, there is nothing to divide by and no figure: METRIC_UNDEFINED.
//
// The end is the day after the period, so that one period ends where the next
// begins: a term that ends on it unrenewed is lost. Figures are of the contracts
// as they are known now: a renewal booked late, back-dated to the old end, closes
// the gap as if it had been booked in time. Who came after the first day is in no
// figure.
//
// Between two partners, a subscription is the first one's. What it hands over is
// retained for the vendor and lost for the partner, and for the partner that
// gets it neither new nor expansion: at the end a partner is counted for the
// subscriptions that were its own on the first day, and for those that came
// later and were its own from their beginning.
//
// Therefore slices by segment or country, which divide the customers, add up to
// the total, in value as in number. Slices by partner and family divide the
// subscriptions: their starts add up, but a customer can be in several, what
// moves between them is lost in one and won in none, and the minimum of sums is
// not the sum of minimums.
//
// Worked: a book of 10.0 million loses 0.9 by customers that leave and 0.6 by
// some that shrink, and gains 1.8 by others that grow. Gross 10.0 − 0.6 − 0.9 =
// 8.5, so 8500 basis points; net 8.5 + 1.8 = 10.3, so 10300.
package retention
