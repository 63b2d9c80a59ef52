package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// leaking is a handler that sends more metadata than the outside may see.
func leaking(ctx context.Context, _ proto.Message) (proto.Message, error) {
	err := errors.Join(
		grpc.SetHeader(ctx, metadata.Pairs("idempotent-replayed", "true", "secret", "1", "set-cookie", "a=b", "server", "inside")),
		grpc.SetTrailer(ctx, metadata.Pairs("secret", "1")))
	return &partnerv1.Partner{PartnerId: "softcat", Etag: "7"}, err
}

func TestGateway_MovesHeadersIntoTheMessage(t *testing.T) {
	g := open(t)
	tests := []struct{ key, wantKey, match, wantMatch string }{
		{"5f0c1f0e", "5f0c1f0e", "", ""},
		{`"5f0c1f0e"`, "5f0c1f0e", `"3"`, "3"},
		{" k ", "k", "3", "3"},
		{"k", "k", "*", ""},
	}
	for _, tt := range tests {
		header := with("Idempotency-Key", tt.key, "If-Match", tt.match)
		answer := g.do(ask{method: "POST", path: "/v1/apiClients/cli_1:rotate", body: "{}", header: header})
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %s", answer.StatusCode, answer.body)
		}
		c, _ := g.backend.last()
		if got := c.request.(*partnerv1.RotateApiClientRequest).GetRequestId(); got != tt.wantKey {
			t.Errorf("key %q arrives as %q", tt.key, got)
		}
	}
}

func TestGateway_MovesIfMatchIntoTheResourceOfAnUpdate(t *testing.T) {
	g := open(t)
	staff := "Bearer " + g.token(servertest.Person("ann", auth.Channel))
	answer := g.do(ask{method: "PATCH", path: "/v1/partners/softcat", body: `{"displayName":"Softcat"}`,
		header: with("Authorization", staff, "Idempotency-Key", "k", "If-Match", `"41"`)})
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", answer.StatusCode, answer.body)
	}
	c, _ := g.backend.last()
	request := c.request.(*partnerv1.UpdatePartnerRequest)
	if request.GetPartner().GetEtag() != "41" || request.GetRequestId() != "k" || request.GetPartner().GetPartnerId() != "softcat" {
		t.Errorf("request %v", request)
	}
	if paths := request.GetUpdateMask().GetPaths(); len(paths) != 1 || paths[0] != "display_name" {
		t.Errorf("update mask %v, want the fields of the body", paths)
	}
}

func TestGateway_MovesTheETagOfACaseInAndOut(t *testing.T) {
	g := open(t)
	g.backend.answer("AppealCase", func(context.Context, proto.Message) (proto.Message, error) { return &partnerv1.Case{Etag: "8"}, nil })
	answer := g.do(ask{method: "POST", path: "/v1/conductCases/cas_1:appeal", body: `{"reasonText":"It was ours."}`,
		header: with("Idempotency-Key", "k", "If-Match", `"7"`)})
	if answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") != `"8"` {
		t.Fatalf("status %d, %v: %s", answer.StatusCode, answer.Header, answer.body)
	}
	c, _ := g.backend.last()
	if r := c.request.(*partnerv1.AppealCaseRequest); r.GetCaseId() != "cas_1" || r.GetEtag() != "7" || r.GetRequestId() != "k" {
		t.Errorf("request %v", r)
	}
}

func TestGateway_TakesUpdateMasksInTheNamesOfJSON(t *testing.T) {
	g := open(t)
	header := with("Authorization", "Bearer "+g.token(servertest.Person("ann", auth.Channel)), "Idempotency-Key", "k")
	for _, mask := range []string{"displayName,legalName,nonsense", "display_name,legal_name,nonsense"} {
		answer := g.do(ask{method: "PATCH", path: "/v1/partners/softcat?updateMask=" + mask, body: `{"displayName":"Softcat"}`, header: header})
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %s", answer.StatusCode, answer.body)
		}
		c, _ := g.backend.last()
		got := strings.Join(c.request.(*partnerv1.UpdatePartnerRequest).GetUpdateMask().GetPaths(), " ")
		if got != "display_name legal_name nonsense" {
			t.Errorf("the mask %s arrives as %s", mask, got)
		}
	}
}

func TestGateway_ProvesItselfBesideEveryCaller(t *testing.T) {
	g := open(t)
	g.do(ask{path: "/v1/partners/softcat"})
	c, called := g.backend.last()
	if via := gatewayProof(c.metadata); !called || len(via) != 1 || via[0] == "Bearer "+g.partner {
		t.Errorf("holdfast-via %v, want the gateway's own token", via)
	}
}

func TestGateway_NeverLendsItsOwnIdentity(t *testing.T) {
	g := open(t)
	answer := g.do(ask{path: "/v1/commission/events", header: with("Authorization", "")})
	if d := answer.problem(t); d.Reason != "UNAUTHENTICATED" {
		t.Errorf("reason %s, want UNAUTHENTICATED", d.Reason)
	}
}

