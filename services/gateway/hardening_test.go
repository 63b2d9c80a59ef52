package gateway

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

const (
	calculate = "/v1/margins:calculate"
	sale      = `{"net":{"currencyCode":"GBP","amount":"24000.00"},"familyId":"email","segment":"SEGMENT_SMALL_BUSINESS"}`
	submit    = "/v1/renewals/rnw_1_20260301:submit"
)

// TestGateway_RefusesWhatItShould is the pack of bad requests on the default
// settings: each is answered by a problem document with its reason, and none
// reaches a service.
func TestGateway_RefusesWhatItShould(t *testing.T) {
	g := open(t)
	none := with("Authorization", "")
	tests := []struct {
		name   string
		ask    ask
		status int
		reason string
		field  string
	}{
		{"unknown path", ask{path: "/v1/nothing"}, 404, "NOT_FOUND", ""},
		{"unknown path without a token", ask{path: "/admin", header: none}, 404, "NOT_FOUND", ""},
		{"root", ask{path: "/"}, 404, "NOT_FOUND", ""},
		{"metrics are not public", ask{path: "/metrics"}, 404, "NOT_FOUND", ""},
		{"profiles are not public", ask{path: "/debug/pprof/"}, 404, "NOT_FOUND", ""},
		{"method of gRPC", ask{method: "POST", path: "/holdfast.commission.v1.MarginService/CalculateMargin", body: "{}"}, 404, "NOT_FOUND", ""},
		{"method without a path", ask{method: "POST", path: "/v1/apiClients:listRevoked", body: "{}"}, 404, "NOT_FOUND", ""},
		{"wrong method", ask{method: "DELETE", path: "/v1/partners/softcat"}, 405, "METHOD_NOT_ALLOWED", ""},
		{"GET of a POST", ask{path: calculate}, 405, "METHOD_NOT_ALLOWED", ""},
		{"invented method", ask{method: "BREW", path: "/v1/partners"}, 405, "METHOD_NOT_ALLOWED", ""},
		{"TRACE", ask{method: "TRACE", path: "/v1/partners"}, 405, "METHOD_NOT_ALLOWED", ""},
		{"preflight where CORS is off", ask{method: "OPTIONS", path: "/v1/partners", header: with("Origin", "https://evil.example", "Access-Control-Request-Method", "GET")}, 405, "METHOD_NOT_ALLOWED", ""},
		{"wrong method of the token endpoint", ask{path: "/oauth2/token"}, 405, "METHOD_NOT_ALLOWED", ""},
		{"method override by header", ask{method: "POST", path: "/v1/partners/softcat", body: "a=b", header: with("X-Http-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded")}, 405, "METHOD_NOT_ALLOWED", ""},
		{"method override of a GET", ask{path: "/v1/renewals/rnw_1:decline", header: with("X-Http-Method-Override", "POST")}, 405, "METHOD_NOT_ALLOWED", ""},
		{"empty segment", ask{path: "/v1//partners"}, 404, "NOT_FOUND", ""},
		{"dotted segments", ask{path: "/v1/customers/../partners/softcat"}, 404, "NOT_FOUND", ""},
		{"escaped dots", ask{path: "/v1/customers/%2e%2e/partners"}, 404, "NOT_FOUND", ""},
		{"escaped slash", ask{path: "/v1/partners/softcat%2Fagreements"}, 404, "NOT_FOUND", ""},
		{"escaped backslash", ask{path: "/v1/partners/softcat%5Cagreements"}, 404, "NOT_FOUND", ""},
		{"escaped zero", ask{path: "/v1/partners/softcat%00"}, 404, "NOT_FOUND", ""},
		{"broken UTF-8 in the path", ask{path: "/v1/partners/%ff%fe"}, 404, "NOT_FOUND", ""},
		{"verb that the path does not have", ask{path: "/v1/renewals/rnw_1:explode"}, 404, "NOT_FOUND", ""},
		{"trailing slash", ask{path: "/v1/partners/"}, 404, "NOT_FOUND", ""},
		{"body too large, announced", ask{method: "POST", path: calculate, body: strings.Repeat(" ", 1<<20) + sale}, 413, "REQUEST_TOO_LARGE", ""},
		{"body that is no JSON", ask{method: "POST", path: calculate, body: `{"net":`}, 400, "REQUEST_INVALID", ""},
		{"body that is text", ask{method: "POST", path: calculate, body: `hello`}, 400, "REQUEST_INVALID", ""},
		{"two values in a body", ask{method: "POST", path: calculate, body: sale + sale}, 400, "REQUEST_INVALID", ""},
		{"garbage after the body", ask{method: "POST", path: calculate, body: sale + " x"}, 400, "REQUEST_INVALID", ""},
		{"broken UTF-8 in the body", ask{method: "POST", path: calculate, body: "{\"familyId\":\"\xff\"}"}, 400, "REQUEST_INVALID", ""},
		{"a list as the body", ask{method: "POST", path: calculate, body: `[` + sale + `]`}, 400, "REQUEST_INVALID", ""},
		{"deep JSON", ask{method: "POST", path: calculate, body: strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)}, 400, "REQUEST_INVALID", ""},
		{"deep JSON in an unknown field", ask{method: "POST", path: calculate, body: `{"x":` + strings.Repeat(`{"x":`, 9000) + "1" + strings.Repeat("}", 9001)}, 400, "REQUEST_INVALID", "x"},
		{"unknown field", ask{method: "POST", path: calculate, body: `{"nett":{}}`}, 400, "REQUEST_INVALID", "nett"},
		{"unknown field within", ask{method: "POST", path: calculate, body: `{"net":{"currency":"GBP"}}`}, 400, "REQUEST_INVALID", "net.currency"},
		{"unknown field in a list", ask{method: "POST", path: "/v1/margins:batchCalculate", body: `{"requests":[` + sale + `,{"nett":1}]}`}, 400, "REQUEST_INVALID", "requests[1].nett"},
		{"field of another case", ask{method: "POST", path: calculate, body: `{"FamilyId":"email"}`}, 400, "REQUEST_INVALID", "FamilyId"},
		{"duplicate field", ask{method: "POST", path: calculate, body: `{"familyId":"a","familyId":"b"}`}, 400, "REQUEST_INVALID", "familyId"},
		{"duplicate field by two names", ask{method: "POST", path: calculate, body: `{"familyId":"a","family_id":"b"}`}, 400, "REQUEST_INVALID", "family_id"},
		{"number for text", ask{method: "POST", path: calculate, body: `{"net":{"currencyCode":"GBP","amount":24000}}`}, 400, "REQUEST_INVALID", "net.amount"},
		{"text for a number", ask{method: "POST", path: calculate, body: `{"termMonths":"twelve"}`}, 400, "REQUEST_INVALID", "termMonths"},
		{"fraction for a number", ask{method: "POST", path: calculate, body: `{"termMonths":12.5}`}, 400, "REQUEST_INVALID", "termMonths"},
		{"number out of range", ask{method: "POST", path: calculate, body: `{"termMonths":99999999999}`}, 400, "REQUEST_INVALID", "termMonths"},
		{"unknown name of an enum", ask{method: "POST", path: calculate, body: `{"segment":"SEGMENT_HUGE"}`}, 400, "REQUEST_INVALID", "segment"},
		{"text for an object", ask{method: "POST", path: calculate, body: `{"net":"24000.00 GBP"}`}, 400, "REQUEST_INVALID", "net"},
		{"object for a list", ask{method: "POST", path: "/v1/margins:batchCalculate", body: `{"requests":{}}`}, 400, "REQUEST_INVALID", "requests"},
		{"missing field, found by the service", ask{method: "POST", path: calculate, body: `{}`}, 400, "REQUEST_INVALID", "net"},
		{"form as the body", ask{method: "POST", path: calculate, body: "net=1", header: with("Content-Type", "application/x-www-form-urlencoded")}, 415, "MEDIA_TYPE_UNSUPPORTED", ""},
		{"XML as the body", ask{method: "POST", path: calculate, body: "<net/>", header: with("Content-Type", "text/xml")}, 415, "MEDIA_TYPE_UNSUPPORTED", ""},
		{"no media type", ask{method: "POST", path: calculate, body: sale, header: with("Content-Type", "")}, 415, "MEDIA_TYPE_UNSUPPORTED", ""},
		{"another charset", ask{method: "POST", path: calculate, body: sale, header: with("Content-Type", "application/json; charset=utf-16")}, 415, "MEDIA_TYPE_UNSUPPORTED", ""},
		{"compressed body", ask{method: "POST", path: calculate, body: sale, header: with("Content-Encoding", "gzip")}, 415, "MEDIA_TYPE_UNSUPPORTED", ""},
		{"body where none is taken", ask{path: "/v1/partners", body: `{"pageSize":1}`}, 400, "REQUEST_INVALID", ""},
		{"unknown parameter", ask{path: "/v1/partners?pageSizes=2"}, 400, "REQUEST_INVALID", "pageSizes"},
		{"parameter that is part of the path", ask{path: "/v1/partners/softcat?partnerId=insight"}, 400, "REQUEST_INVALID", "partnerId"},
		{"parameter given twice", ask{path: "/v1/partners?pageSize=2&pageSize=3"}, 400, "REQUEST_INVALID", "pageSize"},
		{"parameter of a wrong type", ask{path: "/v1/partners?pageSize=many"}, 400, "REQUEST_INVALID", "pageSize"},
		{"parameters beside a body", ask{method: "POST", path: calculate + "?partnerId=insight", body: sale}, 400, "REQUEST_INVALID", ""},
		{"broken escape in the query", ask{path: "/v1/partners?pageSize=%zz"}, 400, "REQUEST_INVALID", ""},
		{"change without a key", ask{method: "POST", path: submit, body: "{}"}, 400, "IDEMPOTENCY_KEY_REQUIRED", "requestId"},
		{"key in header and body differ", ask{method: "POST", path: submit, body: `{"requestId":"b"}`, header: with("Idempotency-Key", "a")}, 400, "REQUEST_INVALID", "requestId"},
		{"two keys", ask{method: "POST", path: submit, body: "{}", header: with("Idempotency-Key", "a", "Idempotency-Key", "b")}, 400, "REQUEST_INVALID", "Idempotency-Key"},
		{"key too long", ask{method: "POST", path: submit, body: "{}", header: with("Idempotency-Key", strings.Repeat("k", 129))}, 400, "REQUEST_INVALID", "Idempotency-Key"},
		{"key with spaces", ask{method: "POST", path: submit, body: "{}", header: with("Idempotency-Key", "a b")}, 400, "REQUEST_INVALID", "Idempotency-Key"},
		{"several etags", ask{method: "POST", path: submit, body: "{}", header: with("Idempotency-Key", "k", "If-Match", `"1", "2"`)}, 400, "REQUEST_INVALID", "If-Match"},
		{"weak etag", ask{method: "POST", path: submit, body: "{}", header: with("Idempotency-Key", "k", "If-Match", `W/"1"`)}, 400, "REQUEST_INVALID", "If-Match"},
		{"no token", ask{path: "/v1/partners", header: none}, 401, "UNAUTHENTICATED", ""},
		{"token that is none", ask{path: "/v1/partners", header: with("Authorization", "Bearer x")}, 401, "UNAUTHENTICATED", ""},
		{"token of another scheme", ask{path: "/v1/partners", header: with("Authorization", "Basic c29mdGNhdDpzZWNyZXQ=")}, 401, "UNAUTHENTICATED", ""},
		{"changed token", ask{path: "/v1/partners", header: with("Authorization", "Bearer "+g.partner[:len(g.partner)-4]+"AAAA")}, 401, "UNAUTHENTICATED", ""},
		{"unsigned token", ask{path: "/v1/partners", header: with("Authorization", "Bearer "+unsigned(g.partner))}, 401, "UNAUTHENTICATED", ""},
		{"two tokens", ask{path: "/v1/partners", header: with("Authorization", "Bearer "+g.partner, "Authorization", "Bearer x")}, 400, "REQUEST_INVALID", "Authorization"},
		{"huge token", ask{path: "/v1/partners", header: with("Authorization", "Bearer "+strings.Repeat("a", 9<<10))}, 401, "UNAUTHENTICATED", ""},
		{"token in the address", ask{path: "/v1/partners?access_token=" + g.partner, header: none}, 400, "REQUEST_INVALID", "access_token"},
		{"token in another header", ask{path: "/v1/partners", header: with("Authorization", "", "Grpc-Metadata-Authorization", "Bearer "+g.partner)}, 401, "UNAUTHENTICATED", ""},
		{"partner at a method of the vendor", ask{method: "POST", path: "/v1/partners", body: `{}`, header: with("Idempotency-Key", "k")}, 403, "PERMISSION_DENIED", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g.backend.calls = nil
			answer := g.do(tt.ask)
			d := answer.problem(t)
			if d.Status != tt.status || d.Reason != tt.reason {
				t.Fatalf("got %d %s (%s), want %d %s", d.Status, d.Reason, d.Detail, tt.status, tt.reason)
			}
			if tt.field != "" && (len(d.Errors) == 0 || d.Errors[0].Field != tt.field) {
				t.Errorf("fields %v, want %s", d.Errors, tt.field)
			}
			if c, called := g.backend.last(); called {
				t.Errorf("%s was called", c.method)
			}
			if tt.status == http.StatusMethodNotAllowed && answer.Header.Get("Allow") == "" {
				t.Error("the header Allow is missing")
			}
		})
	}
	t.Logf("%d bad requests", len(tests))
}

