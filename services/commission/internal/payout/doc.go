// Package payout decides what is paid out to partners, by whom, and what the
// bank's answers mean. It is pure: statements, accounts and days come in as
// values.
//
// The rules. What is paid is the latest closed statement of a partner and
// currency: its closing balance less what is paid of it and less what open
// disputes hold, if that is at least the statement's minimum and there is an
// account that can be used on the day of execution. One person proposes a batch
// of all that is payable in a currency, and another approves it; until then it
// can be cancelled. What is left out is listed with the obstacle. A suspended
// partner is paid like any other: what was earned stays payable.
//
// Approved payouts are posted one by one, each after another look: if anything
// is not as it was approved (a later statement, another amount, another account)
// the payout is skipped and never changed. A statement is paid by one payout at
// most, for ever, unless that one was cancelled or skipped. A posted payout is
// instructed to the bank, which answers that it is paid or returned; what was
// paid may come back later. What is returned is due again, on the open
// statement. A batch is instructed once all its payouts are posted or skipped,
// and complete once the bank has answered to all that were posted.
//
// Worked: a statement closes at 180.00 GBP, of which 100.00 are disputed. The
// minimum is 50.00, so 80.00 are payable. Approved, then disputed for 20.00 more:
// the payout is skipped, and the next batch pays 60.00.
package payout
