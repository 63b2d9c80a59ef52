// Package forecast decides what partners will earn, by month. It is pure: days
// come in as values.
//
// The rule (R10, predictable-revenue): because margins are locked, a forecast
// is arithmetic. It goes by the month of the instalment and counts margin alone,
// without rewards.
//
//   - Committed is the margin of booked terms, imported running terms at their
//     relationship's rate included. What a cap withholds is not, unless it was
//     released, and neither is what begins after a cancellation.
//   - Expected is committed plus, for each renewal ahead, its margin times the
//     probability p that it comes.
//   - Upside is committed plus the margins of all renewals ahead: every p is 1.
//   - The standard deviation is √Σ a²p(1−p), where a is what a renewal brings in
//     a month. It takes renewals, and the months of one, to be independent of each
//     other. They are not quite: who does not renew once does not renew again.
//
// The first renewal ahead has the p of its state today, in basis points:
// SCHEDULED and OPEN 9,000, QUOTED 9,300, SUBMITTED 9,800, GRACE 4,000, LAPSED
// 1,000. Instead, a partner's own history gives (renewed + 9) ÷ (due + 10) for
// SCHEDULED and OPEN, rounded to a basis point, and a question may give a p for
// each state. The k-th renewal ahead has p × p(SCHEDULED)^(k−1). What is
// CANCELLED, DECLINED or EXPIRED can't be renewed and is in no figure.
//
// A renewal ahead sells what the running term had, for as long and billed alike,
// at the renewal's price: the contract's uplift compounds as it does in a real
// renewal. Its rate is that of its partner's relationship on the new term's first
// day, so that raises begin and caps end with their term. A renewal that is late
// can't be invoiced in a month that is over: what lies in one counts in the month
// that runs. A partner without a locked margin, and the vendor's own sales, have
// no forecast. RESALE and AGENCY stand apart, and so does every currency.
//
// Products of probabilities are exact. A month's figures are rounded once, half
// away from zero, for each currency and settlement mode as a whole; slices of it
// are allocated by largest remainder, and sums over months add what was rounded.
// So the parts add up to the total whatever it is sliced by.
//
// Worked: 24,000.00 with p given as 9,000 and 10,000.00 with 5,000, both at
// 2,000 basis points, have margins of 4,800.00 and 2,000.00. Expected are
// 4,320.00 + 1,000.00 = 5,320.00, upside is 6,800.00, and the standard deviation
// is √(4,800² × 0.09 + 2,000² × 0.25) = 1,753.17.
package forecast
