package customers

import (
	"fmt"
	"slices"
	"time"
)

// Merge ends one customer in another: the domains go over, and ended points to
// lasting. It refuses with ErrMerged if either was merged before, and with
// ErrInvalid if they are one and the same.
func Merge(ended, lasting Customer, at time.Time) (Customer, Customer, error) {
	if ended.ID == lasting.ID {
		return ended, lasting, ErrInvalid.Because(fmt.Sprintf("customer %s can't be merged into itself", ended.ID)).On("into_customer_id")
	}
	for _, c := range []Customer{ended, lasting} {
		if err := c.Living(); err != nil {
			return ended, lasting, err
		}
	}
	lasting.Domains = append(slices.Clone(lasting.Domains), ended.Domains...)
	slices.Sort(lasting.Domains[1:])
	ended.Domains, ended.MergedInto = nil, lasting.ID
	return ended.changed(at), lasting.changed(at), nil
}
