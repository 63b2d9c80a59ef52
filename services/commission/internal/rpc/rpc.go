// Package rpc translates between the contracts of commission.v1 and the
// service's own types. A handler takes the request apart, asks app or finance, and
// puts the answer together; errors go back as they are.
package rpc

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Register adds the services of commission.v1 to a server.
func Register(to grpc.ServiceRegistrar, a *app.App, f *finance.App) {
	commissionv1.RegisterRateCardServiceServer(to, &rateCardService{app: a})
	commissionv1.RegisterMarginServiceServer(to, &marginService{app: a})
	commissionv1.RegisterQuoteServiceServer(to, &quoteService{app: a})
	commissionv1.RegisterRenewalServiceServer(to, &renewalService{app: a})
	commissionv1.RegisterOrderServiceServer(to, &orderService{app: a})
	commissionv1.RegisterLedgerServiceServer(to, &ledgerService{finance: f})
	commissionv1.RegisterStatementServiceServer(to, &statementService{finance: f})
	commissionv1.RegisterDisputeServiceServer(to, &disputeService{finance: f})
	commissionv1.RegisterPayoutServiceServer(to, &payoutService{finance: f})
	commissionv1.RegisterForecastServiceServer(to, &forecastService{finance: f})
	commissionv1.RegisterReconciliationServiceServer(to, &reconciliationService{finance: f})
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
