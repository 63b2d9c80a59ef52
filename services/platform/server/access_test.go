package server_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

func TestAccess_TellsTheHandlerWhoCallsAndWhoseRowsCount(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	merged := servertest.Partner("softcat", "customers:read")
	merged.PartnerIDs = []string{"softcat", "oldcat"}
	tests := []struct {
		caller auth.Caller
		scope  string
	}{
		{servertest.Partner("softcat", "customers:read"), "partner softcat"},
		{merged, "partner softcat,oldcat"},
		{servertest.ServiceFor("commission", "softcat"), "partner softcat"},
		{servertest.Service("commission"), "system"},
		{servertest.Person("ann", auth.Finance, auth.Channel), "system"},
	}
	for _, tt := range tests {
		t.Run(tt.caller.String(), func(t *testing.T) {
			client := customerv1.NewCustomerServiceClient(env.As(tt.caller))
			if _, err := client.GetCustomer(servertest.Context(t), &customerv1.GetCustomerRequest{CustomerId: "cus_1"}); err != nil {
				t.Fatal(err)
			}
			got := h.saw()
			if len(got.caller.Scopes) == 0 {
				got.caller.Scopes = tt.caller.Scopes
			}
			if diff := cmp.Diff(tt.caller, got.caller); diff != "" || got.scope != tt.scope || !got.deadline {
				t.Errorf("scope %s, deadline %v, caller (-want +got):\n%s", got.scope, got.deadline, diff)
			}
		})
	}
}

func TestAccess_RefusesEveryoneElse(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	bearer := func(c auth.Caller) string { return "Bearer " + env.Issuer.Token(t, c) }
	softcat := bearer(servertest.Partner("softcat", "customers:read"))
	tests := []struct {
		name string
		conn *grpc.ClientConn
		want error
	}{
		{"nobody", env.Anonymous(), rpcerr.Unauthenticated},
		{"no bearer", env.With(map[string]string{auth.TokenHeader: "Basic c29mdGNhdA=="}), rpcerr.Unauthenticated},
		{"a partner beside the gateway", env.With(map[string]string{auth.TokenHeader: softcat}), rpcerr.PermissionDenied},
		{"a partner through another service", env.With(map[string]string{
			auth.TokenHeader: softcat, auth.ViaHeader: bearer(servertest.Service("crm")),
		}), rpcerr.PermissionDenied},
		{"a partner that vouches for itself", env.With(map[string]string{
			auth.TokenHeader: softcat, auth.ViaHeader: softcat,
		}), rpcerr.PermissionDenied},
		{"a partner with a forged gateway", env.With(map[string]string{
			auth.TokenHeader: softcat, auth.ViaHeader: "Bearer a.b.c",
		}), rpcerr.Unauthenticated},
		{"the gateway itself", env.As(servertest.Service("gateway")), rpcerr.PermissionDenied},
		{"a partner without the scope", env.As(servertest.Partner("softcat", "renewals:read")), rpcerr.ScopeMissing},
		{"a partner that acts for another", env.With(map[string]string{
			auth.TokenHeader: softcat, auth.ViaHeader: bearer(servertest.Service("gateway")), auth.ActingHeader: "direct",
		}), rpcerr.PermissionDenied},
		{"a service that is not named", env.As(servertest.Service("crawler")), rpcerr.PermissionDenied},
		{"a service that may not act for partners", env.As(servertest.ServiceFor("bi", "softcat")), rpcerr.PermissionDenied},
		{"a person that acts for a partner", env.With(map[string]string{
			auth.TokenHeader: bearer(servertest.Person("ann", auth.Admin)), auth.ActingHeader: "softcat",
		}), rpcerr.PermissionDenied},
		{"a service that acts for a strange id", env.As(servertest.ServiceFor("commission", "soft,cat")), rpcerr.PermissionDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := customerv1.NewCustomerServiceClient(tt.conn).GetCustomer(servertest.Context(t), &customerv1.GetCustomerRequest{})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAccess_RefusesProgramsWhereAPersonMustDecide(t *testing.T) {
	env := servertest.Start(t, (&handlers{}).register)
	request := &commissionv1.AcceptCardRateRequest{SubscriptionId: "sub_1", RequestId: "r1"}
	program := commissionv1.NewMarginServiceClient(env.As(servertest.Program("bot", auth.Channel)))
	if _, err := program.AcceptCardRate(servertest.Context(t), request); !errors.Is(err, rpcerr.HumanRequired) {
		t.Errorf("a program: %v", err)
	}
	person := commissionv1.NewMarginServiceClient(env.As(servertest.Person("ann", auth.Channel)))
	if _, err := person.AcceptCardRate(servertest.Context(t), request); err != nil {
		t.Errorf("a person: %v", err)
	}
}

func TestAccess_AsksNobodyOnOpenMethods(t *testing.T) {
	h := &handlers{}
	env := servertest.Start(t, h.register)
	client := partnerv1.NewTokenServiceClient(env.With(map[string]string{auth.TokenHeader: "Bearer rubbish"}))
	if _, err := client.GetKeySet(servertest.Context(t), &partnerv1.GetKeySetRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := h.saw(); got.admitted {
		t.Errorf("caller %v", got.caller)
	}
}

// bare is a service whose method says nothing about access: any of grpc-go's
// own would do, under another name.
var bare = grpc.ServiceDesc{
	ServiceName: "grpc.channelz.v1.Channelz", HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "GetTopChannels"}},
}

func TestNew_RefusesMethodsWithoutAnAccessRule(t *testing.T) {
	issuer := servertest.NewIssuer(t)
	tel := startTelemetry(t)
	_, err := server.New(server.Default("127.0.0.1:0"), server.Deps{
		Telemetry: tel, Verifier: issuer.Verifier(t),
		Register: func(r grpc.ServiceRegistrar) { r.RegisterService(&bare, struct{}{}) },
	})
	if err == nil || !strings.Contains(err.Error(), "GetTopChannels") {
		t.Errorf("got %v", err)
	}
}

func startTelemetry(t testing.TB) *telemetry.Telemetry {
	t.Helper()
	tel, err := telemetry.Start(t.Context(), "test", "test")
	if err != nil {
		t.Fatal(err)
	}
	return tel
}
