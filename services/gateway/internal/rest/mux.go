package rest

import (
	"context"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// Services are connections to the services behind the gateway, which forward
// the caller's token.
type Services struct {
	Customer, Partner, Commission grpc.ClientConnInterface
}

// Anonymous reports whether a path is of the methods that ask for no token. A
// token that comes along is not looked at.
func Anonymous(path string) bool {
	return strings.HasPrefix(path, "/v1/consents/") || strings.HasPrefix(path, "/v1/surveys/")
}

// FilePaths are the paths of the methods whose bodies carry a file.
var FilePaths = []string{"/v1/reconciliations"}

// New returns the translation of all methods that have a path. Whoever stands
// before it limits a request's body to bodyLimit bytes.
func New(s Services, bodyLimit func(*http.Request) int64) (http.Handler, error) {
	known, err := readRoutes()
	if err != nil {
		return nil, err
	}
	e := errorWriter{routes: known, bodyLimit: bodyLimit}
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newCodec()),
		runtime.WithMiddlewares(e.examined),
		runtime.WithIncomingHeaderMatcher(none),
		runtime.WithOutgoingHeaderMatcher(replayedOnly),
		runtime.WithOutgoingTrailerMatcher(none),
		runtime.WithForwardResponseOption(setETag),
		runtime.WithForwardResponseOption(setFile),
		runtime.WithErrorHandler(e.status),
		runtime.WithRoutingErrorHandler(e.routing),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithWriteContentLength(),
	)
	return mux, register(mux, s)
}

func register(mux *runtime.ServeMux, s Services) error {
	customer, partner, commission := translated{s.Customer}, translated{s.Partner}, translated{s.Commission}
	for _, bind := range []func(*runtime.ServeMux) error{
		to(customer, customerv1.NewCustomerServiceClient, customerv1.RegisterCustomerServiceHandlerClient),
		to(customer, customerv1.NewCatalogueServiceClient, customerv1.RegisterCatalogueServiceHandlerClient),
		to(customer, customerv1.NewSubscriptionServiceClient, customerv1.RegisterSubscriptionServiceHandlerClient),
		to(customer, customerv1.NewReportServiceClient, customerv1.RegisterReportServiceHandlerClient),
		to(customer, customerv1.NewRetentionServiceClient, customerv1.RegisterRetentionServiceHandlerClient),
		to(customer, customerv1.NewImportServiceClient, customerv1.RegisterImportServiceHandlerClient),
		to(customer, customerv1.NewExperienceServiceClient, customerv1.RegisterExperienceServiceHandlerClient),
		to(customer, customerv1.NewEventServiceClient, customerv1.RegisterEventServiceHandlerClient),
		to(partner, partnerv1.NewPartnerServiceClient, partnerv1.RegisterPartnerServiceHandlerClient),
		to(partner, partnerv1.NewCodeServiceClient, partnerv1.RegisterCodeServiceHandlerClient),
		to(partner, partnerv1.NewApiClientServiceClient, partnerv1.RegisterApiClientServiceHandlerClient),
		to(partner, partnerv1.NewTransferServiceClient, partnerv1.RegisterTransferServiceHandlerClient),
		to(partner, partnerv1.NewConductServiceClient, partnerv1.RegisterConductServiceHandlerClient),
		to(partner, partnerv1.NewDealRegistrationServiceClient, partnerv1.RegisterDealRegistrationServiceHandlerClient),
		to(partner, partnerv1.NewPayoutAccountServiceClient, partnerv1.RegisterPayoutAccountServiceHandlerClient),
		to(partner, partnerv1.NewEventServiceClient, partnerv1.RegisterEventServiceHandlerClient),
		to(commission, commissionv1.NewRateCardServiceClient, commissionv1.RegisterRateCardServiceHandlerClient),
		to(commission, commissionv1.NewMarginServiceClient, commissionv1.RegisterMarginServiceHandlerClient),
		to(commission, commissionv1.NewQuoteServiceClient, commissionv1.RegisterQuoteServiceHandlerClient),
		to(commission, commissionv1.NewRenewalServiceClient, commissionv1.RegisterRenewalServiceHandlerClient),
		to(commission, commissionv1.NewOrderServiceClient, commissionv1.RegisterOrderServiceHandlerClient),
		to(commission, commissionv1.NewLedgerServiceClient, commissionv1.RegisterLedgerServiceHandlerClient),
		to(commission, commissionv1.NewStatementServiceClient, commissionv1.RegisterStatementServiceHandlerClient),
		to(commission, commissionv1.NewDisputeServiceClient, commissionv1.RegisterDisputeServiceHandlerClient),
		to(commission, commissionv1.NewPayoutServiceClient, commissionv1.RegisterPayoutServiceHandlerClient),
		to(commission, commissionv1.NewForecastServiceClient, commissionv1.RegisterForecastServiceHandlerClient),
		to(commission, commissionv1.NewReconciliationServiceClient, commissionv1.RegisterReconciliationServiceHandlerClient),
		to(commission, commissionv1.NewEventServiceClient, commissionv1.RegisterEventServiceHandlerClient),
	} {
		if err := bind(mux); err != nil {
			return err
		}
	}
	return nil
}

// to binds a service's paths to its client over a connection.
func to[C any](conn grpc.ClientConnInterface, client func(grpc.ClientConnInterface) C,
	bind func(context.Context, *runtime.ServeMux, C) error,
) func(*runtime.ServeMux) error {
	return func(mux *runtime.ServeMux) error { return bind(context.Background(), mux, client(conn)) }
}

func none(string) (string, bool) { return "", false }

// replayedOnly lets one header of the services out: that an answer was given
// before.
func replayedOnly(key string) (string, bool) {
	return "Idempotent-Replayed", textproto.CanonicalMIMEHeaderKey(key) == "Idempotent-Replayed"
}
