// Package renewal decides when a subscription can be renewed, by whom, and what
// is sold. It is pure: days come in as values.
//
// The rules. There is one renewal for each uncancelled end of a term. It opens
// some days before the end, is in grace from the end, then lapsed, when it
// needs the vendor's approval, and then expired, when only a new order helps;
// the windows are those of the code of practice in force when the term started
// (R6). The state on a day is the first that holds of cancelled, renewed,
// booked, submitted, declined, expired, lapsed, grace, quoted, open and
// scheduled. However early or late it is submitted, the new term starts at the
// old end and its end is counted from the original anchor (R5). The unit price
// rises by the contractual uplift once a year, rounded each time; a term paid
// in advance has no uplift inside, and monthly terms rise with every twelfth.
// Seats may be kept, added and dropped. A co-term renewal is a stub that ends
// on a common day: it is priced by days, and what follows is counted from its
// end; the price then rises if the last one has stood for a year (R7).
//
// Worked, for windows of 90, 30 and 60 days: a term that ends on 2026-04-01 is
// open from 2026-01-01, in grace from 2026-04-01, lapsed from 2026-05-01 and
// expired from 2026-06-30. Renewed on 2026-04-20 for 12 months, it becomes
// [2026-04-01, 2027-04-01); 200 seats at 120.00 GBP and an uplift of 5 % then
// cost 126.00 each, 25,200.00 in all.
package renewal
