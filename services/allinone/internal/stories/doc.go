// Package stories plays the code of practice as a channel manager would tell
// it: dated sentences of who did what, and what came of it.
//
//	2025-04-01 incumbent serves 200 seats of email-suite at 120.00 for 12 months, at 20 %
//	2026-02-01 challenger asks for the customer
//	2026-02-02 customer consents to challenger: CHOICE
//	= verdict POACHED by INSIDE_WINDOW, ethical-ecosystem, capped at 5 % until 2027-04-01
//	2026-03-01 challenger renews
//	= challenger earns 5 % of 24,000.00: 1,200.00, cap under ethical-ecosystem
//
// A sentence is a date and a deed; a line that begins with = says what holds
// after it. A deed that must be refused ends in "-> REASON". Every story has
// partners, a customer and a corporate group of its own, and is played against
// the running services, on a clock that the dates set. Amounts are in pounds;
// the card gives an incumbent 15 %, a challenger 20 %.
package stories
