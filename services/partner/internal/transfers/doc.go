// Package transfers decides how a customer's subscriptions move to another
// partner.
//
// The customer is free, and its consent is what counts. A challenger asks by a
// domain and a product family, and is told the same whether there is anything
// to move or not: the answer names what was asked and nothing else. One of the
// customer's contacts who may speak for it gets a link with a one-time token,
// good for some days (7, unless the version of the code of practice in force
// says otherwise), and consents with a reason. From then on the move takes
// effect on its date, whoever objects. Partners can argue about the margin,
// never about the move; the price stays what it is.
//
// A request is open for some days (14). Several may be open at once: the first
// consent wins, and supersedes every other request for one of its
// subscriptions. To their challengers those stay open until their own last day,
// so that nobody learns of somebody else's success. So few mails (3) go out per
// customer and partner in so many days (90) that nobody is pestered; a request
// beyond that is answered as any other, and sends none.
//
// Days are counted where the vendor is: the day of the event is day 0, the last
// day of a period is inside it. A move takes effect on the day that was asked
// for, or, where none was, on the day after the last day of the running term;
// a subscription whose term has ended unrenewed moves from that end on. If the
// day has passed when the customer consents, it is the day of the consent.
//
// Whoever looks sees its own side. The challenger sees what it asked for, and
// the subscriptions once the customer has consented; the incumbent sees the
// transfer from the consent on, with its own subscriptions only. Neither sees
// who the other is, nor, in the etag, that the other has done something it is
// not told of.
//
// Example: requested on 2026-03-02, a transfer is open until 2026-03-16. The
// mail of 2026-03-03 carries a token that is good until 2026-03-10: the contact
// may consent on that day and not on 2026-03-11. A subscription whose term ends
// with 2026-03-31 moves on 2026-04-01.
package transfers
