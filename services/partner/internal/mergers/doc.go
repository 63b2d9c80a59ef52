// Package mergers decides which partner acts for which.
//
// When one partner takes another over, nothing is rewritten: contracts,
// relationships and locked margins stay under the absorbed partner's id, and
// the survivor acts for that id as for its own. So a merger moves no customer,
// is never poaching, and ends without a trace when it is reverted, which is
// possible for some days (30, unless the version of the code of practice in
// force says otherwise), the day of the merger being day 0.
//
// A survivor may absorb several partners, and may later be absorbed itself:
// then the last survivor acts for all of them. A partner that is absorbed can
// neither absorb another nor be absorbed once more. The vendor's own field
// sales, "direct", takes no part.
//
// Example: b absorbs c, then a absorbs b. a acts for a, b and c, and whoever
// asks for the partner behind c is told a. Merged on 2026-03-01, the second
// merger can be reverted on 2026-03-31 and not on 2026-04-01; from then on b
// acts for b and c again.
package mergers
