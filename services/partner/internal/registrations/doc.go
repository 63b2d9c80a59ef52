// Package registrations decides what partners announce as new business before
// they win it.
//
// A registration is drafted, submitted by its partner, and approved or rejected
// by the vendor, who may first request information on fields that it names:
// only those can be updated then, and submitting again is the answer. An
// approval lives for days (90, unless the version of the code of practice in
// force says otherwise), counted from the day of the approval, which is day 0,
// and can be extended once by as many if that is asked before it is over. An
// order converts it; whether the business is new, and so rewarded, is computed
// when the order comes and never claimed.
//
// From its first submission until it ends, a registration reserves: one open
// registration per customer group and product family, the first one submitted
// wins. What it reserves are claims: each domain of the customer's group, the
// customer and the group, so that a sister company or another of its domains is
// the same customer. A customer that the vendor does not know yet is its domain
// alone. The loser learns only that an open registration exists, unless it is
// its own.
//
// Example: approved on 2026-03-01, a registration expires on 2026-05-30, day
// 90: an order of that day is in time, one of 2026-05-31 is not. Extended, it
// expires on 2026-08-28.
package registrations
