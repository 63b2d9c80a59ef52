// Package scores turns answers into figures and decides which of them are
// shown.
//
// A customer answers three questions from 1 to 5 (how well were its needs met,
// how easy was it, how enjoyable), and from 0 to 10 how likely it is to
// recommend the vendor. Each may be left out, and counts by its own number n of
// answers. The index of a question is the share of 4 and 5 minus the share of 1
// and 2, in percent. CXi, the customer experience index, is the mean of the
// three exact indices; its n is the smallest of theirs. NPS, the net promoter
// score, is the share of 9 and 10 (promoters) minus that of 0 to 6
// (detractors).
//
// The interval of NPS is the adjusted Wald interval at 95 %: three answers are
// added, three quarters of a promoter and three quarters of a detractor among
// them. With N = n + 3, p = (promoters + ¾) / N and d = (detractors + ¾) / N it
// is p − d ± 1.96 √((p + d − (p − d)²) / N), clamped to ±100. Adding answers
// before applying Wald's interval is the way of Agresti and Coull for one
// proportion and of Agresti and Caffo for two; Brendan Rocks compared such
// intervals for NPS in "Interval Estimation for the 'Net Promoter Score'" (The
// American Statistician, 2016), and this is the one with three answers added.
//
// All arithmetic is exact. Figures are shown as integers and the interval in
// tenths, rounded half away from zero; the root is decided on integers, so that
// it is rounded once, from its true value. The band is read from the shown
// integer.
//
// Small numbers protect people and keep chance from being taken for news: below
// the policy's minimum nothing is shown, from there on a figure is indicative
// and has no band, and from the policy's full number on it is full. In a table
// whose total is shown, a row that is too small could be found by subtraction;
// so another row is hidden with it.
//
// Worked: counts of 1 to 5 of (1, 1, 3, 20, 25), (2, 3, 5, 20, 20) and (4, 6,
// 10, 18, 12) are indices of 86, 70 and 40; CXi 65, okay. 20 promoters, 6
// passives and 4 detractors are an NPS of 53, with the interval [23.5, 73.5].
package scores
