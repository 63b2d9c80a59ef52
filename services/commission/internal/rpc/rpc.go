// Package rpc translates between the contracts of commission.v1 and the
// service's own types. A handler takes the request apart, asks app, and puts
// the answer together; errors go back as they are.
package rpc

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Register adds the services of commission.v1 to a server.
func Register(to grpc.ServiceRegistrar, a *app.App) {
	commissionv1.RegisterRateCardServiceServer(to, &rateCardService{app: a})
	commissionv1.RegisterMarginServiceServer(to, &marginService{app: a})
	commissionv1.RegisterQuoteServiceServer(to, &quoteService{app: a})
	commissionv1.RegisterRenewalServiceServer(to, &renewalService{app: a})
	commissionv1.RegisterOrderServiceServer(to, &orderService{app: a})
	commissionv1.RegisterLedgerServiceServer(to, &ledgerService{app: a})
	commissionv1.RegisterStatementServiceServer(to, &statementService{app: a})
	commissionv1.RegisterDisputeServiceServer(to, &disputeService{app: a})
	commissionv1.RegisterPayoutServiceServer(to, &payoutService{app: a})
	commissionv1.RegisterForecastServiceServer(to, &forecastService{app: a})
	commissionv1.RegisterReconciliationServiceServer(to, &reconciliationService{app: a})
	commissionv1.RegisterEventServiceServer(to, &eventService{app: a})
}

// answer puts a result into its message, or returns the error alone.
func answer[T, P any](to func(T) *P, result T, err error) (*P, error) {
	if err != nil {
		return nil, err
	}
	return to(result), nil
}

// date reads a date, where the empty text is none.
func date(field, text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	return requiredDate(field, text)
}

// requiredDate reads a date that must be there.
func requiredDate(field, text string) (calendar.Date, error) {
	d, err := calendar.ParseDate(text)
	return d, fault.At(field, err)
}

// instant leaves the zero time out.
func instant(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
