package rest

import (
	"context"
	"net/http"
	"net/textproto"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// Services are connections to the services behind the gateway. They must have
// been made with the interceptor Headers.
type Services struct {
	Customer, Partner, Commission *grpc.ClientConn
}

// NewMux returns the translation of all methods that have a path.
func NewMux(ctx context.Context, s Services) (http.Handler, error) {
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{
			MarshalOptions: protojson.MarshalOptions{EmitUnpopulated: true},
		}),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingHeaderMatcher(replayedOnly),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithForwardResponseOption(setETag),
		runtime.WithErrorHandler(writeStatus),
		runtime.WithRoutingErrorHandler(writeRoutingError),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
	)
	for _, register := range []func(context.Context, *runtime.ServeMux) error{
		with(s.Customer, customerv1.RegisterCustomerServiceHandler, customerv1.RegisterCatalogueServiceHandler,
			customerv1.RegisterSubscriptionServiceHandler, customerv1.RegisterImportServiceHandler, customerv1.RegisterEventServiceHandler),
		with(s.Partner, partnerv1.RegisterPartnerServiceHandler, partnerv1.RegisterCodeServiceHandler,
			partnerv1.RegisterApiClientServiceHandler, partnerv1.RegisterEventServiceHandler),
		with(s.Commission, commissionv1.RegisterRateCardServiceHandler, commissionv1.RegisterMarginServiceHandler,
			commissionv1.RegisterQuoteServiceHandler, commissionv1.RegisterRenewalServiceHandler, commissionv1.RegisterEventServiceHandler),
	} {
		if err := register(ctx, mux); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

// A registration connects a service's paths with its connection.
type registration = func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error

func with(conn *grpc.ClientConn, registrations ...registration) func(context.Context, *runtime.ServeMux) error {
	return func(ctx context.Context, mux *runtime.ServeMux) error {
		for _, register := range registrations {
			if err := register(ctx, mux, conn); err != nil {
				return err
			}
		}
		return nil
	}
}

// replayedOnly lets one header of the services out: that an answer was given
// before.
func replayedOnly(key string) (string, bool) {
	return "Idempotent-Replayed", textproto.CanonicalMIMEHeaderKey(key) == "Idempotent-Replayed"
}
