package registrations

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Write returns a draft of a partner's deal. partners.ErrNotSelling, ErrInvalid
// and what describes a field at fault: DOMAIN_INVALID, COUNTRY_UNKNOWN,
// SEATS_NOT_POSITIVE, AMOUNT_NEGATIVE.
func Write(by partners.Partner, deal Deal, now time.Time) (Registration, error) {
	if err := mayRegister(by); err != nil {
		return Registration{}, fault.At("deal_registration.partner_id", err)
	}
	deal, err := deal.checked(fields)
	return Registration{PartnerID: by.ID, Deal: deal, State: Draft, Revision: 1, CreateTime: now}, err
}

// mayRegister returns partners.ErrNotSelling for a partner that earns no
// reward.
func mayRegister(p partners.Partner) error {
	switch {
	case p.ID == partners.Direct:
		return partners.ErrNotSelling.Because("the vendor's own field sales earn no reward and register no deals")
	case !p.Type.Selling():
		return partners.ErrNotSelling.Because(fmt.Sprintf("partner %s is a %s, which registers no deals", p.ID, p.Type), "type", string(p.Type))
	case p.State != partners.Active:
		return partners.ErrNotSelling.Because(
			fmt.Sprintf("partner %s is %s since %s and registers no deals", p.ID, p.State, p.SuspendDate), "state", string(p.State))
	}
	return nil
}

// fields are those of a deal, by their names in the contract, in the order in
// which they are checked.
var fields = []string{
	"customer_name", "domain", "country_code", "family_id", "seats", "expected_net", "expected_close_date", "description",
}

const (
	longestName        = 200
	longestFamily      = 100
	longestDescription = 4000
)

// checked returns d with the named fields in the form in which they are
// compared, or what is wrong with one of them, on that field.
func (d Deal) checked(named []string) (Deal, error) {
	for _, field := range named {
		if err := d.check(field); err != nil {
			return Deal{}, fault.At("deal_registration."+field, err)
		}
	}
	return d, nil
}

func (d *Deal) check(field string) (err error) {
	switch field {
	case "customer_name":
		d.CustomerName = strings.TrimSpace(d.CustomerName)
		err = checkLength("customer_name", d.CustomerName, 1, longestName)
	case "domain":
		d.Domain, err = domain.Parse(string(d.Domain))
	case "country_code":
		err = partners.CheckCountry(d.Country)
	case "family_id":
		err = checkLength("family_id", d.FamilyID, 1, longestFamily)
	case "seats":
		if d.Seats < 1 {
			err = ErrSeats.Because(fmt.Sprintf("seats is %d; a deal has at least 1", d.Seats))
		}
	case "expected_net":
		if d.ExpectedNet.Sign() < 0 {
			err = money.ErrNegative.Because("expected_net is " + d.ExpectedNet.String() + "; leave it out where it is not known")
		}
	case "description":
		err = checkLength("description", d.Description, 0, longestDescription)
	}
	return err
}

func checkLength(field, text string, least, most int) error {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return ErrInvalid.Because(fmt.Sprintf("%s must have %d to %d characters", field, least, most))
	}
	return nil
}

// Update is the deed of changing a deal.
type Update struct {
	Fields []string // which of the deal's fields count, by their names in the contract
	Deal   Deal
}

// Update returns r with the named fields changed: any of a draft, those that
// information is requested on. ErrMaskInvalid for any other, ErrStateInvalid in
// any other state, and what Write says of a field.
func (r Registration) Update(u Update) (Registration, error) {
	updatable := fields
	switch r.State {
	case Draft:
	case InformationRequested:
		updatable = r.RequestedFields
	default:
		return Registration{}, r.notIn(r.State, Draft, InformationRequested)
	}
	if len(u.Fields) == 0 {
		return Registration{}, maskInvalid("the update names no field", updatable)
	}
	for _, field := range u.Fields {
		if !slices.Contains(updatable, field) {
			return Registration{}, maskInvalid(fmt.Sprintf("%.60s can't be updated", field), updatable)
		}
		r.Deal = r.Deal.with(field, u.Deal)
	}
	var err error
	if r.Deal, err = r.Deal.checked(u.Fields); err != nil {
		return Registration{}, err
	}
	r.Revision++
	return r, nil
}

// with takes a field over from another deal.
func (d Deal) with(field string, from Deal) Deal {
	switch field {
	case "customer_name":
		d.CustomerName = from.CustomerName
	case "domain":
		d.Domain = from.Domain
	case "country_code":
		d.Country = from.Country
	case "family_id":
		d.FamilyID = from.FamilyID
	case "seats":
		d.Seats = from.Seats
	case "expected_net":
		d.ExpectedNet = from.ExpectedNet
	case "expected_close_date":
		d.ExpectedClose = from.ExpectedClose
	case "description":
		d.Description = from.Description
	}
	return d
}

func maskInvalid(problem string, updatable []string) error {
	names := strings.Join(updatable, ", ")
	return ErrMaskInvalid.Because(problem+"; what can be updated is "+names, "fields", names).On("update_mask")
}
