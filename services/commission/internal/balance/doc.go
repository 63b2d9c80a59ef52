// Package balance adds up a partner's accounts in one currency, day by day. It is
// pure.
//
// The rules. A balance is credits less debits: above zero for what the vendor
// owes, below for what it has spent or is owed. It is asked for by the end of a
// day, by the effective dates of entries, and as known at a time, by when they
// were posted. A sheet is what is known at one time; it is kept with the balance
// of every day of each month in which an account changed, so that one figure of
// it answers for any day. What came since is added.
//
// Worked: 100 due on 30 January and 20 taken back on 2 February leave 100 on the
// last day of January, 80 on 2 February and 80 ever after.
package balance
