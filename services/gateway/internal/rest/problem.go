package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Problem is an error as a client sees it: a problem document by RFC 9457.
type Problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Reason   string            `json:"reason"`
	Errors   []FieldProblem    `json:"errors,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	TraceID  string            `json:"trace_id,omitempty"`
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// writeStatus answers with what a service said, or with what grpc-gateway
// found wrong before it asked one.
func writeStatus(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	writeError(w, r, own(err))
}

// writeRoutingError answers where no method has the path.
func writeRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	switch code {
	case http.StatusMethodNotAllowed:
		writeError(w, r, fault.New("METHOD_NOT_ALLOWED", "the path does not have the method "+r.Method+": see /docs"))
	case http.StatusBadRequest:
		writeError(w, r, fault.New("REQUEST_INVALID", "the path can't be read: check its escapes"))
	default:
		writeError(w, r, fault.New("NOT_FOUND", "there is no such path: see /docs"))
	}
}

// writeError answers with a problem document.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(rpcerr.Status(err))
	p.TraceID = traceID(r.Context())
	h := w.Header()
	for _, name := range []string{"ETag", "Trailer", "Transfer-Encoding"} {
		h.Del(name)
	}
	if seconds := p.Metadata["retry_after_seconds"]; seconds != "" {
		h.Set("Retry-After", seconds)
	} else if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="holdfast"`)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

func problemOf(s *status.Status) Problem {
	p := Problem{Detail: s.Message(), Reason: string(rpcerr.Internal.Reason)}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			p.Reason, p.Metadata = d.Reason, d.Metadata
		case *errdetails.BadRequest:
			for _, v := range d.FieldViolations {
				p.Errors = append(p.Errors, FieldProblem{Field: jsonPath(v.Field), Reason: v.Reason, Detail: v.Description})
			}
		}
	}
	entry, _ := rpcerr.Lookup(fault.Reason(p.Reason))
	p.Type, p.Title, p.Status = ReasonsPath+"#"+p.Reason, entry.Title, entry.HTTPStatus
	return p
}

// jsonPath writes a path of proto names as a client writes them: unit_price
// becomes unitPrice.
func jsonPath(path string) string {
	words := strings.Split(path, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)
	wrongValue   = regexp.MustCompile(`invalid value for (\S+) (?:field|type)(?: (\w+))?`)
	badParameter = regexp.MustCompile(`(?:type mismatch, parameter: |parsing field |for a query parameter |unknown parameter |field not found in \S+: )"?([\w.]+)"?`)
)

// own turns the errors of grpc-gateway itself, which have no reason, into
// ours. All of them are about what the client sent.
func own(err error) error {
	s, ok := status.FromError(err)
	if !ok || len(s.Details()) > 0 || s.Code() != codes.InvalidArgument {
		return err
	}
	// protojson varies its blanks on purpose, so that nobody compares texts.
	text := strings.TrimPrefix(strings.Join(strings.Fields(strings.ReplaceAll(s.Message(), "\u00a0", " ")), " "), "proto: ")
	switch {
	case strings.Contains(text, "request body too large"):
		return rpcerr.TooLarge
	case unknownField.MatchString(text):
		name := unknownField.FindStringSubmatch(text)[1]
		return fault.New("REQUEST_INVALID", "there is no field "+name+": check its spelling, or leave it out").On(name)
	case wrongValue.MatchString(text):
		found := wrongValue.FindStringSubmatch(text)
		return fault.New("REQUEST_INVALID", "the value is not a "+found[1]+": "+text).On(found[2])
	case badParameter.MatchString(text):
		return fault.New("REQUEST_INVALID", "the query parameter can't be read: "+text).On(badParameter.FindStringSubmatch(text)[1])
	}
	return fault.New("REQUEST_INVALID", "the body is not the JSON that the method takes: "+text)
}
