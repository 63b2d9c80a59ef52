// Package reports makes a month's report of the customer-experience programme:
// what it shows, what it holds back, and the bytes that are frozen.
//
// A report is made of a cube: the tally of the month's answers for each
// combination of touchpoint, segment, region, product and partner that occurs.
// It has the customers' figures as a whole and by touchpoint, segment, region
// and product; those of partners and staff by their touchpoints; the highs and
// lows among the touchpoints, the movement against the month before, and the
// trend. Besides, each partner gets one table of its own customers' scores by
// touchpoint, which no other partner sees.
//
// Nothing that fewer people answered than the policy's minimum can be read from
// what is published, nor found by subtracting published figures: rows that are
// too small are hidden, and so is another row where the total minus the shown
// ones would tell (see package scores). Each question has its own number of
// answers, and is hidden by itself.
//
// A published report never changes. Answers that come late go into a next
// revision, whose difference to the one before must not tell either: a row that
// was hidden stays hidden, and a late answer is taken only if in every table
// the shown row that it belongs to, or the hidden rest, gains none or at least
// the minimum of answers. The others wait for the revision after.
//
// Worked: by touchpoint 40, 3 and 12 answers. The row of 3 is hidden, and that
// of 12 too, because 55 − 40 − 12 would tell. Later 4 and 9 answers come for the
// first and the third: the first waits, since 44 − 40 would tell; the hidden
// rest gains 9, so the total is now 64.
package reports
