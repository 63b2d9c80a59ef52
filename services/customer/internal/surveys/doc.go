// Package surveys decides who is asked how it was, when, and what an answer
// may be.
//
// An event at a touchpoint leads to one invitation at most. It waits for its
// hour: nothing is sent in the quiet hours where the recipient is (from 20:00 to
// 08:00, and on Saturdays and Sundays). When the hour has come it is decided
// whether it is sent at all. Nobody is asked who has opted out, who is gone, or
// about what happened too long ago (14 days); nor whoever has been asked often
// enough of late: once in 30 days for a person, five times in 30 days for the
// people of one customer or partner. The numbers are a policy in versions; each
// invitation names the one that decided it. An invitation that is not sent is
// never made up for.
//
// The link is good for 30 days and takes one answer. There are three questions
// from 1 to 5, the likelihood to recommend from 0 to 10, and free text. Any of
// them may be left out, not all: what is there counts, each question by its own
// answers. The same answer again is no other answer.
//
// A response keeps the facts of its event: customer, size, country, product and
// partner of record on that day. On request it is redacted: text and person go,
// the scores stay, and so does every figure.
//
// Worked: a support case is closed on Friday, 2026-03-06, at 19:30 in New York.
// The invitation goes out at once. One closed at 20:00 waits until Monday,
// 2026-03-09, at 08:00; its link is good until 2026-04-08, at 08:00.
package surveys
