// Package code decides which version of the code of practice's policy is made,
// by whom, and from when it counts.
//
// The vendor's code of practice for its channel is five clauses of prose. A
// version fills them with numbers: when a renewal opens, how long it stays in
// grace and lapsed, the cap on a poached margin and how long it lasts, when an
// incumbent counts as inactive, how long a consent, a contest and an appeal may
// take, what counts as new business and its reward, and how long a deal
// registration lives, a merger can be reverted and a payout account cools off;
// and for the settlement, how long a payment is held, when an unpaid margin is
// taken back, how long a statement can be disputed and which payout is too small.
// It names the holidays, too, without which working days can't be counted.
// Every decision records the version that it was taken under.
//
// A version is drafted, proposed by one person and approved by another, and
// immutable from its proposal on. It is in force from its effective date until
// the next approved one's. That date is tomorrow at the earliest, by the clocks
// of the vendor, so that no decision already taken is rewritten; only the very
// first version may lie in the past, as nothing was decided under another.
//
// Example: approved on 2026-03-01, a version may take effect on 2026-03-02 but
// not on 2026-03-01. With versions from 2024-01-01 and 2026-03-02, the first is
// in force on 2026-03-01.
//
// Counting days, the day of the event is day 0. With a holiday on Friday
// 2026-04-03 and on Monday 2026-04-06, the first working day after Thursday
// 2026-04-02 is Tuesday 2026-04-07, and the tenth is Monday 2026-04-20.
package code
