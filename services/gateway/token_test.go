package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

const form = "application/x-www-form-urlencoded"

func TestTokenEndpoint_PassesCredentialsOn(t *testing.T) {
	g := open(t)
	g.backend.answer("IssueToken", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.IssueTokenResponse{AccessToken: "a.b.c", TokenType: "Bearer", ExpiresIn: 300, Scope: "margin:read"}, nil
	})
	tests := []struct{ name, authorization, body string }{
		{"in the form", "", "grant_type=client_credentials&client_id=cli+1&client_secret=s%25&scope=margin:read"},
		{"in the header", "Basic Y2xpKzE6cyUyNQ==", "grant_type=client_credentials&scope=margin:read"},
		{"in the header, id in both", "Basic Y2xpKzE6cyUyNQ==", "grant_type=client_credentials&scope=margin:read&client_id=cli+1"},
	}
	for _, tt := range tests {
		answer := g.do(ask{method: "POST", path: "/oauth2/token", body: tt.body, header: with("Authorization", tt.authorization, "Content-Type", form)})
		c, _ := g.backend.last()
		want := &partnerv1.IssueTokenRequest{GrantType: "client_credentials", ClientId: "cli 1", ClientSecret: "s%", Scope: "margin:read"}
		if answer.StatusCode != http.StatusOK || !proto.Equal(c.request, want) {
			t.Errorf("%s: status %d, request %v", tt.name, answer.StatusCode, c.request)
		}
		var token map[string]any
		if err := json.Unmarshal([]byte(answer.body), &token); err != nil || token["access_token"] != "a.b.c" || token["expires_in"] != 300.0 {
			t.Errorf("%s: %s", tt.name, answer.body)
		}
		if answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the token may be stored", tt.name)
		}
	}
}

// TestTokenEndpoint_RefusesAsOAuthHasIt: errors of this endpoint are those of
// RFC 6749 and not problem documents, as OAuth clients expect.
func TestTokenEndpoint_RefusesAsOAuthHasIt(t *testing.T) {
	g := open(t)
	good := "grant_type=client_credentials&client_id=a&client_secret=b"
	tests := []struct {
		name   string
		ask    ask
		fails  error
		status int
		code   string
	}{
		{"JSON", ask{body: `{}`, header: with("Content-Type", "application/json")}, nil, 400, "invalid_request"},
		{"parameters in the address", ask{path: "?client_secret=b", body: good}, nil, 400, "invalid_request"},
		{"a parameter twice", ask{body: good + "&client_id=c"}, nil, 400, "invalid_request"},
		{"broken form", ask{body: "grant_type=%zz"}, nil, 400, "invalid_request"},
		{"credentials twice", ask{body: good, header: with("Authorization", "Basic YTpi")}, nil, 400, "invalid_request"},
		{"wrong secret", ask{body: good}, fault.New("INVALID_CLIENT", "no"), 401, "invalid_client"},
		{"other grant", ask{body: good}, fault.New("UNSUPPORTED_GRANT_TYPE", "no"), 400, "unsupported_grant_type"},
		{"other scope", ask{body: good}, fault.New("INVALID_SCOPE", "no"), 400, "invalid_scope"},
		{"broken service", ask{body: good}, status.Error(codes.Internal, "pq: secret"), 503, "temporarily_unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g.backend.fails("IssueToken", tt.fails)
			tt.ask.method, tt.ask.path = "POST", "/oauth2/token"+tt.ask.path
			header := with("Authorization", "", "Content-Type", form)
			for name, values := range tt.ask.header {
				header[name] = values
			}
			tt.ask.header = header
			answer := g.do(tt.ask)
			var refusal struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			if err := json.Unmarshal([]byte(answer.body), &refusal); err != nil {
				t.Fatalf("%s: %v", answer.body, err)
			}
			if answer.StatusCode != tt.status || refusal.Error != tt.code || refusal.Description == "" {
				t.Errorf("status %d, %s; want %d %s", answer.StatusCode, answer.body, tt.status, tt.code)
			}
			if tt.status == http.StatusUnauthorized && answer.Header.Get("Www-Authenticate") == "" {
				t.Error("WWW-Authenticate is missing")
			}
		})
	}
}

func TestTokenEndpoint_PublishesKeysAndMetadata(t *testing.T) {
	g := open(t, "GATEWAY_PUBLIC_URL", "https://api.example")
	g.backend.answer("GetKeySet", func(context.Context, proto.Message) (proto.Message, error) {
		return &partnerv1.GetKeySetResponse{JwksJson: `{"keys":[]}`}, nil
	})
	nobody := with("Authorization", "")
	if answer := g.do(ask{path: "/.well-known/jwks.json", header: nobody}); answer.body != `{"keys":[]}` || answer.Header.Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("keys %s, %v", answer.body, answer.Header)
	}
	var metadata map[string]any
	answer := g.do(ask{path: "/.well-known/oauth-authorization-server", header: nobody})
	if err := json.Unmarshal([]byte(answer.body), &metadata); err != nil {
		t.Fatal(err)
	}
	if metadata["token_endpoint"] != "https://api.example/oauth2/token" || metadata["jwks_uri"] != "https://api.example/.well-known/jwks.json" || metadata["issuer"] != "holdfast" {
		t.Errorf("metadata %v", metadata)
	}
}
