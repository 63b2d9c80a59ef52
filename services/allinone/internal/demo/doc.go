// Package demo builds the demonstration book: the business of a vendor of
// email security that sells through partners, made by code from a seed number
// so that every start shows the same one.
//
// Its shape is that of a real vendor of the field in 2016: 24,900 customers in
// some 100 countries, from small businesses to global groups, in financial
// services, banking, law, media and more; 141.84 million dollars of recurring
// revenue, grown from 116.09 million a year before; partners of every type.
// Some well-known resellers, integrators and law firms appear under their
// names, with figures that are invented and harmless. Every other name is
// made up, and every domain ends in the reserved ".example".
//
// Each subscription brings all its terms, so that the revenue of any day of the
// past can be read from the data: what the terms that have the day cost a year.
// All customers are customers of the day. What was lost in the year before are
// a few hundred products that they had beside another.
package demo
