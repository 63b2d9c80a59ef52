// Package money holds amounts, currencies and rates, and the only places where
// anything is rounded.
//
// The rule (R1): an amount is a whole number of the currency's minor unit as
// ISO 4217 defines it, and a rate is a whole number of basis points. A portion
// of an amount is
//
//	round(amount × rate ÷ 10000)
//
// rounded once, half away from zero, with a 128-bit product in between; there
// is no floating point. What is split into parts is allocated by largest
// remainder, ties to the first, so that the parts always add up to the whole.
//
// Worked: 24,000.00 GBP is 2,400,000 pence. At 2,000 basis points the margin is
// 2,400,000 × 2,000 ÷ 10,000 = 480,000 pence, which is 4,800.00 GBP. In twelve
// instalments 200.00 is 8 × 16.67 and then 4 × 16.66; rounding each instalment
// by itself would have given 200.04.
package money
