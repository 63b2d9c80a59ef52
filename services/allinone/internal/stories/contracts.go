package stories

import (
	"fmt"
	"strconv"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

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

func (s *Story) adds(w []string) error {
	more, _ := strconv.ParseInt(w[1], 10, 64)
	subscription := s.subscriptions["customer"]
	submission, err := commissionv1.NewOrderServiceClient(s.conn("commission")).SubmitSeatChange(s.as(w[0]), &commissionv1.SubmitSeatChangeRequest{
		SubscriptionId: subscription.SubscriptionId, Seats: subscription.Seats + more, RequestId: key(),
	})
	return s.submitted(w[0], submission, err)
}
