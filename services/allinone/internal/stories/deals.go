package stories

import (
	"fmt"
	"strconv"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

func (s *Story) registers(w []string) error {
	partner := s.partner(w[0])
	service := s.registrationService()
	made, err := service.CreateDealRegistration(s.as(w[0]), &partnerv1.CreateDealRegistrationRequest{
		DealRegistration: &partnerv1.DealRegistration{
			CustomerName: "Customer " + s.name, Domain: s.domain("customer"), CountryCode: "GB", FamilyId: w[1], Seats: 200, Description: "They asked us.",
		},
		RequestId: key(),
	})
	if err != nil {
		return fmt.Errorf("registration of %s: %w", partner.id, err)
	}
	s.registrations[w[0]] = made
	_, err = service.SubmitDealRegistration(s.as(w[0]), &partnerv1.SubmitDealRegistrationRequest{DealRegistrationId: made.DealRegistrationId, RequestId: key()})
	return err
}

func (s *Story) approvesRegistration(w []string) error {
	_, err := s.registrationService().ApproveDealRegistration(s.as(w[0]),
		&partnerv1.ApproveDealRegistrationRequest{DealRegistrationId: s.registrations[w[1]].DealRegistrationId, RequestId: key()})
	return err
}

func (s *Story) extends(w []string) error {
	_, err := s.registrationService().ExtendDealRegistration(s.as(w[0]),
		&partnerv1.ExtendDealRegistrationRequest{DealRegistrationId: s.registrations[w[0]].DealRegistrationId, RequestId: key()})
	return err
}

func (s *Story) withdraws(w []string) error {
	_, err := s.registrationService().WithdrawDealRegistration(s.as(w[0]),
		&partnerv1.WithdrawDealRegistrationRequest{DealRegistrationId: s.registrations[w[0]].DealRegistrationId, RequestId: key()})
	return err
}

func (s *Story) orders(w []string) error {
	seats, _ := strconv.ParseInt(w[1], 10, 64)
	months, _ := strconv.Atoi(w[3])
	role := "customer"
	if w[5] != "" {
		role = "sister"
		s.customer(role)
	}
	order := &commissionv1.Order{
		Domain: s.domain(role), ProductId: w[2], Seats: seats, CurrencyCode: "GBP", TermMonths: int32(months), StartDate: w[4],
		Customer: &commissionv1.OrderCustomer{
			DisplayName: "Customer " + s.name, Segment: customerv1.Segment_SEGMENT_MID_MARKET, CountryCode: "GB", TimeZone: "Europe/London",
		},
	}
	if w[0] == "direct" {
		order.PartnerId = "direct"
	}
	if w[6] != "" {
		order.DealRegistrationId = s.registrations[w[0]].DealRegistrationId
	}
	submission, err := commissionv1.NewOrderServiceClient(s.conn("commission")).SubmitOrder(s.as(w[0]), &commissionv1.SubmitOrderRequest{Order: order, RequestId: key()})
	return s.submitted(w[0], submission, err)
}
