package gateway

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// TestReasons_AreAnsweredAsTheCatalogueSays walks every reason: a service
// refuses with it, the client gets the HTTP status and the problem document of
// the catalogue, and the document links to an entry that exists.
func TestReasons_AreAnsweredAsTheCatalogueSays(t *testing.T) {
	g := open(t, "GATEWAY_RATE_LIMIT", "10000/60s")
	page := g.do(ask{path: "/docs/reasons", header: with("Authorization", "")}).body
	for _, e := range rpcerr.Catalogue() {
		t.Run(string(e.Reason), func(t *testing.T) {
			refusal := fault.New(e.Reason, "what is wrong").On("net.currency_code").Because("what is wrong", "fact", "1")
			if got := rpcerr.Status(refusal).Code(); got != e.Code || got == codes.OK || got == codes.Unknown {
				t.Errorf("gRPC code %s, want %s", got, e.Code)
			}
			g.backend.fails("CalculateMargin", refusal)
			answer := g.do(ask{method: "POST", path: calculate, body: sale})
			d := answer.problem(t)
			if d.Status != e.HTTPStatus || d.Reason != string(e.Reason) || d.Title != e.Title || d.TraceID == "" {
				t.Errorf("problem %+v, want %+v", d, e)
			}
			if e.HTTPStatus < 500 && (d.Detail != "what is wrong" || d.Metadata["fact"] != "1" || d.Errors[0].Field != "net.currencyCode") {
				t.Errorf("problem %+v lost what the service said", d)
			}
			if e.HTTPStatus >= 500 && (d.Metadata != nil || d.Errors != nil || strings.Contains(d.Detail, "what is wrong")) {
				t.Errorf("problem %+v tells what broke inside", d)
			}
			path, anchor, _ := strings.Cut(d.Type, "#")
			if path != "/docs/reasons" || !strings.Contains(page, `id="`+anchor+`"`) {
				t.Errorf("type %s leads nowhere", d.Type)
			}
			if e.Title == "" || e.Help == "" || e.HTTPStatus < 400 {
				t.Errorf("entry %+v is incomplete", e)
			}
		})
	}
}

// TestReasons_OfTheGatewayAreInTheCatalogue: a reason outside of it would be
// answered as INTERNAL.
func TestReasons_OfTheGatewayAreInTheCatalogue(t *testing.T) {
	var known []fault.Reason
	for _, e := range rpcerr.Catalogue() {
		known = append(known, e.Reason)
	}
	for _, r := range []fault.Reason{
		"NOT_FOUND", "METHOD_NOT_ALLOWED", "MEDIA_TYPE_UNSUPPORTED", "REQUEST_INVALID", "REQUEST_TOO_LARGE", "RATE_LIMITED",
		"UNAUTHENTICATED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL",
	} {
		if !slices.Contains(known, r) {
			t.Errorf("%s is not in the catalogue", r)
		}
	}
}
