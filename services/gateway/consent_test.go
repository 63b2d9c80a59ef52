package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

const (
	secret      = "Zy3kQ0-x9_T7bWn2Lr5uVfGh8sJdKpEaMcRt1oXvYqI"
	consentPath = "/consent/" + secret
)

// asks makes the back end ask for a consent, and take it.
func (g *gate) asks(t *testing.T) {
	t.Helper()
	asked := &partnerv1.Consent{
		PartnerDisplayName: "Softcat", CustomerDisplayName: "Moorland Trust", ProductDisplayNames: []string{"Email Gateway", "Archive"},
		EffectiveDate: "2026-12-22", ExpireDate: "2026-11-29",
	}
	g.backend.answer("GetConsent", func(context.Context, proto.Message) (proto.Message, error) { return asked, nil })
	g.backend.answer("GiveConsent", func(context.Context, proto.Message) (proto.Message, error) {
		given := proto.Clone(asked).(*partnerv1.Consent)
		given.Given = true
		return given, nil
	})
}

// called are the names of the methods that were called, in order.
func (g *gate) called() (names []string) {
	g.backend.mu.Lock()
	defer g.backend.mu.Unlock()
	for _, c := range g.backend.calls {
		names = append(names, c.method[strings.LastIndex(c.method, "/")+1:])
	}
	return names
}

// browse asks as a browser that has no token, with headers as name, value.
func (g *gate) browse(path string, pairs ...string) reply {
	g.t.Helper()
	header := with(pairs...)
	header.Set("Authorization", "")
	return g.do(ask{path: path, header: header})
}

// fillIn sends the page's form with fields as name, value, name, value.
func (g *gate) fillIn(header http.Header, fields ...string) reply {
	g.t.Helper()
	return g.mail(consentPath, header, fields...)
}

// mail sends a form to a page, as name, value, name, value.
func (g *gate) mail(path string, header http.Header, fields ...string) reply {
	g.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	sent := with("Authorization", "", "Content-Type", "application/x-www-form-urlencoded")
	maps.Copy(sent, header)
	return g.do(ask{method: "POST", path: path, body: values.Encode(), header: sent})
}

func TestConsent_ShowsWhatIsAskedAndConsentsToNothing(t *testing.T) {
	g := open(t)
	g.asks(t)
	g.backend.calls = nil
	for _, method := range []string{"GET", "HEAD"} {
		answer := g.do(ask{method: method, path: consentPath + "?utm_source=mail", header: with("Authorization", "")})
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: status %d, %v", method, answer.StatusCode, answer.Header)
		}
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "X-Frame-Options": "DENY",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", method, name, got, want)
			}
		}
	}
	page := parsed(t, g.browse(consentPath).body)
	for _, want := range []string{"Softcat", "Moorland Trust", "Email Gateway", "Archive", "22 December 2026", "29 November 2026", "Stay as they are"} {
		if !strings.Contains(page.text(), want) {
			t.Errorf("%q is not on the page: %s", want, page.text())
		}
	}
	if diff := cmp.Diff([]string{"GetConsent", "GetConsent", "GetConsent"}, g.called()); diff != "" {
		t.Errorf("looking has called (-want +got): %s", diff)
	}
	c, _ := g.backend.last()
	if got := c.request.(*partnerv1.GetConsentRequest).GetToken(); got != secret || c.metadata.Get("holdfast-via") != nil || c.metadata.Get("authorization") != nil {
		t.Errorf("token %q with %v", got, c.metadata)
	}
}

func TestConsent_TakesTheForm(t *testing.T) {
	g := open(t)
	g.asks(t)
	answer := g.fillIn(with("Sec-Fetch-Site", "same-origin", "Origin", "null"), "reason", "SERVICE_FAILURE", "reason_text", " Two outages,\r\nno answer. ")
	c, _ := g.backend.last()
	want := &partnerv1.GiveConsentRequest{
		Token: secret, Reason: partnerv1.ConsentReason_CONSENT_REASON_SERVICE_FAILURE, ReasonText: "Two outages,\nno answer.",
	}
	if diff := cmp.Diff(want, c.request, protocmp.Transform()); diff != "" {
		t.Errorf("consent (-want +got): %s", diff)
	}
	page := parsed(t, answer.body)
	if answer.StatusCode != http.StatusOK || !strings.Contains(page.text(), "Thank you") || len(page.all("form")) != 0 {
		t.Errorf("status %d: %s", answer.StatusCode, page.text())
	}
}

