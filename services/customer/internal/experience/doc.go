// Package experience says how one customer fares, by the answers of its own
// people.
//
// It counts the answers of the last 365 days, in UTC: an answer is counted until
// 365 days after its own day, and no longer. Figures are those of package scores,
// and so is the rule of small numbers: the customer experience index (CXi) needs
// the policy's minimum of answers to each of its three questions, and the net
// promoter score (NPS) as many to its own. Below that a figure is hidden and says
// nothing, not even how many answered; such a customer's experience is unknown,
// which is neither good nor poor.
//
// Experience is poor if the shown CXi lies below the policy's band "okay", whether
// it is full or indicative: nobody but people draws conclusions from it. It never
// goes into a margin.
//
// It is told anew whenever what is shown becomes another: by an answer, by one
// that grows too old, by a merger of customers, or by another policy. A response
// that is redacted keeps its scores, so nothing becomes another.
//
// Worked, with a minimum of 5 and "okay" from 65: four answers are unknown. With a
// fifth, and ratings of 5, 4, 4, 3 and 2 for each question, three of five are high
// and one is low: each index is 40, and so is the CXi, which is indicative and
// poor. Five answers of 5 more make 8 high and 1 low of 10: 70, poor no longer.
package experience
