// Package seal keeps watch over the ledger: it decides which entries get a place
// in its order, chains them by seals, and finds what was changed afterwards. It
// is pure.
//
// The rules. Entries are written without waiting for one another, and get a
// position (1, 2, 3 without gaps) once they are committed. A seal covers the
// positions since the seal before it; its digest is
//
//	SHA-256(digest of the seal before ‖ digests of its entries in their order)
//
// where nothing stands before the first. Within a seal, entries are in the order
// of their ids. So whoever has kept the digest of a seal outside the database can
// tell later that no entry up to there was changed, removed, added or moved; who
// could rewrite the database could rewrite its seals as well, but not what others
// have kept. Every seal is told in the event feed, which hands the anchors out by
// itself.
//
// An entry is not sealed if it is not what its own digest says, or if it was
// posted more than 15 minutes before the last seal: no transaction takes so long,
// hence the service did not write it, or not then.
//
// Worked: of entries with the digests d1, d2 and d3, the first two are sealed and
// then the third. The seals have the digests s1 = SHA-256(d1 ‖ d2) and
// s2 = SHA-256(s1 ‖ d3).
package seal
