// Package bankfile writes what a bank is asked to pay: a credit transfer
// initiation of ISO 20022 (pain.001.001.09), or a table (CSV) for banks and
// people that take none. It is pure, and the same order is the same bytes.
//
// The rules. The message's id is the order's and the end-to-end id of each
// transfer the transfer's own, so that a bank that gets a file twice pays once.
// Amounts have exactly the currency's digits, and the control sums are exact.
// An account is an IBAN, or a number with the bank's clearing code or BIC.
// Transfers in euro between accounts in the Single Euro Payments Area ask for
// its service level, with each side bearing its own charges; all others share
// them. Names and texts are held to the characters that every bank takes, and
// to the length that it takes: letters without their accents, digits, and
//
//	/ - ? : ( ) . , ' + and the space
//
// Worked: 4,800.00 GBP to "Société Générale & Cie" are the amount "4800.00" with
// the attribute Ccy "GBP", and the name "Societe Generale + Cie".
package bankfile
