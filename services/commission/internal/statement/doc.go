// Package statement decides what partners are told each month of what they are
// owed, and what they may object to. It is pure: lines, days and numbers of the
// code of practice come in as values.
//
// The rules. There is a statement for each partner, currency and month, [first,
// next first) in UTC, of the lines that the ledger has put on it. Months are
// closed in their order, once they are over, where there are lines or a balance
// to carry. A closed statement never changes: what comes later is a line of the
// open one, with its old effective date, in the section "prior periods". A
// statement is dated the last day of its month.
//
//	closing      = opening + lines
//	next opening = closing − paid
//
// A statement is to be paid if what is payable of its closing balance is above
// zero and at least the minimum of its currency; a currency without one has none.
// Otherwise the balance is carried to the next statement, and never forfeited.
// What the partner owes is carried too, and set off against what it earns. So is
// what was not paid before the next statement was closed.
//
// A line can be disputed for some days after its statement was closed: the day
// of the close is day 0, day n is allowed. The amount of a disputed line is held,
// whichever sign it has, and the rest is paid. What has been paid is not held;
// its dispute may still end in an adjustment. Hold, release and adjustment are
// lines of the open statement.
//
// A statement is a self-billed invoice only if an agreement of the partner that
// covers its date says so, and it has lines. Then it has a number, and numbers
// have no gaps.
//
// Worked: an opening of −120.00 and lines of 300.00 close at 180.00. With a
// minimum of 50.00 they are paid, and the next opening is 0.00. Had 140.00 of it
// been disputed, 40.00 would have been payable, which is carried.
package statement
