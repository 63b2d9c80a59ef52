package guard

import (
	"net/http"
	"strings"
)

// clean drops every header by which a client could speak in somebody else's
// name: as a service (Grpc-*), as a proxy (X-Forwarded-*), or as another
// method than the one that was routed and logged.
func clean(h http.Header) {
	for name := range h {
		if forbidden(name) {
			delete(h, name)
		}
	}
}

func forbidden(name string) bool {
	switch name {
	case "Forwarded", "Via", "Te", "X-Real-Ip", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override",
		"X-Original-Url", "X-Rewrite-Url":
		return true
	}
	return hasPrefix(name, "Grpc-") || hasPrefix(name, "X-Forwarded-") || hasPrefix(name, "Holdfast-") || hasPrefix(name, "Grpcgateway-")
}

func hasPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// Values of headers that never change. They are shared and must not be changed
// in place.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noStore    = []string{"no-store"}
	sameOrigin = []string{"same-origin"}
	deny       = []string{"DENY"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	httpsOnly  = []string{"max-age=31536000"}
)

// secure sets what every answer has unless its handler says otherwise.
func secure(h http.Header, r *http.Request) {
	h["X-Content-Type-Options"] = noSniff
	h["X-Frame-Options"] = deny
	h["Referrer-Policy"] = noReferrer
	h["Cache-Control"] = noStore
	h["Content-Security-Policy"] = noContent
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	if r.TLS != nil {
		h["Strict-Transport-Security"] = httpsOnly
	}
}
