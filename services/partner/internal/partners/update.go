package partners

import (
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrMaskInvalid is returned for an update of a field that can't be updated.
var ErrMaskInvalid = fault.New("UPDATE_MASK_INVALID", "the update mask names a field that can't be updated")

// Update is the deed of changing what a partner is called and where it lives.
type Update struct {
	Fields                          []string // which of the values below count
	DisplayName, LegalName, Country string
	At                              time.Time
}

// updatable lists the fields that an update may name.
var updatable = []string{"display_name", "legal_name", "country_code"}

// Update returns p with the named fields changed, or ErrMaskInvalid,
// ErrInvalid or ErrCountryUnknown.
func (p Partner) Update(u Update) (Partner, error) {
	if len(u.Fields) == 0 {
		return Partner{}, maskInvalid("the update names no field")
	}
	for _, field := range u.Fields {
		switch field {
		case "display_name":
			p.DisplayName = u.DisplayName
		case "legal_name":
			p.LegalName = u.LegalName
		case "country_code":
			p.Country = u.Country
		default:
			return Partner{}, maskInvalid(field + " can't be updated")
		}
	}
	return p.changed(u.At), p.check()
}

func maskInvalid(problem string) error {
	fields := strings.Join(updatable, ", ")
	return ErrMaskInvalid.Because(problem+"; what can be updated is "+fields, "fields", fields).On("update_mask")
}
