package registrations

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
)

// Customer is who a deal is about, as far as the vendor knows it.
type Customer struct {
	Domains []domain.Name // that of the deal, and all of the customer's group
	IDs     []string      // of the customer and the others of its group; none if it is unknown
	Group   string        // empty without one
}

// Claim is something that an open registration reserves for its family.
type Claim string

// Claims returns what a registration for c reserves, in order, so that two who
// claim the same never wait for each other in turn.
func (c Customer) Claims() []Claim {
	var claims []Claim
	for _, d := range c.Domains {
		claims = append(claims, Claim("domain:"+d))
	}
	for _, id := range c.IDs {
		claims = append(claims, Claim("customer:"+id))
	}
	if c.Group != "" {
		claims = append(claims, Claim("group:"+c.Group))
	}
	slices.Sort(claims)
	return slices.Compact(claims)
}

// Holder is the registration that holds a claim.
type Holder struct {
	ID        ID
	PartnerID partners.ID
}

// Taken returns ErrTaken to one who has lost against h. Only if the reader may
// see h anyway, it says which registration it is.
func (h Holder) Taken(visible bool) error {
	if !visible {
		return ErrTaken.Because("an open registration reserves this customer and product family; order without one, or try again when it has ended")
	}
	return ErrTaken.Because(
		fmt.Sprintf("registration %s reserves this customer and product family; withdraw that one first", h.ID), "deal_registration_id", string(h.ID))
}
