package customers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrMaskInvalid is returned for a field that is not there or can't change.
var ErrMaskInvalid = fault.New("UPDATE_MASK_INVALID", "the update mask names a field that can't be updated")

// amendable are the fields that Amend may change.
var amendable = []string{
	"display_name", "domains", "segment", "sector", "country_code", "time_zone", "group_id", "external_id",
}

// Amend takes the named fields over from a draft. Contacts are those of the
// customer, since a domain that is an address's last can't go. It refuses with
// ErrMerged, ErrMaskInvalid, ErrContactDomain and what Register refuses with.
func (c Customer) Amend(d Draft, fields []string, contacts []Contact, at time.Time) (Customer, error) {
	if err := c.Living(); err != nil {
		return Customer{}, err
	}
	if len(fields) == 0 {
		return Customer{}, ErrMaskInvalid.Because("the update mask names no field", "updatable", strings.Join(amendable, ", ")).On("update_mask")
	}
	for _, field := range fields {
		if !slices.Contains(amendable, field) {
			return Customer{}, ErrMaskInvalid.Because(fmt.Sprintf("%.60q can't be updated", field),
				"path", fmt.Sprintf("%.60s", field), "updatable", strings.Join(amendable, ", ")).On("update_mask")
		}
		if err := c.set(field, d); err != nil {
			return Customer{}, err
		}
	}
	for _, contact := range contacts {
		if err := contact.belongs(c); err != nil {
			return Customer{}, onField(err, "domains")
		}
	}
	return c.changed(at), nil
}

// ContactsChanged counts a change of the customer's contacts.
func (c Customer) ContactsChanged(at time.Time) Customer {
	return c.changed(at)
}
