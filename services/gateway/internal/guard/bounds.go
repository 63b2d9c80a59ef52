package guard

import (
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

var (
	errNoPath    = fault.New("NOT_FOUND", "there is no such path: see /docs")
	errMediaType = fault.New("MEDIA_TYPE_UNSUPPORTED", "send the body as it is, without a content encoding")
	errTwice     = fault.New("REQUEST_INVALID", "send the header once")
)

// single are the headers of which only one may come: no two readers may
// disagree about which one counts.
var single = []string{"Authorization", "Idempotency-Key", "If-Match", "Content-Type", "X-Request-Id", "Traceparent"}

// bounded refuses a request that is malformed or too large, and bounds what
// can still be read of its body.
func (g *Guard) bounded(e *exchange, r *http.Request) bool {
	if err := g.check(r); err != nil {
		e.Header().Set("Connection", "close") // what it still sends is not read
		problem.Write(e, r, err)
		return false
	}
	r.Body = http.MaxBytesReader(e.ResponseWriter, r.Body, g.config.BodyLimit(r))
	return true
}

func (g *Guard) check(r *http.Request) error {
	if !plainPath(r) {
		return errNoPath
	}
	for _, name := range single {
		if len(r.Header[name]) > 1 {
			return errTwice.On(name)
		}
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return errMediaType
	}
	if limit := g.config.BodyLimit(r); r.ContentLength > limit {
		return TooLarge(limit)
	}
	return nil
}

// TooLarge is the refusal of a body beyond the limit.
func TooLarge(limit int64) error {
	n := strconv.FormatInt(limit, 10)
	return rpcerr.TooLarge.Because("the body is larger than "+n+" bytes: send fewer items", "limit_bytes", n)
}

// plainPath reports whether everyone reads the path alike: no separators in
// disguise, no empty or dotted segments, no control characters.
func plainPath(r *http.Request) bool {
	path := r.URL.Path
	if r.URL.RawPath != "" && disguised(r.URL.RawPath) {
		return false
	}
	if !utf8.ValidString(path) || strings.Contains(path, "//") || strings.ContainsFunc(path, unicode.IsControl) {
		return false
	}
	return !strings.Contains(path+"/", "/./") && !strings.Contains(path+"/", "/../") && !strings.Contains(path, "\\")
}

func disguised(raw string) bool {
	raw = strings.ToLower(raw)
	return strings.Contains(raw, "%2f") || strings.Contains(raw, "%5c")
}