func TestConsent_ThanksWhoComesBack(t *testing.T) {
	g := open(t)
	g.backend.answer("GetConsent", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.Consent{PartnerDisplayName: "Softcat", Given: true}, nil
	})
	page := parsed(t, g.browse(consentPath).body)
	if !strings.Contains(page.text(), "Thank you") || len(page.all("form")) != 0 {
		t.Errorf("the page says %s", page.text())
	}
}

func TestConsent_SaysWhatIsWrongBesideTheForm(t *testing.T) {
	long := strings.Repeat("ä", 2001)
	tests := []struct {
		name, reason, text string
		refusal            error // of the service
		status             int
		says               string
	}{
		{"no reason", "", "Because.", nil, 400, "Choose why you want to change."},
		{"no such reason", "UNSPECIFIED", "", nil, 400, "Choose why you want to change."},
		{"text too long", "OTHER", long, nil, 400, "Shorten your text to 2,000 characters."},
		{"text missing", "OTHER", "", fault.New("REASON_TEXT_REQUIRED", "say why"), 400, "Tell us your reason in a sentence or two."},
		{"service away", "CHOICE", "Ours.", status.Error(codes.Unavailable, "down"), 503, "Please send it again in a minute"},
		{"service broken", "CHOICE", "", status.Error(codes.Internal, "pq: relation"), 500, "Please send it again in a minute"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := open(t)
			g.asks(t)
			if tt.refusal != nil {
				g.backend.fails("GiveConsent", tt.refusal)
			}
			answer := g.fillIn(nil, "reason", tt.reason, "reason_text", tt.text)
			page := parsed(t, answer.body)
			if answer.StatusCode != tt.status || !strings.Contains(page.text(), tt.says) || strings.Contains(answer.body, "relation") {
				t.Errorf("status %d: %s", answer.StatusCode, page.text())
			}
			chosen := ""
			for _, radio := range page.all("input") {
				if _, checked := attribute(radio, "checked"); checked {
					chosen, _ = attribute(radio, "value")
				}
			}
			if kept := page.all("textarea"); len(kept) != 1 || textOf(kept[0]) != tt.text {
				t.Error("the text is lost")
			}
			if want := strings.TrimPrefix(tt.reason, "UNSPECIFIED"); chosen != want {
				t.Errorf("chosen is %q, want %q", chosen, want)
			}
			if tt.refusal == nil && slices.Contains(g.called(), "GiveConsent") {
				t.Error("the service was asked")
			}
			page.checkAccessible(t)
		})
	}
}

func TestConsent_SaysPlainlyWhyThereIsNothingToAgreeTo(t *testing.T) {
	g := open(t)
	g.asks(t)
	for reason, says := range map[fault.Reason]string{
		"NOT_FOUND":               "This link does not work",
		"REQUEST_INVALID":         "This link does not work",
		"CONSENT_EXPIRED":         "The time to agree is over",
		"TRANSFER_NOT_OPEN":       "This request is no longer open",
		"CONTACT_NOT_AUTHORISED":  "You can't agree to this for your organisation",
		"CONTACT_DOMAIN_MISMATCH": "You can't agree to this for your organisation",
		"UNAVAILABLE":             "This page is not available just now",
	} {
		refusal := fault.New(reason, "for the portal of "+secret)
		g.backend.fails("GetConsent", refusal)
		g.backend.fails("GiveConsent", refusal)
		for method, answer := range map[string]reply{"GET": g.browse(consentPath), "POST": g.fillIn(nil, "reason", "CHOICE")} {
			page := parsed(t, answer.body)
			if answer.StatusCode < 400 || !strings.Contains(page.text(), says) || len(page.all("form")) != 0 || strings.Contains(answer.body, secret) {
				t.Errorf("%s, %s: status %d: %s", method, reason, answer.StatusCode, page.text())
			}
			page.checkAccessible(t)
		}
	}
}

