package guard

import (
	"net/http"
)

var (
	corsMethods = []string{"GET, POST, PATCH, DELETE"}
	corsHeaders = []string{"Authorization, Content-Type, Idempotency-Key, If-Match, Traceparent, X-Request-Id"}
	corsExposed = []string{"Content-Disposition, ETag, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, Traceparent, X-Request-Id"}
	corsMaxAge  = []string{"600"}
	anyOrigin   = []string{"cross-origin"}
	varyOrigin  = []string{"Origin"}
)

// crossOrigin lets browsers call from the configured origins, never with
// cookies, which nothing here reads. It reports whether it has answered, which
// it does to their preflights; those of other origins find no such method.
func (g *Guard) crossOrigin(e *exchange, r *http.Request) bool {
	if len(g.origins) == 0 {
		return false
	}
	h := e.Header()
	h["Vary"] = varyOrigin
	origin := r.Header.Get("Origin")
	if !g.origins[origin] {
		return false
	}
	h["Access-Control-Allow-Origin"] = []string{origin}
	h["Access-Control-Expose-Headers"] = corsExposed
	h["Cross-Origin-Resource-Policy"] = anyOrigin
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h["Access-Control-Allow-Methods"] = corsMethods
	h["Access-Control-Allow-Headers"] = corsHeaders
	h["Access-Control-Max-Age"] = corsMaxAge
	e.route = "preflight"
	e.WriteHeader(http.StatusNoContent)
	return true
}
