// Package ledger decides what the vendor owes its partners, and how that is
// written down. It is pure: the same facts give the same entries, on any day
// and in any order of arrival.
//
// The rules. The ledger is kept by double entry and only ever added to: an
// entry balances in one currency, and what was wrong is corrected by one
// reversal. What is owed is the margin where the vendor invoices the customer
// (AGENCY), and in both settlement modes new-business rewards and adjustments.
// A line is an instalment.
//
// An invoice issued accrues the instalment's margin. What the customer has paid
// becomes payable 30 days after the payment, in proportion to what of the line
// is settled. A credit note takes back, of the line's margin,
//
//	round(margin × credited so far ÷ line amount) − taken back already
//
// so that partial credits add up exactly; what has been on a statement is then
// owed by the partner, and set off. Credits for the vendor's own fault never
// reduce the margin and count as settled. What is still unpaid 90 days after
// the due date is taken back, and accrues again when it is paid. While a verdict
// about a change of partner may still turn, the difference that its cap makes is
// held. Credits eat an instalment from its end, since a customer that leaves
// gives back the days to come: of an instalment that a change of partner
// divided, the later partner's part first, and of a reward for the first twelve
// months, only what a credit leaves uncovered of them.
//
// Every amount has two dates: that on which it holds, and that on which it was
// posted. A fact that arrives late is posted today for its own day.
//
// Worked: 24,000.00 GBP at 2,000 basis points accrue 4,800.00. Credits of
// 9,863.01, 5,000.00 and 9,136.99 take back 1,972.60, 1,000.00 and 1,827.40,
// which is all of it.
package ledger
