// Package moneymodel is a second reading of the rules of the money path, to hold
// the service against. Only tests use it. It shares no code with the packages
// that it checks, knows nothing of databases, and takes the long way wherever
// that is the plainer one: it keeps the facts, and works out where every amount
// stands on a day from all of them, anew each time it is asked.
//
// The rules, as this package reads them:
//
//   - A term's net is unit price × seats × months ÷ 12, year by year, where the
//     unit price of a term that is not prepaid rises each year and is rounded.
//     Each year's net is divided evenly among its invoices. The margin is the
//     term's net times the rate, rounded once, and divided in proportion to the
//     instalments' nets. The reward is a portion of the first twelve months' net,
//     divided among their instalments.
//   - What has an end of its own, a stub or seats that are added to a running term,
//     costs unit price × seats × days ÷ days of the year, by the years of the term,
//     added up exactly and rounded once. It is divided among the invoices by price
//     and days. Added seats earn the rate of their term.
//   - What is divided adds up: units lost to rounding go to the largest remainders,
//     and of equal ones to the first. What is rounded is rounded half away from
//     zero.
//   - A renewal is priced by the last year's price, raised once more if that year is
//     over, at the rate of who serves then; a cap lasts for terms that begin within
//     its time.
//   - A change of partner divides a term by days (half-open). The old partner keeps
//     what its days were booked with; the new one earns its own rate on its part.
//   - A payment counts in full 30 days after its day. A line unpaid 90 days after
//     the due date loses, from day 91 on, what is not paid for.
//   - A statement shows what has become due by the last day of its month, as known
//     when it was closed, less what earlier ones have shown.
//   - What becomes due is payable, and so is what people decide. What of an
//     instalment is due no more goes from what of it is payable and on no statement;
//     beyond that the partner owes it, as far as statements have shown it. What is
//     shown stands on one account: a statement above zero is payable, one below is
//     owed, and from its date on what was on the other is set off.
//   - A statement with lines is an invoice of the partner's if the agreement of its
//     date says so, as known when it was closed. Invoices have numbers without gaps,
//     and of one partner and currency in the order of the months.
//
// Where the rules leave room, it takes these stands, which are the service's:
//
//   - What is partly paid is due in that proportion of the whole line, though at
//     most what credits have left. A line of which nothing is open is due whole.
//   - Credits eat a line from its end, and so the later partner's part of it first.
//   - A line that was divided rests on as much of the invoiced amount as its net
//     is of the instalment's.
//   - A transfer restates what was invoiced from its first day on, a verdict from
//     the day that it is known here, which for a transfer that is dealt with late is
//     its first day. No restatement reaches behind an earlier one.
//   - What is written while a statement is closed may be written as if it was not.
//   - What is held behaves like what is earned, but never becomes due.
//   - Of a RESALE margin only what verdicts change of it after the booking is owed,
//     either way; while one is open it is a memo.
package moneymodel
