package rpc

import (
	"slices"
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const registrationPrefix = "DEAL_REGISTRATION_STATE_"

// dealFrom reads what a partner writes.
func dealFrom(d *partnerv1.DealRegistration) (registrations.Deal, error) {
	deal := registrations.Deal{
		CustomerName: d.GetCustomerName(), Domain: domain.Name(d.GetDomain()), Country: d.GetCountryCode(),
		FamilyID: d.GetFamilyId(), Seats: d.GetSeats(), Description: d.GetDescription(),
	}
	var err error
	if deal.ExpectedNet, err = amount("deal_registration.expected_net", d.GetExpectedNet()); err != nil {
		return deal, err
	}
	deal.ExpectedClose, err = date("deal_registration.expected_close_date", d.GetExpectedCloseDate())
	return deal, err
}

// amount reads an amount of money, where nothing is none.
func amount(field string, m *typev1.Money) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, nil
	}
	a, err := money.Parse(m.GetCurrencyCode(), m.GetAmount())
	return a, fault.At(field, err)
}

// amountProto leaves the zero value, which is no amount, out.
func amountProto(a money.Amount) *typev1.Money {
	if a.Currency == "" {
		return nil
	}
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

func registrationProto(r registrations.Registration) *partnerv1.DealRegistration {
	return &partnerv1.DealRegistration{
		DealRegistrationId: string(r.ID),
		PartnerId:          string(r.PartnerID),
		CustomerName:       r.CustomerName,
		Domain:             string(r.Domain),
		CountryCode:        r.Country,
		FamilyId:           r.FamilyID,
		Seats:              r.Seats,
		ExpectedNet:        amountProto(r.ExpectedNet),
		ExpectedCloseDate:  r.ExpectedClose.String(),
		Description:        r.Description,
		State:              partnerv1.DealRegistrationState(partnerv1.DealRegistrationState_value[registrationPrefix+string(r.State)]),
		RequestedFields:    r.RequestedFields,
		VendorNote:         r.VendorNote,
		ApproveDate:        r.ApproveDate.String(),
		ExpireDate:         r.ExpireDate.String(),
		Extended:           r.Extended,
		SubmissionId:       r.SubmissionID,
		SubmitTime:         instant(r.SubmitTime),
		Etag:               r.Revision.Etag(),
		CreateTime:         instant(r.CreateTime),
	}
}

// dealMask returns the fields that an update names, each once: a path into one,
// such as expected_net.amount, is that field. Without a mask it is those that
// have a value. Id, partner and etag say which registration is meant, and are no
// updates, though REST's mask has every field of the body.
func dealMask(r *partnerv1.UpdateDealRegistrationRequest) []string {
	d := r.GetDealRegistration()
	if len(r.GetUpdateMask().GetPaths()) == 0 {
		fields := given(map[string]string{
			"customer_name": d.GetCustomerName(), "domain": d.GetDomain(), "country_code": d.GetCountryCode(), "family_id": d.GetFamilyId(),
			"expected_close_date": d.GetExpectedCloseDate(), "description": d.GetDescription(),
		})
		if d.GetSeats() != 0 {
			fields = append(fields, "seats")
		}
		if d.GetExpectedNet() != nil {
			fields = append(fields, "expected_net")
		}
		return fields
	}
	var fields []string
	for _, path := range r.GetUpdateMask().GetPaths() {
		field, _, _ := strings.Cut(path, ".")
		if !slices.Contains([]string{"deal_registration_id", "etag"}, field) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}