// unsigned is a token with its signature taken off, as "alg":"none" has it.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + "."
}

// TestGateway_DropsWhatClientsMayNotSay sends headers by which a client could
// speak as a service, and looks at the metadata that arrives.
func TestGateway_DropsWhatClientsMayNotSay(t *testing.T) {
	g := open(t)
	forged := with(
		"Grpc-Metadata-Authorization", "Bearer forged", "Grpc-Metadata-Holdfast-Acting-Partner", "insight",
		"Grpc-Metadata-Holdfast-Via", "Bearer forged", "Grpc-Metadata-X-Request-Id", "forged", "Grpc-Metadata-Key-Bin", "!!",
		"Grpc-Timeout", "1n", "Grpc-Encoding", "gzip", "Grpc-Trace-Bin", "AAAA", "Holdfast-Acting-Partner", "insight", "Holdfast-Via", "Bearer forged",
		"X-Forwarded-For", "10.1.2.3", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "for=10.1.2.3",
		"X-Real-Ip", "10.1.2.3", "X-Http-Method-Override", "DELETE", "Cookie", "session=1", "User-Agent", "forged", "Accept", "forged/1", "Te", "trailers",
		"grpc-metadata-lower", "forged", "Grpcgateway-Authorization", "Bearer forged", "Referer", "https://evil.example")
	answer := g.do(ask{path: "/v1/partners/softcat", header: forged})
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", answer.StatusCode, answer.body)
	}
	c, _ := g.backend.last()
	allowed := []string{":authority", "authorization", "content-type", "grpc-accept-encoding", "holdfast-via", "traceparent", "user-agent", "x-request-id"}
	for name, values := range c.metadata {
		if !slices.Contains(allowed, name) {
			t.Errorf("metadata %s: %v", name, values)
		}
	}
	for name, values := range c.metadata {
		if len(values) != 1 || strings.Contains(values[0], "forged") || strings.Contains(values[0], "insight") || strings.Contains(values[0], "evil") {
			t.Errorf("metadata %s: %v", name, values)
		}
	}
	if got := c.metadata.Get("authorization"); !slices.Equal(got, []string{"Bearer " + g.partner}) {
		t.Errorf("authorization %v, want the caller's token only", got)
	}
	if answer.Header.Get("Trailer") != "" {
		t.Errorf("trailers are announced: %v", answer.Header)
	}
}