func TestConsent_RefusesFormsOfOtherSites(t *testing.T) {
	g := open(t)
	g.asks(t)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200, "": 200} {
		if answer := g.fillIn(with("Sec-Fetch-Site", site), "reason", "CHOICE"); answer.StatusCode != want {
			t.Errorf("from %q: status %d, want %d", site, answer.StatusCode, want)
		}
	}
	if answer := g.browse(consentPath, "Sec-Fetch-Site", "cross-site"); answer.StatusCode != http.StatusOK {
		t.Errorf("a link in a mail: status %d", answer.StatusCode)
	}
}

func TestConsent_IsUsableWithoutScriptsByEveryone(t *testing.T) {
	g := open(t)
	g.asks(t)
	asked := g.browse(consentPath)
	page := parsed(t, asked.body)
	page.checkAccessible(t)
	policy := asked.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", page.styleSource(t)} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy has no %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("policy %s", policy)
	}
	if reasons := page.all("input"); len(reasons) != 4 {
		t.Errorf("%d reasons", len(reasons))
	}
	parsed(t, g.fillIn(nil, "reason", "CHOICE").body).checkAccessible(t)
}

func TestConsent_ShowsNamesAsTheyAre(t *testing.T) {
	g := open(t)
	g.backend.answer("GetConsent", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.Consent{PartnerDisplayName: `<script>alert("1")</script> & Sons`, EffectiveDate: "soon"}, nil
	})
	page := parsed(t, g.browse(consentPath).body)
	if len(page.all("script")) != 0 || !strings.Contains(page.text(), `<script>alert("1")</script> & Sons`) || !strings.Contains(page.text(), "soon") {
		t.Errorf("the page says %s", page.text())
	}
}

func TestConsent_ServesItsOwnPathsOnly(t *testing.T) {
	g := open(t)
	g.backend.calls = nil
	for _, path := range []string{"/consent", "/consent/", consentPath + "/", consentPath + "/x", "/consents/" + secret} {
		if d := g.browse(path).problem(t); d.Reason != "NOT_FOUND" {
			t.Errorf("%s: %s", path, d.Reason)
		}
	}
	answer := g.do(ask{method: "DELETE", path: consentPath})
	if d := answer.problem(t); d.Reason != "METHOD_NOT_ALLOWED" || answer.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%s, %v", d.Reason, answer.Header)
	}
	if names := g.called(); names != nil {
		t.Errorf("%v were called", names)
	}
}

func TestConsent_IsLimitedLikeAnyStranger(t *testing.T) {
	g := open(t, "GATEWAY_ANONYMOUS_RATE_LIMIT", "3/60s")
	g.asks(t)
	g.browse(consentPath)
	g.fillIn(nil, "reason", "CHOICE")
	g.browse("/v1/consents/" + secret)
	for name, answer := range map[string]reply{"page": g.browse(consentPath), "method": g.browse("/v1/consents/" + secret)} {
		if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d", name, answer.StatusCode)
		}
	}
}

