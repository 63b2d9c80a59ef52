// Package imports decides what becomes of the rows of an existing book.
//
// Rows are numbered from 0 over all uploads of an import. Each is stored or
// refused with its reason, and a bad row never loses a good one. An upload
// continues at the import's next row, or is refused; so a row that is sent
// twice is never stored twice, and of two uploads at once one is refused.
//
// A subscription comes with its running term, and with all terms before it or
// none: half a history would tell a wrong past.
//
// A customer's subscriptions may follow it in the same batch or come in another
// import. Within a batch the first of two rows with one external id or domain
// is stored.
package imports
