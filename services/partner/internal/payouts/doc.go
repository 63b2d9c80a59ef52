// Package payouts decides to which bank account a partner's margin is paid out.
//
// Who can change the account can take the money, so it takes two people and
// time: one proposes an account, another approves it, and it is used for days
// after that at the earliest (7, unless the version of the code of practice in
// force on the day of the approval says otherwise). The day of the approval is
// day 0. The numbers of an account never change: another number is another
// account.
//
// A partner has one account in use for each currency. Of those that are usable
// on a day it is the one approved last; until a new one has cooled off, the one
// before stays in use. What has been replaced stays replaced: if the account in
// use is closed, nothing is paid until another is usable, rather than to one
// that the partner left long ago. An account that is closed before its first
// use never replaced anything.
//
// Suspended and absorbed partners keep what they earned, and so their accounts.
//
// Example: approved on 2026-03-01, an account is usable from 2026-03-08. A
// payout of 2026-03-07 goes to the account before it, or waits. If the account
// is closed on 2026-03-05, the one before stays in use; if it is closed on
// 2026-03-20, payouts wait.
package payouts