// TestConsent_TellsTheTokenToNobody sends the token every way that there is,
// well and badly, and searches everything that is kept or sent on for it.
func TestConsent_TellsTheTokenToNobody(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	g := openTraced(t, sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	method := "/v1/consents/" + secret
	outcomes := map[string]func(){
		"well":    func() { g.asks(t) },
		"refused": func() { g.refuseConsents(fault.New("CONSENT_EXPIRED", "the time to consent is over")) },
		"broken":  func() { g.refuseConsents(status.Error(codes.Internal, "boom")) },
		"panic": func() {
			g.backend.answer("GetConsent", func(context.Context, proto.Message) (proto.Message, error) { panic("boom") })
			g.backend.answer("GiveConsent", func(context.Context, proto.Message) (proto.Message, error) { panic("boom") })
		},
	}
	nobody := with("Authorization", "")
	for outcome, prepare := range outcomes {
		prepare()
		for i, answer := range []reply{
			g.browse(consentPath), g.fillIn(nil, "reason", "CHOICE"), g.fillIn(nil), g.fillIn(with("Sec-Fetch-Site", "cross-site")),
			g.browse(method), g.do(ask{method: "POST", path: method, body: `{"reason": "CONSENT_REASON_CHOICE"}`, header: nobody}),
			g.do(ask{method: "POST", path: method, body: `{"reason": 99}`, header: nobody}), g.do(ask{path: method, header: with("Authorization", "Bearer x")}),
			g.do(ask{method: "POST", path: method, body: `{"token": "x", "reason": "CONSENT_REASON_CHOICE"}`, header: nobody}),
			g.do(ask{method: "DELETE", path: method}), g.do(ask{method: "PUT", path: consentPath}), g.browse(method + "/x"), g.browse(method + ":x"),
			g.browse(method + "?token=" + secret), g.browse(consentPath + "/x"), g.browse(method + strings.Repeat("x", 300)), g.browse(consentPath + "%2f"),
		} {
			if told := fmt.Sprint(answer.body, answer.Header); strings.Contains(told, secret) || answer.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s, answer %d tells the token: %s", outcome, i, told)
			}
		}
	}
	for _, line := range slices.Concat(g.logs.All(), g.services.All()) {
		if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, secret) {
			t.Errorf("line tells the token: %s", text)
		}
	}
	for _, span := range spans.GetSpans() {
		if text := fmt.Sprint(span.Name, span.Attributes, span.Events, span.Status); strings.Contains(text, secret) {
			t.Errorf("span tells the token: %s", text)
		}
	}
	if metrics := g.metrics(t); strings.Contains(metrics, secret) || !strings.Contains(metrics, `route="/consent/{token}"`) || !strings.Contains(metrics, `route="/v1/consents/{token}"`) {
		t.Error("metrics tell the token, or not the route")
	}
	if len(spans.GetSpans()) == 0 || g.logs.FilterMessage("request").Len() == 0 {
		t.Error("nothing was written")
	}
}

func (g *gate) refuseConsents(err error) {
	g.backend.fails("GetConsent", err)
	g.backend.fails("GiveConsent", err)
}

// metrics are those of gateway and services as they are scraped.
func (g *gate) metrics(t *testing.T) string {
	t.Helper()
	families, err := g.measured.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestConsent_NeedsNeitherATokenNorAnIdempotencyKey(t *testing.T) {
	g := open(t)
	g.asks(t)
	for _, token := range []string{"", "Bearer expired"} {
		header := with("Authorization", token)
		if answer := g.do(ask{path: "/v1/consents/" + secret, header: header}); answer.StatusCode != http.StatusOK {
			t.Errorf("with %q: %s", token, answer.body)
		}
		answer := g.do(ask{method: "POST", path: "/v1/consents/" + secret, body: `{"reason": "CONSENT_REASON_CHOICE"}`, header: header})
		if answer.StatusCode != http.StatusOK || !strings.Contains(answer.body, `"given":true`) {
			t.Errorf("with %q: %s", token, answer.body)
		}
	}
}

// TestConsent_PathsAreTheOnlyAnonymousOnes holds the gateway's path of methods
// without a token against the contracts.
func TestConsent_PathsAreTheOnlyAnonymousOnes(t *testing.T) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				options := f.Services().Get(i).Methods().Get(j).Options()
				access, _ := proto.GetExtension(options, typev1.E_Access).(*typev1.Access)
				rule, _ := proto.GetExtension(options, annotations.E_Http).(*annotations.HttpRule)
				if rule == nil {
					continue
				}
				path := rule.GetGet() + rule.GetPost() + rule.GetPatch() + rule.GetDelete()
				if rest.Anonymous(path) != access.GetAnonymous() {
					t.Errorf("%s: anonymous is %v", path, access.GetAnonymous())
				}
			}
		}
		return true
	})
}
