package stories

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// deeds are what the people of a story can do.
var deeds = []sentence{
	form(`WHO serves(?: the (sister))? NUMBER seats of PRODUCT at PRICE for NUMBER months, at PERCENT %`, (*Story).serves),
	form(`(customer) joins a group with a (sister)`, (*Story).joins),
	form(`(customer) gets another domain`, (*Story).anotherDomain),
	form(`(customer) cancels`, (*Story).cancels),
	form(`WHO quotes`, (*Story).quotes_),
	form(`WHO renews(?: with (its quote))?`, (*Story).renews),
	form(`WHO asks for the customer(?: from DATE)?( by its other domain)?`, (*Story).asks),
	form(`(customer) consents to WHO: REASON(?:, "(.*)")?`, (*Story).consents),
	form(`(contact) leaves the customer`, (*Story).leaves),
	form(`WHO takes the request back`, (*Story).takesBack),
	form(`WHO lets the customer go to WHO`, (*Story).letsGo),
	form(`WHO contests the move to WHO: "(.*)"`, (*Story).contests),
	form(`WHO brings evidence about WHO`, (*Story).evidence),
	form(`WHO (grants|refuses) the exemption of WHO`, (*Story).reviews),
	form(`WHO appeals about WHO`, (*Story).appeals),
	form(`WHO (upholds|dismisses) the appeal about WHO`, (*Story).decidesAppeal),
	form(`WHO proposes to waive the cap of WHO`, (*Story).proposesWaiver),
	form(`WHO approves to waive the cap of WHO`, (*Story).approvesWaiver),
	form(`WHO is suspended`, (*Story).suspended),
	form(`WHO assigns the customer to WHO`, (*Story).assigns),
	form(`WHO absorbs WHO`, (*Story).absorbs),
	form(`the merger is reverted`, (*Story).reverts),
	form(`WHO registers the customer for PRODUCT`, (*Story).registers),
	form(`WHO approves the registration of WHO`, (*Story).approvesRegistration),
	form(`WHO extends its registration`, (*Story).extends),
	form(`WHO withdraws its registration`, (*Story).withdraws),
	form(`WHO orders NUMBER seats of PRODUCT for NUMBER months(?: from DATE)?( for the sister)?( with its registration)?`, (*Story).orders),
	form(`WHO adds NUMBER seats`, (*Story).adds),
}

func (s *Story) serves(w []string) error {
	role := "customer"
	if w[1] != "" {
		role = w[1]
	}
	server, customer := s.partner(w[0]), s.customer(role)
	channel := s.system.As(s.t, s.person("channel-one"))
	seats, _ := strconv.ParseInt(w[2], 10, 64)
	months, _ := strconv.Atoi(w[5])
	subscription, err := customerv1.NewSubscriptionServiceClient(s.conn("customer")).CreateSubscription(channel, &customerv1.CreateSubscriptionRequest{
		CustomerId: customer.CustomerId, ProductId: w[3], PartnerId: server.id, Seats: seats,
		UnitPrice: &typev1.Money{CurrencyCode: "GBP", Amount: w[4]}, TermMonths: int32(months),
		Billing: customerv1.Billing_BILLING_PREPAID, StartDate: s.today, RequestId: key(),
	})
	if err != nil {
		return err
	}
	s.subscriptions[role] = subscription
	if server.id == "direct" {
		return nil
	}
	rate, _ := strconv.ParseFloat(w[6], 64)
	answer, err := commissionv1.NewMarginServiceClient(s.conn("commission")).BatchImportRelationships(channel, &commissionv1.BatchImportRelationshipsRequest{
		Relationships: []*commissionv1.RelationshipImport{{SubscriptionId: subscription.SubscriptionId, PartnerId: server.id, LockedBps: int32(rate*100 + 0.5)}},
		RequestId:     key(),
	})
	if err == nil && answer.Results[0].GetError() != nil {
		err = fmt.Errorf("lock: %v", answer.Results[0].GetError())
	}
	return err
}

func (s *Story) joins([]string) error {
	channel := s.system.As(s.t, s.person("channel-one"))
	service := customerv1.NewCustomerServiceClient(s.conn("customer"))
	group, err := service.CreateGroup(channel, &customerv1.CreateGroupRequest{Group: &customerv1.Group{DisplayName: "Group " + s.name}, RequestId: key()})
	if err != nil {
		return err
	}
	s.group = group.GroupId
	return s.update("customer", &customerv1.Customer{GroupId: s.group}, "group_id")
}

func (s *Story) anotherDomain([]string) error {
	domains := append([]string{}, s.customer("customer").Domains...)
	return s.update("customer", &customerv1.Customer{Domains: append(domains, s.domain("other"))}, "domains")
}

func (s *Story) update(role string, to *customerv1.Customer, path string) error {
	to.CustomerId = s.customer(role).CustomerId
	updated, err := customerv1.NewCustomerServiceClient(s.conn("customer")).UpdateCustomer(s.system.As(s.t, s.person("channel-one")),
		&customerv1.UpdateCustomerRequest{Customer: to, UpdateMask: mask(path), RequestId: key()})
	if err == nil {
		s.customers[role] = updated
	}
	return err
}

