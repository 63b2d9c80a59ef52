// Package division decides who earns which days of a term that a change of
// partner falls into. It is pure.
//
// The rule. The old relationship earns up to the transfer's effective date, the
// new one from it (half-open); of the instalment that the day falls into, each
// side has its days. What the old partner was booked stays booked: its part
// keeps the margin that these days earned at its own rate. The new partner's
// part is priced at the new relationship's rate, cap included. A renewal that
// was booked before the transfer took effect, and a change of seats, is divided
// in the same way; one that the new partner books is its own. A second transfer
// within the same term divides the part that is left.
//
// Worked: 24,000.00 prepaid for [2026-04-01, 2027-04-01) at 2,000 basis points
// earn 4,800.00. Another partner, capped at 500, takes over on 2026-07-01, after
// 91 of 365 days: the old one keeps 5,983.56 net and 1,196.71, the new one earns
// 5 % of 18,016.44, 900.82.
package division
