// Package earnings says who earns what by an instalment: from what was booked or
// imported, how transfers have divided it, and what verdicts withhold.
//
// The rules. Where the vendor invoices the customer (AGENCY), an instalment
// earns the margin that was calculated for it; where the partner buys at net
// less margin (RESALE), the margin is in the price and is not earned here, and
// only what a verdict makes of it afterwards is, as an adjustment. A reward is
// earned in both, by the partner that brought the business, and is not divided.
// A part that a transfer has divided is the share's. What a cap withholds is
// allocated to the instalments by largest remainder: kept, it is not earned;
// held, it is earned unless the verdict stays; released, it is earned.
//
// Worked: a term of 24,000.00 booked at 2,000 basis points and capped at 500
// afterwards earns 4,800.00 less a withheld 3,600.00; while an appeal runs,
// 1,200.00 are earned and 3,600.00 held.
package earnings
