package mergers

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// Names knows, of each partner that is absorbed, the one that acts for it.
type Names map[partners.ID]partners.ID

// NamesOf returns the names that the mergers in force among all make.
func NamesOf(all []Merger) Names {
	names := Names{}
	for _, m := range all {
		if m.State == InForce {
			names[m.AbsorbedID] = m.PartnerID
		}
	}
	return names
}

// Root returns the partner that acts for id in the end: id itself unless it is
// absorbed.
func (n Names) Root(id partners.ID) partners.ID {
	for range len(n) { // mergers make no circle; were there one, this would end
		survivor, absorbed := n[id]
		if !absorbed {
			return id
		}
		id = survivor
	}
	return id
}

// Same reports whether two ids stand for one partner.
func (n Names) Same(a, b partners.ID) bool { return n.Root(a) == n.Root(b) }

// ActsFor returns the partners that id acts for: itself, then those absorbed by
// it or by one of them, in the order of their ids. For one that is absorbed
// itself that is no less: it keeps what it could do.
func (n Names) ActsFor(id partners.ID) []partners.ID {
	ids := []partners.ID{id}
	for absorbed := range n {
		if absorbed != id && n.below(absorbed, id) {
			ids = append(ids, absorbed)
		}
	}
	slices.Sort(ids[1:])
	return ids
}

// below reports whether the way up from absorbed leads past id.
func (n Names) below(absorbed, id partners.ID) bool {
	for range len(n) {
		survivor, found := n[absorbed]
		if !found {
			return false
		}
		if survivor == id {
			return true
		}
		absorbed = survivor
	}
	return false
}
