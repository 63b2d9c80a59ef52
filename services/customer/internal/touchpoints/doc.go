// Package touchpoints holds the moments of the journey at which the vendor asks
// how it was, and decides how they may change.
//
// A touchpoint is asked of one audience: customers, partners or staff. It is
// data: a change makes a new version, which is in force at once, and what was
// asked before stays as it was asked. So a score of last year can be read beside
// the words that it answers. Nothing is deleted; a touchpoint at which nobody is
// asked any more is retired.
//
// The touchpoints of an audience are in an order, counted from 1. A new one
// comes last. Reordering names all of them, and gives a version to each that
// moves.
//
// Worked: with discover 1, kick-off 2 and success-review 3, the order kick-off,
// discover, success-review makes kick-off 1 and discover 2 by a version each;
// success-review keeps its version.
package touchpoints
