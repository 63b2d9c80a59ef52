// Package rpc translates between the contracts of customer.v1 and the service's
// own types. A handler takes the request apart, asks app, and puts the answer
// together; errors go back as they are.
package rpc

import (
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Register adds the services of customer.v1 to a server.
func Register(to grpc.ServiceRegistrar, a *app.App) {
	customerv1.RegisterCustomerServiceServer(to, &customerService{app: a})
	customerv1.RegisterCatalogueServiceServer(to, &catalogueService{app: a})
	customerv1.RegisterSubscriptionServiceServer(to, &subscriptionService{app: a})
	customerv1.RegisterRetentionServiceServer(to, &retentionService{app: a})
	customerv1.RegisterImportServiceServer(to, &importService{app: a})
	customerv1.RegisterExperienceServiceServer(to, &experienceService{app: a})
	customerv1.RegisterReportServiceServer(to, &reportService{app: a})
	customerv1.RegisterEventServiceServer(to, &eventService{app: a})
}

// answer puts a result into its message, or returns the error alone.
func answer[T, P any](to func(T) *P, result T, err error) (*P, error) {
	if err != nil {
		return nil, err
	}
	return to(result), nil
}

// within says that a refusal's field is part of another one, unless it is the
// mask beside it.
func within(part string, err error) error {
	refusal, ok := fault.Of(err)
	if !ok || refusal.Field == "" || refusal.Field == "update_mask" {
		return err
	}
	return refusal.On(part + "." + refusal.Field)
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

// amount reads an amount of money.
func amount(field string, m *typev1.Money) (money.Amount, error) {
	a, err := money.Parse(m.GetCurrencyCode(), m.GetAmount())
	return a, fault.At(field, err)
}

func amountProto(a money.Amount) *typev1.Money {
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

// instant leaves the zero time out.
func instant(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// word is the name of an enum's value without its prefix; "" for none.
func word[T ~string](prefix string, value interface{ String() string }) T {
	name := strings.TrimPrefix(value.String(), prefix)
	if name == "UNSPECIFIED" {
		return ""
	}
	return T(name)
}
