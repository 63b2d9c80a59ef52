package problem

import (
	"encoding/json"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/trace"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Noter is a response writer that wants to know why a request was refused, for
// the log.
type Noter interface {
	Note(reason fault.Reason, err error)
}

// Write answers with the document of err.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	d := Of(err)
	if sc := trace.SpanContextFromContext(r.Context()); sc.IsValid() {
		d.TraceID = sc.TraceID().String()
	}
	if n, ok := w.(Noter); ok {
		n.Note(fault.Reason(d.Reason), err)
	}
	body, encodeErr := json.Marshal(d)
	if encodeErr != nil { // strings and maps of strings always encode
		w.WriteHeader(d.Status)
		return
	}
	setHeaders(w.Header(), d, len(body))
	w.WriteHeader(d.Status)
	_, _ = w.Write(body) // the client is gone if this fails
}

func setHeaders(h http.Header, d Document, length int) {
	for _, name := range []string{"ETag", "Trailer", "Transfer-Encoding", "Idempotent-Replayed"} {
		h.Del(name)
	}
	switch {
	case d.Metadata["retry_after_seconds"] != "":
		h.Set("Retry-After", d.Metadata["retry_after_seconds"])
	case d.Status == http.StatusServiceUnavailable, d.Reason == "IDEMPOTENCY_KEY_IN_FLIGHT":
		h.Set("Retry-After", "1")
	case d.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="holdfast"`)
	}
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("Cache-Control", "no-store")
}
