// Package matching finds, line by line, how a partner's own list of what it is
// owed differs from the vendor's statement. It is pure: the same file and the same
// lines give the same pairs, in whatever order both came.
//
// The rules. A row of the file belongs to a line of the statement that it names:
// by the line's id, by the partner's own reference of the booking, by the
// submission, the invoice or the subscription. Rows and lines are paired one to
// one, and none twice, the best first: those with the same amount and date, then
// those with the same amount, then those with the same date, then those that only
// name each other; each time those with the same rate come first, and the nearer
// name before the wider one, in the order above. Where several are equally good,
// they are paired in the order of date, amount and rate.
//
// A pair that agrees in whatever both sides have is MATCHED, and DIFFERENT
// otherwise, by AMOUNT, DATE or RATE. A row that is left is MISSING on the
// statement; a line that is left is EXTRA on it. Every row and every line is in
// the result once, so that its sums are those of the file and of the statement.
//
// Worked: the file has PO-7 with 400.00 on 2026-03-05 and with 90.00 on
// 2026-03-09; the statement has lines of 400.00 on 2026-03-05 and of 95.00 on
// 2026-03-09 for PO-7, and one of -20.00. The first row is MATCHED, the second
// DIFFERENT by AMOUNT, and -20.00 is EXTRA: 490.00 less 475.00 is 15.00, which is
// 0.00 - 5.00 + 20.00.
package matching
