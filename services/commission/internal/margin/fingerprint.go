package margin

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// encoding is hashed first; it changes when the facts or their order do.
const encoding = "holdfast margin 1\n"

// fingerprint identifies facts and result of a calculation: SHA-256 over a
// fixed order of them, in hexadecimal. Ids and the day of the calculation do
// not go in, so a preview and a submission of equal facts have the same one.
func fingerprint(s *Sale, c *Calculation) string {
	var buf [512]byte
	b := append(buf[:0], encoding...)
	for _, text := range [...]string{string(c.Net.Currency), string(s.UnitPrice.Currency), string(s.OldUnitPrice.Currency), string(s.Billing), string(s.Mode)} {
		b = append(append(b, text...), '\n')
	}
	if !s.byDays() {
		b = s.Anchor.Append(b)
	}
	b = append(b, '\n')
	b = append(s.Start.Append(b), '\n')
	for _, number := range [...]int64{
		int64(s.Months), s.OldSeats, s.Seats, s.OldUnitPrice.Minor, s.UnitPrice.Minor, int64(s.Uplift),
		int64(c.Locked), liveCap(s), int64(c.Effective), c.Net.Minor, c.Margin.Minor, c.BuyPrice.Minor,
	} {
		b = binary.AppendVarint(b, number)
	}
	if s.byDays() {
		b = s.running().End.Append(s.End.Append(append(b, "until "...)))
		b = s.running().Start.Append(b)
	}
	if c.Reward != nil {
		b = append(b, "reward "...)
		for _, number := range [...]int64{int64(c.Reward.Rate), c.Reward.Base.Minor, c.Reward.Amount.Minor} {
			b = binary.AppendVarint(b, number)
		}
	}
	sum := sha256.Sum256(b)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

// liveCap is the cap that is in force, or −1.
func liveCap(s *Sale) int64 {
	if s.Rate.Cap.Live(s.running().Start) {
		return int64(s.Rate.Cap.Rate)
	}
	return -1
}
