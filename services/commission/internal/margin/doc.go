// Package margin decides what a partner earns on a sale. It is pure: the same
// sale gives the same calculation, on any day and any machine.
//
// The rules. The margin is the net price of a line for a term times the
// partner's rate, rounded once, half away from zero; instalments are allocated
// from it by largest remainder and never rounded one by one (R1). The rate is
// taken from the rate card in force when a relationship starts, where the most
// specific rule wins, and is locked for the life of that relationship: no
// renewal, uplift, seat change or later card touches it, and added seats
// inherit it. The vendor may raise it, at most once a term, and never lower it
// (R2). A relationship that began by poaching has a cap beside the lock; the
// effective rate is the lower of the two, and the cap ends with the first
// renewal that starts on or after its end date. What it withholds of a booked
// margin stays with the vendor, or is held while a review or an appeal runs. A
// change of partner within a term divides it by days: the old partner keeps its
// part of what was booked, the new one earns at its own rate (R3). Genuine new
// business is rewarded once, beside the margin, with a portion of the net of the
// first twelve months (R4).
//
// What does not last whole months is priced by days: a stub that leads to a
// common end, and seats that are added to a running term. Each contract year
// counts with unit price × seats × days ÷ days in that year, and the sum is
// rounded once (R7).
//
// Worked: 200 seats at 120.00 GBP a year are 24,000.00 net; at a rate locked at
// 2,000 basis points they earn 4,800.00. A year later, with an uplift of 5 %,
// they are 25,200.00 and earn 5,040.00, although the card now says 1,500. Had
// the relationship been capped at 500, the first year would have earned
// 1,200.00, with 3,600.00 held while an appeal ran. 25 seats added from
// 2025-04-15 to 2026-01-01 are 25 × 120.00 × 261 ÷ 365 = 2,145.21 net. Three
// years of new business paid in advance are 72,000.00; they earn 14,400.00 and a
// reward at 1,000 basis points of the first year's 24,000.00, which is 2,400.00.
package margin

// The clauses of the vendor's code of practice that a step may rest on.
const (
	CustomerFirst      = "customer-first"
	EthicalEcosystem   = "ethical-ecosystem"
	Reliability        = "reliability-and-simplicity"
	PredictableRevenue = "predictable-revenue"
	NewBusiness        = "new-business-rewarded"
)
