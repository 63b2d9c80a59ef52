package stories

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

func (s *Story) asks(w []string) error {
	request := &partnerv1.RequestTransferRequest{
		Domain: s.customer("customer").PrimaryDomain, FamilyId: "email-security", EffectiveDate: w[1], RequestId: key(),
	}
	if w[2] != "" {
		request.Domain = s.domain("other")
	}
	if w[0] == "direct" {
		request.PartnerId = "direct"
	}
	transfer, err := s.transferService().RequestTransfer(s.as(w[0]), request)
	if err == nil { // the contact gets its mail on the day of the request
		s.transfers[w[0]] = transfer
		s.tokens[w[0]] = s.system.ConsentToken(s.t, "it@"+s.customer("customer").PrimaryDomain, transfer.TransferId)
	}
	return err
}

func (s *Story) consents(w []string) error {
	_, err := s.transferService().GiveConsent(context.Background(), &partnerv1.GiveConsentRequest{
		Token: s.tokens[w[1]], Reason: partnerv1.ConsentReason(partnerv1.ConsentReason_value["CONSENT_REASON_"+w[2]]), ReasonText: w[3],
	})
	return err
}

func (s *Story) leaves([]string) error {
	_, err := customerv1.NewCustomerServiceClient(s.conn("customer")).DeleteContact(s.system.As(s.t, s.person("channel-one")),
		&customerv1.DeleteContactRequest{CustomerId: s.customer("customer").CustomerId, ContactId: s.contacts["customer"].ContactId, RequestId: key()})
	return err
}

func (s *Story) takesBack(w []string) error {
	_, err := s.transferService().CancelTransfer(s.as(w[0]), &partnerv1.CancelTransferRequest{TransferId: s.transfers[w[0]].TransferId, RequestId: key()})
	return err
}

func (s *Story) letsGo(w []string) error {
	_, err := s.transferService().ReleaseTransfer(s.as(w[0]), &partnerv1.ReleaseTransferRequest{TransferId: s.transfers[w[1]].TransferId, RequestId: key()})
	return err
}

func (s *Story) contests(w []string) error {
	_, err := s.transferService().ContestTransfer(s.as(w[0]),
		&partnerv1.ContestTransferRequest{TransferId: s.transfers[w[1]].TransferId, ReasonText: w[2], RequestId: key()})
	return err
}

func (s *Story) assigns(w []string) error {
	transfer, err := s.transferService().AssignTransfer(s.as(w[0]), &partnerv1.AssignTransferRequest{
		SubscriptionId: s.subscriptions["customer"].SubscriptionId, PartnerId: s.partner(w[1]).id, ReasonText: "Its partner has ceased.", RequestId: key(),
	})
	if err == nil {
		s.transfers[w[1]] = transfer
	}
	return err
}

func (s *Story) suspended(w []string) error {
	_, err := s.partnerService().SuspendPartner(s.as("channel-one"), &partnerv1.SuspendPartnerRequest{
		PartnerId: s.partner(w[0]).id, Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, RequestId: key(),
	})
	return err
}

func (s *Story) absorbs(w []string) error {
	merged, err := s.partnerService().MergePartners(s.as("channel-one"), &partnerv1.MergePartnersRequest{
		PartnerId: s.partner(w[0]).id, AbsorbedPartnerId: s.partner(w[1]).id, RequestId: key(),
	})
	if err == nil {
		s.merger = merged.Merger
		s.system.ForgetTokens() // the survivor's carry another id now
	}
	return err
}

func (s *Story) reverts([]string) error {
	_, err := s.partnerService().RevertMerger(s.as("channel-one"), &partnerv1.RevertMergerRequest{MergerId: s.merger.MergerId, RequestId: key()})
	s.system.ForgetTokens()
	return err
}
