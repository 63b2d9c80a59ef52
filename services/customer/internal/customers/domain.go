package customers

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrDomainTaken is returned for a domain that another customer has.
var ErrDomainTaken = fault.New("DOMAIN_TAKEN", "the domain belongs to another customer")

// Domain is a domain that somebody can register, or a host below one.
type Domain = domain.Name

// domainsWith returns all domains in order, the primary one first.
func domainsWith(primary Domain, others []string) ([]Domain, error) {
	all := make([]Domain, 1, 1+len(others))
	all[0] = primary
	for i, other := range others {
		d, err := domain.Parse(other)
		if err != nil {
			return nil, onField(err, fmt.Sprintf("domains[%d]", i))
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	slices.Sort(all[1:])
	return all, nil
}
