// Package customers holds what the vendor knows of the organisations that it
// protects, and decides what may be said of them.
//
// A customer is known by its verified primary domain and may have more. A
// domain is one that somebody can register, in lower case and in its ASCII
// form, and belongs to one customer at most: that is how a transfer, a deal
// registration or a look-up finds out whom it is about. Sub-domains are of the
// same organisation and need not be listed.
//
// Contacts have addresses in a domain of their customer, or below one. When two
// customers turn out to be one organisation they are merged: domains, contacts
// and subscriptions go to the one that goes on, and the other stays readable
// and points to it. Nothing else may be done to it afterwards.
//
// Worked: "Bücher.Example." is the domain "xn--bcher-kva.example", and
// anna@post.xn--bcher-kva.example is an address of its customer.
package customers
