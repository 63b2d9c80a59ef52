package partners

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about partners.
var (
	ErrNotFound       = fault.New("NOT_FOUND", "there is no such partner")
	ErrExists         = fault.New("ALREADY_EXISTS", "there is a partner with this id already")
	ErrStateInvalid   = fault.New("STATE_INVALID", "the partner is not in a state that allows this")
	ErrInvalid        = fault.New("REQUEST_INVALID", "the partner is not described as it must be")
	ErrCountryUnknown = fault.New("COUNTRY_UNKNOWN", "the country is not in ISO 3166-1")
	ErrNotSelling     = fault.New("PARTNER_NOT_SELLING", "the partner does not sell")
)

// ID names a partner. The vendor chooses it.
type ID string

// Direct is the vendor's own field sales.
const Direct ID = "direct"

// Partner is an organisation that the vendor works with.
type Partner struct {
	ID          ID              `json:"id"`
	DisplayName string          `json:"display_name"`
	LegalName   string          `json:"legal_name"`
	Type        Type            `json:"type"`
	Country     string          `json:"country"` // ISO 3166-1 alpha-2
	State       State           `json:"state"`
	Cause       Cause           `json:"cause"`        // empty while active
	SuspendDate calendar.Date   `json:"suspend_date"` // no date while active
	MergedInto  ID              `json:"merged_into"`  // the partner that acts for it; empty without one
	Revision    revision.Number `json:"revision"`
	CreateTime  time.Time       `json:"create_time"`
	UpdateTime  time.Time       `json:"update_time"`
}

// Enrol returns a new, active partner with the names, type and country of p,
// or ErrInvalid or ErrCountryUnknown.
func Enrol(p Partner, now time.Time) (Partner, error) {
	if (p.Type == DirectSales) != (p.ID == Direct) {
		return Partner{}, ErrInvalid.Because(
			fmt.Sprintf("type %s and id %q belong to each other: choose another type or id", DirectSales, Direct)).On("partner.type")
	}
	p.State, p.Cause, p.SuspendDate = Active, "", calendar.Date{}
	p.Revision, p.CreateTime, p.UpdateTime = 1, now, now
	return p, p.check()
}

// changed returns p after a change at an instant.
func (p Partner) changed(now time.Time) Partner {
	p.Revision++
	p.UpdateTime = now
	return p
}

const longestName = 200

// check returns what is wrong with the fields that people write.
func (p Partner) check() error {
	if n := utf8.RuneCountInString(p.DisplayName); strings.TrimSpace(p.DisplayName) == "" || n > longestName {
		return ErrInvalid.Because("display_name must have 1 to 200 characters").On("partner.display_name")
	}
	if utf8.RuneCountInString(p.LegalName) > longestName {
		return ErrInvalid.Because("legal_name must have at most 200 characters").On("partner.legal_name")
	}
	return fault.At("partner.country_code", CheckCountry(p.Country))
}

// Query says which partners to list, by their ids. An empty filter matches all.
type Query struct {
	Type  Type
	State State
	After ID
	Limit int
}
