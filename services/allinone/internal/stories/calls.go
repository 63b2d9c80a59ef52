package stories

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// as is a context in which somebody of the story calls.
func (s *Story) as(role string) context.Context {
	s.t.Helper()
	return s.system.As(s.t, s.role(role))
}

func (s *Story) transferService() partnerv1.TransferServiceClient {
	return partnerv1.NewTransferServiceClient(s.conn("partner"))
}

func (s *Story) conduct() partnerv1.ConductServiceClient {
	return partnerv1.NewConductServiceClient(s.conn("partner"))
}

func (s *Story) partnerService() partnerv1.PartnerServiceClient {
	return partnerv1.NewPartnerServiceClient(s.conn("partner"))
}

func (s *Story) registrationService() partnerv1.DealRegistrationServiceClient {
	return partnerv1.NewDealRegistrationServiceClient(s.conn("partner"))
}

func (s *Story) margins() commissionv1.MarginServiceClient {
	return commissionv1.NewMarginServiceClient(s.conn("commission"))
}

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

// patience is how long news may take from one service to the next.
const patience = 20 * time.Second

// eventually asks until it holds what another service is told by a feed.
func (s *Story) eventually(holds func() error) error {
	until := time.After(patience)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := holds()
		if err == nil {
			return nil
		}
		select {
		case <-until:
			return err
		case <-again.C:
		}
	}
}

var errQuoteUnknown = errors.New("customer has not been told of the quote")

// untilQuoteIsKnown waits until customer has been told of the quote, on which
// a verdict about an inactive incumbent may depend.
func (s *Story) untilQuoteIsKnown() error {
	return s.eventually(func() error {
		subscription, err := customerv1.NewSubscriptionServiceClient(s.conn("customer")).GetSubscription(
			s.as("channel-one"), &customerv1.GetSubscriptionRequest{SubscriptionId: s.subscriptions["customer"].SubscriptionId})
		if err == nil && subscription.LastQuoteDate == "" {
			err = errQuoteUnknown
		}
		return err
	})
}
