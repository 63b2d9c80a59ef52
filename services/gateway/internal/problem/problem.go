// Package problem answers errors as problem documents (RFC 9457).
//
// What a document says comes from the status of the service that refused and
// from the catalogue of reasons; the text of any other error stays inside.
package problem

import (
	"errors"
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// ReasonsPath is where the catalogue of reasons is served. Each reason has an
// anchor of its name.
const ReasonsPath = "/docs/reasons"

// MediaType is that of every document.
const MediaType = "application/problem+json"

// Document is an error as a client sees it.
type Document struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Reason   string            `json:"reason"`
	Errors   []Field           `json:"errors,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	TraceID  string            `json:"trace_id,omitempty"`
}

// Field is what is wrong with one field.
type Field struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Of returns the document of an error. The fields that a service names are
// written as clients write them; those of a refusal made here are so already.
func Of(err error) Document {
	s := rpcerr.Status(err)
	name := func(field string) string { return field }
	var remote interface{ GRPCStatus() *status.Status }
	if errors.As(err, &remote) {
		name = jsonPath
	}
	d := Document{Detail: s.Message(), Reason: string(rpcerr.Internal.Reason)}
	for _, detail := range s.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			d.Reason, d.Metadata = detail.GetReason(), detail.GetMetadata()
		case *errdetails.BadRequest:
			for i, v := range detail.GetFieldViolations() {
				if rest, ok := strings.CutPrefix(d.Detail, v.GetField()+": "); ok && i == 0 {
					d.Detail = name(v.GetField()) + ": " + rest
				}
				d.Errors = append(d.Errors, Field{Field: name(v.GetField()), Reason: v.GetReason(), Detail: v.GetDescription()})
			}
		}
	}
	entry, known := rpcerr.Lookup(fault.Reason(d.Reason))
	if !known { // a newer service: nobody could look its reason up here
		d = Document{Detail: rpcerr.Internal.Message}
	}
	d.Reason, d.Title, d.Status = string(entry.Reason), entry.Title, entry.HTTPStatus
	if d.Status >= http.StatusInternalServerError { // what broke is not for the outside
		d.Detail, d.Errors, d.Metadata = publicDetail(entry), nil, nil
	}
	d.Type = ReasonsPath + "#" + d.Reason
	return d
}

// publicDetail is the same for every error of a reason that is our own fault.
func publicDetail(e rpcerr.Entry) string {
	return e.Title + ". " + e.Help
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
