// Package billing is what the vendor's billing tells about invoices: that one was
// issued, paid, that a payment was taken back, and what was credited. It checks
// each fact against what is known of the invoice, and divides it among the
// invoice's lines.
//
// The rules. A fact is told once under its id; the same again is no news, and
// another one under the same id is refused. No more is paid than is outstanding,
// and no more is credited than was invoiced. What falls to a whole invoice is
// divided among its lines in proportion to what is open of each, by largest
// remainder, ties to the first, so that lines and invoice always agree.
//
// Worked: an invoice of two lines, 200.00 and 100.00, is paid with 100.00: 66.67
// fall to the first and 33.33 to the second; another 200.00 pay 133.33 and 66.67.
package billing
