// Package clients decides which programs get tokens, and what the tokens say.
//
// A client belongs to one partner, or is one of the vendor's services. It
// proves itself by a secret of 256 random bits, which is shown once and kept
// as its SHA-256 only. A slow password hash would add nothing: nobody can
// search 2^256 secrets however fast one trial is, while its cost per attempt
// would let anyone load the token endpoint for free.
//
// A rotation adds a secret and lets the old ones run out after an overlap, so
// that nothing stops while they are replaced. At most two old ones stay beside
// the new one. A revocation is for good.
//
// A token's scopes are those asked for, out of those that the client may have.
// A suspended partner's clients get tokens as before: it reads what it earned,
// and what it may not do is refused by the rules about selling, not by login.
//
// Example: a secret made at noon and rotated on the next day at noon with an
// overlap of 24 hours is good until the third day's noon, and not at noon.
package clients
