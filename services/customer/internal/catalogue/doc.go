// Package catalogue holds what the vendor sells: products in families, their
// price lists and the sets of exchange rates.
//
// Nothing here is ever changed. A price holds from a day on, until a later one
// for the same product, currency and band; a band begins at a number of seats
// and ends where the next one begins. A set of exchange rates holds from a day
// on until the next set.
//
// Worked: with 120.00 GBP from 1 seat and 100.00 GBP from 250 seats, both from
// 2025-01-01, and 110.00 GBP from 250 seats from 2026-01-01, the price of 300
// seats is 100.00 on 2025-12-31 and 110.00 on 2026-01-01.
package catalogue
