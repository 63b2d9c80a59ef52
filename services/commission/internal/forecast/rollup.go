package forecast

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Entry is a part with what it is added up by.
type Entry struct {
	SubscriptionID    string
	FamilyID, Segment string
	Currency          money.Currency
	Part
}

// RollupKey is the place of what is added up. An empty partner stands for all of
// them together, and so do a family and a segment that are both empty. State is
// none for what is committed.
type RollupKey struct {
	PartnerID, FamilyID, Segment string
	Currency                     money.Currency
	Mode                         margin.Mode
	Month                        Month
	State                        renewal.State
	Ahead                        int
}

// Compare orders keys, so that whoever changes several does so in one order.
func (k RollupKey) Compare(l RollupKey) int {
	return cmp.Or(
		cmp.Compare(k.PartnerID, l.PartnerID), cmp.Compare(k.FamilyID, l.FamilyID), cmp.Compare(k.Segment, l.Segment), cmp.Compare(k.Month, l.Month),
		cmp.Compare(k.Currency, l.Currency), cmp.Compare(k.Mode, l.Mode), cmp.Compare(k.State, l.State), cmp.Compare(k.Ahead, l.Ahead))
}

// Rollup is what earnings add up to, or by how much that changes.
type Rollup struct {
	Minor   int64
	Squares big.Int // of renewals ahead
	Count   int64
}

// Change is by how much the sums change.
type Change struct {
	Rollups   map[RollupKey]*Rollup
	Histories map[string]History // by partner
}

// NewChange returns a change that changes nothing.
func NewChange() Change {
	return Change{Rollups: map[RollupKey]*Rollup{}, Histories: map[string]History{}}
}

// Add adds an entry, to its partner's sums and to those of all partners
// together; to those of its family and segment, and to those of all.
func (c Change) Add(e Entry) { c.count(e, 1) }

// Remove takes an entry back.
func (c Change) Remove(e Entry) { c.count(e, -1) }

func (c Change) count(e Entry, sign int64) {
	key := RollupKey{Currency: e.Currency, Mode: e.Mode}
	for _, term := range e.Terms {
		key.State, key.Ahead = "", term.Ahead
		if term.Ahead > 0 {
			key.State = e.State
		}
		for _, earns := range term.Earns {
			key.Month = earns.Month
			for _, key.PartnerID = range [...]string{e.PartnerID, ""} {
				key.FamilyID, key.Segment = e.FamilyID, e.Segment
				c.rollup(key).count(earns.Minor, key.Ahead > 0, sign)
				key.FamilyID, key.Segment = "", ""
				c.rollup(key).count(earns.Minor, key.Ahead > 0, sign)
			}
		}
	}
	if e.History != (History{}) {
		c.Histories[e.PartnerID] = c.Histories[e.PartnerID].plus(History{sign * e.History.Due, sign * e.History.Renewed})
	}
}

func (c Change) rollup(key RollupKey) *Rollup {
	r := c.Rollups[key]
	if r == nil {
		r = &Rollup{}
		c.Rollups[key] = r
	}
	return r
}

func (r *Rollup) count(minor int64, squared bool, sign int64) {
	r.Minor += sign * minor
	r.Count += sign
	if squared {
		var square big.Int
		square.SetInt64(minor)
		square.Mul(&square, &square)
		if sign < 0 {
			square.Neg(&square)
		}
		r.Squares.Add(&r.Squares, &square)
	}
}

// Keys returns the keys of what changes, in their order.
func (c Change) Keys() []RollupKey {
	keys := make([]RollupKey, 0, len(c.Rollups))
	for key, r := range c.Rollups {
		if r.Minor != 0 || r.Count != 0 || r.Squares.Sign() != 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, RollupKey.Compare)
	return keys
}
