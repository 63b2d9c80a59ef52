package rest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// TokenEndpoint is OAuth 2.0's (RFC 6749, client credentials) with the key set
// (RFC 7517) and the metadata (RFC 8414) that clients discover it by.
type TokenEndpoint struct {
	Service partnerv1.TokenServiceClient
	Issuer  string // as tokens name it
	BaseURL string // as clients reach the gateway; empty for the address they used
}

// Register adds the endpoint's paths.
func (t TokenEndpoint) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /oauth2/token", t.issue)
	mux.HandleFunc("GET /.well-known/jwks.json", t.keys)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", t.metadata)
}

func (t TokenEndpoint) issue(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		refuse(w, http.StatusBadRequest, "invalid_request", "send application/x-www-form-urlencoded")
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "the form can't be read")
		return
	}
	request := &partnerv1.IssueTokenRequest{
		GrantType: r.PostForm.Get("grant_type"), ClientId: r.PostForm.Get("client_id"),
		ClientSecret: r.PostForm.Get("client_secret"), Scope: r.PostForm.Get("scope"),
	}
	if id, secret, ok := r.BasicAuth(); ok { // RFC 6749, 2.3.1: both are form-encoded
		request.ClientId, request.ClientSecret = unescape(id), unescape(secret)
	}
	token, err := t.Service.IssueToken(r.Context(), request)
	if err != nil {
		refuseStatus(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token.AccessToken, "token_type": token.TokenType,
		"expires_in": token.ExpiresIn, "scope": token.Scope,
	})
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// refuseStatus answers as RFC 6749, 5.2 has it: a token endpoint's errors are
// not problem documents.
func refuseStatus(w http.ResponseWriter, err error) {
	reason := ""
	s := status.Convert(err)
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			reason = info.Reason
		}
	}
	switch reason {
	case "INVALID_CLIENT":
		w.Header().Set("WWW-Authenticate", `Basic realm="holdfast"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", s.Message())
	case "UNSUPPORTED_GRANT_TYPE":
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", s.Message())
	case "INVALID_SCOPE":
		refuse(w, http.StatusBadRequest, "invalid_scope", s.Message())
	case "REQUEST_INVALID":
		refuse(w, http.StatusBadRequest, "invalid_request", s.Message())
	default:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "tokens can't be issued just now")
	}
}

func refuse(w http.ResponseWriter, code int, name, description string) {
	writeJSON(w, code, map[string]string{"error": name, "error_description": description})
}

func (t TokenEndpoint) keys(w http.ResponseWriter, r *http.Request) {
	set, err := t.Service.GetKeySet(r.Context(), &partnerv1.GetKeySetRequest{})
	if err != nil {
		writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = w.Write([]byte(set.JwksJson)) // the client is gone if this fails
}

func (t TokenEndpoint) metadata(w http.ResponseWriter, r *http.Request) {
	base := t.BaseURL
	if base == "" {
		base = "http://" + r.Host
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": t.Issuer, "token_endpoint": base + "/oauth2/token", "jwks_uri": base + "/.well-known/jwks.json",
		"grant_types_supported":                 []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"response_types_supported":              []string{},
	})
}

func writeJSON(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
