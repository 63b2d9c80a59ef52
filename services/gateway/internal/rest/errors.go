package rest

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errorWriter answers the errors of grpc-gateway and of the services.
type errorWriter struct {
	routes    routes
	bodyLimit func(*http.Request) int64
}

// status answers with what a service said, or with what grpc-gateway found
// wrong before it asked one.
func (e errorWriter) status(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	problem.Write(w, r, e.own(r, err))
}

// routing answers where no method has the path.
func (e errorWriter) routing(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	if code == http.StatusBadRequest {
		problem.Write(w, r, fault.New("REQUEST_INVALID", "the path can't be read: check its escapes"))
		return
	}
	e.noRoute(w, r)
}

// noRoute says that there is no such path, or which methods it has.
func (e errorWriter) noRoute(w http.ResponseWriter, r *http.Request) {
	allowed := strings.Join(e.routes.verbs(r.URL.Path), ", ")
	if allowed == "" {
		problem.Write(w, r, fault.New("NOT_FOUND", "there is no such path: see /docs"))
		return
	}
	w.Header().Set("Allow", allowed)
	problem.Write(w, r, fault.New("METHOD_NOT_ALLOWED", "this path has no such method, but "+allowed))
}

var (
	atField      = regexp.MustCompile(`(?s)^at ("(?:[^"\\]|\\.)*"): (.*)$`)
	badParameter = regexp.MustCompile(`^(?:type mismatch, parameter: |parsing field |invalid value for |duplicate field |too many values for field )"?([\w.]+)"?`)
)

// own turns the errors of grpc-gateway and of the codec, which reach us as
// texts, into refusals. All of them are about what the client sent.
func (e errorWriter) own(r *http.Request, err error) error {
	s, ok := status.FromError(err)
	if !ok || len(s.Details()) > 0 || s.Code() != codes.InvalidArgument {
		return err
	}
	text := s.Message()
	if strings.Contains(text, tooLarge) || strings.Contains(text, "request body too large") {
		return guard.TooLarge(e.bodyLimit(r))
	}
	if found := atField.FindStringSubmatch(text); found != nil {
		field, _ := strconv.Unquote(found[1])
		return rpcerr.RequestInvalid.Because(found[2]).On(field)
	}
	if found := badParameter.FindStringSubmatch(text); found != nil {
		return rpcerr.RequestInvalid.Because("the value of " + quoted(found[1]) + " can't be read, or it is given twice").On(found[1])
	}
	return rpcerr.RequestInvalid.Because("the request can't be read: check parameters and body")
}

// longestEcho is how much of a client's own words an answer repeats.
const longestEcho = 100

func clip(s string) string {
	if len(s) > longestEcho {
		return strings.ToValidUTF8(s[:longestEcho], "") + "…"
	}
	return s
}

func quoted(s string) string { return strconv.Quote(clip(s)) }
