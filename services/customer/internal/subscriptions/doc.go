// Package subscriptions holds the contracts and decides what may happen to
// them: who is protected by what, for which term, at which price, and which
// partner serves it on which day.
//
// A subscription is one customer's contract for one product. Its terms follow
// each other without gap on the grid of its anchor. The net price of a term is
// unit price × seats × months ÷ 12, rounded once, half away from zero, to the
// currency's minor unit; in a longer term that is not paid ahead, the unit price
// rises by the contract's uplift from year to year.
//
// A stub leads to a day that several contracts are to end on together. It lasts
// any number of days up to 36 months, its end becomes the anchor, and its net is
// counted by days: for each contract year from its start on, unit price × seats
// × its days ÷ days of that year, rounded once.
//
// Exactly one partner serves a subscription on each day from its first on; the
// partner of record of a term is the one on the term's first day. Another one
// begins today or later, or where the last term has ended.
//
// A renewal adds the term that begins where the last one ends, whatever the
// day it is booked on. It is decided on the facts that the caller reckoned
// with: the etag, the partner of record, and that nobody else renewed it. Seats
// are added within a term, from today on, and removed only at renewal; those of
// a monthly term can be given notice, and fall away at its end. Cancelling ends
// the contract from a day on and with it the terms that have not begun by then.
//
// Worked: 200 seats at 120.00 GBP for [2025-01-01, 2026-01-01) are 24,000.00
// net. Renewed for 12 months at 126.00 they are 25,200.00 for [2026-01-01,
// 2027-01-01). For 24 months invoiced yearly, with an uplift of 5 %, they would be
// 25,200.00 + 26,460.00 = 51,660.00. A stub of 25 seats at 120.00 for
// [2025-04-15, 2026-01-01) is 25 × 120.00 × 261 ÷ 365 = 2,145.21.
package subscriptions
