// Package banking checks that a bank account is described as payments need it.
//
// An account is named by its IBAN (ISO 13616), where a country has them, or by
// an account number together with the bank: its national clearing code or its
// BIC (ISO 9362). An IBAN is two letters for the country, two check digits, and
// as many characters as the country has registered, each a digit or a letter
// where the registry says so. A slip of the pen is found by the check digits:
// with the first four characters moved to the end and A to Z read as 10 to 35,
// the number leaves 1 when divided by 97.
//
// Whether the account exists, and whose it is, only its bank can tell.
//
// Example: GB82 WEST 1234 5698 7654 32 is read as 3214282912345698765432161182,
// which leaves 1. With 31 at the end it leaves 71, and is refused.
//
// A refusal never repeats a number: it may be shown to others, and logged.
package banking