func (s *Story) cancels([]string) error {
	_, err := customerv1.NewSubscriptionServiceClient(s.conn("customer")).CancelSubscription(s.system.As(s.t, s.person("channel-one")),
		&customerv1.CancelSubscriptionRequest{
			SubscriptionId: s.subscriptions["customer"].SubscriptionId, EffectiveDate: s.today,
			Cause: customerv1.CancellationCause_CANCELLATION_CAUSE_CUSTOMER, RequestId: key(),
		})
	return err
}

// renewal is the id of the renewal at the end of the subscription's last term.
func (s *Story) renewal() (string, error) {
	subscription, err := customerv1.NewSubscriptionServiceClient(s.conn("customer")).GetSubscription(
		s.system.As(s.t, s.person("channel-one")), &customerv1.GetSubscriptionRequest{SubscriptionId: s.subscriptions["customer"].SubscriptionId})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("rnw_%s_%s", strings.TrimPrefix(subscription.SubscriptionId, "sub_"), strings.ReplaceAll(subscription.TermEndDate, "-", "")), nil
}

func (s *Story) quotes_(w []string) error {
	renewal, err := s.renewal()
	if err != nil {
		return err
	}
	quote, err := commissionv1.NewQuoteServiceClient(s.conn("commission")).CreateQuote(s.as(w[0]),
		&commissionv1.CreateQuoteRequest{RenewalId: renewal, RequestId: key()})
	if err == nil {
		s.quotes[w[0]] = quote
		err = s.untilQuoteIsKnown()
	}
	return err
}

func (s *Story) renews(w []string) error {
	renewal, err := s.renewal()
	if err != nil {
		return err
	}
	request := &commissionv1.SubmitRenewalRequest{RenewalId: renewal, RequestId: key()}
	if w[1] != "" {
		request.QuoteId = s.quotes[w[0]].QuoteId
	}
	submission, err := commissionv1.NewRenewalServiceClient(s.conn("commission")).SubmitRenewal(s.as(w[0]), request)
	return s.submitted(w[0], submission, err)
}

func (s *Story) submitted(role string, submission *commissionv1.Submission, err error) error {
	if err != nil {
		return err
	}
	if submission.State != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED {
		return fmt.Errorf("the submission is %s", submission.State)
	}
	s.submissions[role] = submission
	return nil
}

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

func (s *Story) evidence(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(s.name))
	_, err = s.conduct().SubmitEvidence(s.as(w[0]), &partnerv1.SubmitEvidenceRequest{
		CaseId: about.CaseId, RequestId: key(),
		Evidence: &partnerv1.Evidence{
			Kind: partnerv1.EvidenceKind_EVIDENCE_KIND_SERVICE_RECORD, Title: "Tickets of a year", MediaType: "application/pdf",
			SizeBytes: 48_213, Sha256: hex.EncodeToString(sum[:]),
		},
	})
	return err
}

func (s *Story) reviews(w []string) error {
	about, err := s.caseOf(w[2])
	if err != nil {
		return err
	}
	_, err = s.conduct().DecideCase(s.as(w[0]), &partnerv1.DecideCaseRequest{CaseId: about.CaseId, Grant: w[1] == "grants", ReasonText: "As the evidence shows.", RequestId: key()})
	return err
}

func (s *Story) appeals(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().AppealCase(s.as(w[0]), &partnerv1.AppealCaseRequest{CaseId: about.CaseId, ReasonText: "The facts are others.", RequestId: key()})
	return err
}

func (s *Story) decidesAppeal(w []string) error {
	about, err := s.caseOf(w[2])
	if err != nil {
		return err
	}
	_, err = s.conduct().DecideAppeal(s.as(w[0]), &partnerv1.DecideAppealRequest{CaseId: about.CaseId, Uphold: w[1] == "upholds", ReasonText: "On review.", RequestId: key()})
	return err
}

func (s *Story) proposesWaiver(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().ProposeWaiver(s.as(w[0]), &partnerv1.ProposeWaiverRequest{CaseId: about.CaseId, ReasonText: "Goodwill.", RequestId: key()})
	return err
}

func (s *Story) approvesWaiver(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().ApproveWaiver(s.as(w[0]), &partnerv1.ApproveWaiverRequest{CaseId: about.CaseId, RequestId: key()})
	return err
}

func (s *Story) suspended(w []string) error {
	_, err := s.partnerService().SuspendPartner(s.as("channel-one"), &partnerv1.SuspendPartnerRequest{
		PartnerId: s.partner(w[0]).id, Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, RequestId: key(),
	})
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

func (s *Story) adds(w []string) error {
	more, _ := strconv.ParseInt(w[1], 10, 64)
	subscription := s.subscriptions["customer"]
	submission, err := commissionv1.NewOrderServiceClient(s.conn("commission")).SubmitSeatChange(s.as(w[0]), &commissionv1.SubmitSeatChangeRequest{
		SubscriptionId: subscription.SubscriptionId, Seats: subscription.Seats + more, RequestId: key(),
	})
	return s.submitted(w[0], submission, err)
}
