package rest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// TokenEndpoint is OAuth 2.0's (RFC 6749, client credentials) with the key set
// (RFC 7517) and the metadata (RFC 8414) that clients discover it by.
type TokenEndpoint struct {
	Service partnerv1.TokenServiceClient
	Issuer  string // as tokens name it
	BaseURL string // as clients reach the gateway; empty for the address they used
}

// Paths of the endpoint.
const (
	TokenPath    = "/oauth2/token"
	KeysPath     = "/.well-known/jwks.json"
	MetadataPath = "/.well-known/oauth-authorization-server"
)

// Issue serves TokenPath.
func (t TokenEndpoint) Issue(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	request, wrong := tokenRequest(r)
	if wrong != "" {
		refuse(w, http.StatusBadRequest, "invalid_request", wrong)
		return
	}
	token, err := t.Service.IssueToken(r.Context(), request)
	if err != nil {
		refuseStatus(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token.GetAccessToken(), "token_type": token.GetTokenType(),
		"expires_in": token.GetExpiresIn(), "scope": token.GetScope(),
	})
}

// tokenRequest reads the form, or says what is wrong with it. Credentials come
// in the header Authorization or in the form, not in both, and never in the
// address.
func tokenRequest(r *http.Request) (*partnerv1.IssueTokenRequest, string) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return nil, "send application/x-www-form-urlencoded"
	}
	if r.URL.RawQuery != "" {
		return nil, "send the parameters in the body, never in the address"
	}
	if err := r.ParseForm(); err != nil {
		return nil, "the form can't be read"
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, "the parameter " + clip(name) + " is there twice"
		}
	}
	request := &partnerv1.IssueTokenRequest{
		GrantType: r.PostForm.Get("grant_type"), ClientId: r.PostForm.Get("client_id"),
		ClientSecret: r.PostForm.Get("client_secret"), Scope: r.PostForm.Get("scope"),
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		return request, ""
	}
	if request.ClientSecret != "" || request.ClientId != "" && request.ClientId != unescape(id) {
		return nil, "send the client's credentials once, in the header or in the form"
	}
	request.ClientId, request.ClientSecret = unescape(id), unescape(secret) // RFC 6749, 2.3.1: both are form-encoded
	return request, ""
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
	refusal, _ := fault.Of(err)
	if refusal == nil {
		refusal = rpcerr.Unavailable
	}
	if n, ok := w.(problem.Noter); ok {
		n.Note(refusal.Reason, err)
	}
	switch refusal.Reason {
	case "INVALID_CLIENT":
		w.Header().Set("WWW-Authenticate", `Basic realm="holdfast"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", refusal.Message)
	case "UNSUPPORTED_GRANT_TYPE":
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", refusal.Message)
	case "INVALID_SCOPE":
		refuse(w, http.StatusBadRequest, "invalid_scope", refusal.Message)
	case "REQUEST_INVALID":
		refuse(w, http.StatusBadRequest, "invalid_request", refusal.Message)
	default:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "tokens can't be issued just now")
	}
}

func refuse(w http.ResponseWriter, code int, name, description string) {
	writeJSON(w, code, map[string]string{"error": name, "error_description": description})
}

// Keys serves KeysPath.
func (t TokenEndpoint) Keys(w http.ResponseWriter, r *http.Request) {
	set, err := t.Service.GetKeySet(r.Context(), &partnerv1.GetKeySetRequest{})
	if err != nil {
		problem.Write(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = w.Write([]byte(set.GetJwksJson())) // the client is gone if this fails
}

// Metadata serves MetadataPath.
func (t TokenEndpoint) Metadata(w http.ResponseWriter, r *http.Request) {
	base := t.BaseURL
	if base == "" && r.TLS != nil {
		base = "https://" + r.Host
	} else if base == "" {
		base = "http://" + r.Host
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": t.Issuer, "token_endpoint": base + TokenPath, "jwks_uri": base + KeysPath,
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
