// Package rpc translates between the contracts of partner.v1 and the service's
// own types. A handler takes the request apart, asks app, and puts the answer
// together; errors go back as they are.
package rpc

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Register adds the services of partner.v1 to a server.
func Register(to grpc.ServiceRegistrar, a *app.App) {
	partnerv1.RegisterPartnerServiceServer(to, &partnerService{app: a})
	partnerv1.RegisterCodeServiceServer(to, &codeService{app: a})
	partnerv1.RegisterDealRegistrationServiceServer(to, &dealRegistrationService{app: a})
	partnerv1.RegisterPayoutAccountServiceServer(to, &payoutAccountService{app: a})
	partnerv1.RegisterTransferServiceServer(to, &transferService{app: a})
	partnerv1.RegisterConductServiceServer(to, &conductService{app: a})
	partnerv1.RegisterApiClientServiceServer(to, &apiClientService{app: a})
	partnerv1.RegisterTokenServiceServer(to, &tokenService{app: a})
	partnerv1.RegisterEventServiceServer(to, &eventService{app: a})
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
	d, err := calendar.ParseDate(text)
	return d, fault.At(field, err)
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
