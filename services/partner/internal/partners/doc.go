// Package partners decides who may sell for the vendor, and under what
// agreement.
//
// A partner has a type for good. Selling types (resellers, integrators,
// managed-service providers, authorised software vendors, sales agents,
// distributors) may earn margin; suppliers, cyber-resilience partners and
// strategic allies work with the vendor without selling. The vendor's own
// field sales is the one reserved partner "direct", so that no subscription is
// ever without a partner: it sells, but needs no agreement and can't be
// suspended.
//
// A suspended partner can't sell any more. What it earned stays its own, so it
// keeps its logins and reads.
//
// An agreement says for a range of days who invoices the customer, and with
// that whether margin is owed to the partner or already kept by it. Ranges are
// half-open, [from, until), and no two of a partner share a day: on any day the
// settlement mode is known or there is none.
//
// Where an agreement says so, the statements that the vendor makes are the
// partner's invoices (self-billing), and show its tax registration number. Like
// every term of an agreement but its end, that stands for the agreement's
// lifetime; what changes is another agreement.
//
// Example: with an agreement from 2025-01-01 until 2026-01-01, another may
// begin on 2026-01-01, but not on 2025-12-31.
package partners