func TestGateway_KeepsInternalsInside(t *testing.T) {
	g := open(t)
	secret := `dial unix /run/holdfast/commission.sock: pq: relation "rates"`
	for name, err := range map[string]error{
		"plain error":    errors.New(secret),
		"bare status":    status.Error(codes.Internal, secret),
		"unknown reason": fault.New("NEVER_HEARD_OF", secret),
		"unavailable":    status.Error(codes.Unavailable, secret),
		"data loss":      status.Error(codes.DataLoss, secret),
	} {
		g.backend.fails("CalculateMargin", err)
		answer := g.do(ask{method: "POST", path: calculate, body: sale})
		d := answer.problem(t)
		if d.Status < 500 || strings.Contains(answer.body, "rates") || strings.Contains(answer.body, "unix") {
			t.Errorf("%s: %s", name, answer.body)
		}
	}
}

func TestGateway_SurvivesAPanic(t *testing.T) {
	g := open(t)
	g.backend.answer("GetPartner", func(context.Context, proto.Message) (proto.Message, error) { panic("boom") })
	if d := g.do(ask{path: "/v1/partners/softcat"}).problem(t); d.Reason != "INTERNAL" || d.TraceID == "" {
		t.Errorf("problem %+v, want INTERNAL with a trace id", d)
	}
}

func TestGateway_GivesUpAtItsDeadline(t *testing.T) {
	g := open(t, "GATEWAY_DEADLINE", "1s")
	g.backend.answer("GetPartner", func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	began := time.Now()
	d := g.do(ask{path: "/v1/partners/softcat", header: with("Grpc-Timeout", "20S")}).problem(t)
	if d.Status != http.StatusGatewayTimeout || time.Since(began) > 5*time.Second {
		t.Errorf("%d after %s, want 504 after a second", d.Status, time.Since(began))
	}
}

func TestGateway_ShowsEmptyFieldsAndEnumNames(t *testing.T) {
	g := open(t)
	g.backend.answer("CalculateMargin", func(context.Context, proto.Message) (proto.Message, error) {
		return &commissionv1.Calculation{CalculationId: "cal_1", SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE}, nil
	})
	body := g.do(ask{method: "POST", path: calculate, body: sale}).body
	for _, want := range []string{`"calculationId":"cal_1"`, `"settlementMode":"SETTLEMENT_MODE_RESALE"`, `"instalments":[]`, `"lockedBps":0`} {
		if !strings.Contains(strings.ReplaceAll(body, ": ", ":"), want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

func TestGateway_NamesFieldsAsClientsWriteThem(t *testing.T) {
	g := open(t)
	g.backend.fails("CalculateMargin", fault.New("RATE_NOT_FOUND", "no rate").On("net.currency_code").Because("no rate for EUR", "currency", "EUR"))
	d := g.do(ask{method: "POST", path: calculate, body: sale}).problem(t)
	if len(d.Errors) != 1 || d.Errors[0].Field != "net.currencyCode" || d.Metadata["currency"] != "EUR" {
		t.Errorf("problem %+v", d)
	}
}

// TestGateway_HelpsWithWrongTypes shows what the messages say, since they are
// all that a developer at the other end has.
func TestGateway_HelpsWithWrongTypes(t *testing.T) {
	g := open(t)
	tests := []struct{ body, want string }{
		{`{"termMonths":"x"}`, `the value of "termMonths" must be a whole number in range`},
		{`{"net":{"amount":1}}`, `the value of "net.amount" must be text in quotes`},
		{`{"billing":"LATER"}`, `the value of "billing" must be one of BILLING_PREPAID, `},
		{`{"nett":1}`, `there is no field "nett": check its spelling, or leave it out`},
		{`{"net":{"amount":"1",}}`, `the body is not JSON: `},
		{`null`, `the body must be an object`},
		{"{\n  \"onDate\": \"2026-03-01\",\n  \"net\": [\"\u00e9\"]\n}", `the value of "net" must be an object`},
	}
	for _, tt := range tests {
		d := g.do(ask{method: "POST", path: calculate, body: tt.body}).problem(t)
		if !strings.Contains(d.Detail, tt.want) {
			t.Errorf("%s: %q, want %q", tt.body, d.Detail, tt.want)
		}
	}
}

func TestGateway_HelpsWithWrongParameters(t *testing.T) {
	g := open(t)
	for query, want := range map[string]string{
		"pageSize=many":                     `the value of "pageSize" must be a whole number in range`,
		"page_size=2147483648":              `the value of "pageSize" must be a whole number in range`,
		"pageSize=1&pageSize=2":             `the query parameter "pageSize" is there twice`,
		"segment=HUGE":                      `the value of "segment" must be one of SEGMENT_SMALL_BUSINESS, `,
		"states=RENEWAL_STATE_OPEN&states=": `the value of "states" must be one of RENEWAL_STATE_CANCELLED, `,
		"states=99":                         `the value of "states" must be one of RENEWAL_STATE_CANCELLED, `,
	} {
		d := g.do(ask{path: "/v1/renewals?" + query}).problem(t)
		if !strings.HasPrefix(d.Detail, want) || len(d.Errors) != 1 || d.Errors[0].Field == "" {
			t.Errorf("%s: %q of %v, want %q", query, d.Detail, d.Errors, want)
		}
	}
	for _, query := range []string{"states=10&states=RENEWAL_STATE_GRACE", "pageSize=5&segment=SEGMENT_GLOBAL"} {
		if answer := g.do(ask{path: "/v1/renewals?" + query}); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", query, answer.body)
		}
	}
}
