// Package conduct decides what a change of partner does to the margin, and
// what can be done about the decision.
//
// The customer is free: it moves whatever is decided here. What is decided is
// whether the partner that takes it over poaches, and then its margin is
// capped. Poaching is a transfer inside the incumbent's protected window: from
// the first day of its relationship until the term's end, 30 days of grace and
// 60 days in which the customer may be won back. It is inside if it is asked for
// or begins there: a first day beyond the window would only pay off where the
// incumbent renews meanwhile. Poaching is also a new order for a family that the
// customer's group had via another selling partner, in a subscription that runs
// on the order's first day or ends within 90 days either side of it. Day 90 is
// inside, day 91 is not. Where the vendor's own field sales stand between two
// partners they are looked through.
//
// Exemptions lift the cap. Most are computed and nobody can claim them: both
// partners are one by a merger, the customer came from the vendor itself, the
// incumbent ceased, let go, or had not quoted 30 days before the end of a term
// of a year or more. A customer's reason may claim another: bad service, a
// procurement framework, something else. Channel operations decide it on
// evidence once the incumbent has had 10 working days to contest it.
//
// [Evaluate] asks the questions in their order and leaves a finding for each;
// the last one is decisive. It uses the facts as of the request, of which only a
// release changes later. Of several subscriptions that an order replaces, the
// one with the worst answer decides. A finding never names another partner.
//
// A [Case] is a verdict with its life. The side that it goes against may appeal
// once, within 30 days, and another person decides. While a claim or an appeal
// is undecided the lower margin applies and the difference is held. Two people
// may waive a cap, and the incumbent may let go at any time.
//
// Example: softcat serves a customer from 2024-04-01, its last term ends on
// 2026-04-01. A transfer from 2026-05-01 is inside the window, which ends on
// 2026-06-30 (90 days after the term's end), and is poaching: the margin is
// capped at 500 basis points until the first renewal on 2027-05-01 or later.
// Of 24,000.00 at a rate of 2,000 the new partner earns 1,200.00 instead of
// 4,800.00; 3,600.00 stay with the vendor, or are held while it appeals. Had
// softcat not quoted by 2026-03-02 and the request come on 2026-03-03 or later,
// the verdict would be CLEAN. Decided on 2026-04-20, the verdict can be appealed
// against on 2026-05-20 and not on 2026-05-21.
package conduct
