// Package calendar holds dates, terms and time zones.
//
// The rule (R5): contracts are dated, not timed. A term is half-open: it
// contains its start and not its end, so that the end of one is the start of
// the next. Terms last 1, 12, 24 or 36 months. The end of a term is counted
// from the contract's original anchor and clamped to the length of the month,
// never from a date that was itself clamped; so consecutive terms tile without
// gap or overlap, and a contract that began on the 31st returns to the 31st.
//
// Worked: a monthly contract anchored at 2024-01-31 has the terms
//
//	[2024-01-31, 2024-02-29) [2024-02-29, 2024-03-31) [2024-03-31, 2024-04-30)
//
// and a yearly one anchored at 2024-02-29 ends at 2025-02-28, 2026-02-28,
// 2027-02-28 and 2028-02-29.
package calendar