// TestGateway_LetsNothingOut answers with metadata of a service and looks at
// the headers that reach the client.
func TestGateway_LetsNothingOut(t *testing.T) {
	g := open(t)
	g.backend.answer("GetPartner", leaking)
	answer := g.do(ask{path: "/v1/partners/softcat", header: with("Te", "trailers")})
	known := []string{
		"Cache-Control", "Content-Length", "Content-Security-Policy", "Content-Type", "Cross-Origin-Resource-Policy", "Date",
		"Etag", "Idempotent-Replayed", "Ratelimit", "Ratelimit-Policy", "Referrer-Policy", "Traceparent", "X-Content-Type-Options",
		"X-Frame-Options", "X-Request-Id",
	}
	for name := range answer.Header {
		if !slices.Contains(known, name) {
			t.Errorf("header %s: %v", name, answer.Header[name])
		}
	}
	if len(answer.Trailer) > 0 {
		t.Errorf("trailers %v", answer.Trailer)
	}
	if got := answer.Header.Get("Idempotent-Replayed"); got != "true" {
		t.Errorf("Idempotent-Replayed %q, want true", got)
	}
	if got := answer.Header.Get("ETag"); got != `"7"` {
		t.Errorf("ETag %q, want \"7\"", got)
	}
}

// TestGateway_BoundsBodiesWithoutLength sends a body in chunks, so that only
// reading it tells its size.
func TestGateway_BoundsBodiesWithoutLength(t *testing.T) {
	g := open(t, "GATEWAY_MAX_BODY_BYTES", "1000")
	for _, tt := range []struct{ method, path string }{
		{"POST", calculate}, {"PATCH", "/v1/partners/softcat"},
	} {
		body := struct{ *bytes.Reader }{bytes.NewReader([]byte(`{"displayName":"` + strings.Repeat("a", 2000) + `"}`))}
		r, err := http.NewRequest(tt.method, g.url+tt.path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = -1
		r.Header = with("Authorization", "Bearer "+g.partner, "Content-Type", "application/json", "Idempotency-Key", "k")
		d := g.send(r).problem(t)
		if d.Reason != "REQUEST_TOO_LARGE" || d.Metadata["limit_bytes"] != "1000" {
			t.Errorf("%s %s: %+v, want REQUEST_TOO_LARGE with the limit", tt.method, tt.path, d)
		}
	}
}

// TestGateway_TakesLargerBodiesWhereTheyCarryAFile asks without a token, so that
// only the bounds before it decide.
func TestGateway_TakesLargerBodiesWhereTheyCarryAFile(t *testing.T) {
	g := open(t, "GATEWAY_MAX_BODY_BYTES", "1000", "GATEWAY_MAX_FILE_BYTES", "3000")
	for _, tt := range []struct {
		path   string
		bytes  int
		reason string
		limit  string
	}{
		{"/v1/reconciliations", 2000, "UNAUTHENTICATED", ""},
		{"/v1/reconciliations", 4000, "REQUEST_TOO_LARGE", "3000"},
		{"/v1/quotes", 2000, "REQUEST_TOO_LARGE", "1000"},
	} {
		r, err := http.NewRequest(http.MethodPost, g.url+tt.path, strings.NewReader(`{"content":"`+strings.Repeat("a", tt.bytes)+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = with("Content-Type", "application/json", "Idempotency-Key", "k")
		if d := g.send(r).problem(t); d.Reason != tt.reason || d.Metadata["limit_bytes"] != tt.limit {
			t.Errorf("%d bytes to %s: %+v, want %s", tt.bytes, tt.path, d, tt.reason)
		}
	}
}

func TestGateway_BoundsHeaders(t *testing.T) {
	g := open(t)
	answer := g.do(ask{path: "/v1/partners", header: with("X-Padding", strings.Repeat("a", 128<<10))})
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d, want 431", answer.StatusCode)
	}
}

// TestGateway_TakesAsManyIDsAsTheContractAllows: they stand in the address.
func TestGateway_TakesAsManyIDsAsTheContractAllows(t *testing.T) {
	g := open(t)
	query := strings.Repeat("&subscriptionIds="+ident.New("sub_"), 1000)[1:]
	answer := g.do(ask{path: "/v1/subscriptions:batchGet?" + query})
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", answer.StatusCode, answer.body)
	}
	c, _ := g.backend.last()
	if got := len(c.request.(*customerv1.BatchGetSubscriptionsRequest).GetSubscriptionIds()); got != 1000 {
		t.Errorf("%d ids arrive, want 1000", got)
	}
}

func TestGateway_TakesJSONInUTF8(t *testing.T) {
	g := open(t)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", `application/json; charset="UTF-8"`} {
		answer := g.do(ask{method: "POST", path: calculate, body: sale, header: with("Content-Type", kind)})
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d: %s", kind, answer.StatusCode, answer.body)
		}
	}
}

// gatewayProof is the metadata by which the services know the gateway.
func gatewayProof(md metadata.MD) []string { return md.Get("holdfast-via") }
