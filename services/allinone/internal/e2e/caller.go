package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Caller is somebody who calls. The zero Caller is a stranger without a token.
type Caller struct {
	Name   string
	Acting string // the partner that a service acts for
	Direct bool   // a partner that has found the way past the gateway

	partner bool
	token   func(context.Context) (string, error)
}

// Partner is a partner's portal, with all scopes or with those named.
func (s *System) Partner(id string, scopes ...string) Caller {
	scope := strings.Join(scopes, " ")
	name := "partner " + id
	if scope != "" {
		name += " with " + scope
	}
	return Caller{Name: name, partner: true, token: func(ctx context.Context) (string, error) {
		for _, p := range s.Credentials.Partners {
			if p.PartnerID == id {
				return s.issue(ctx, p.ID, p.Secret, scope)
			}
		}
		return "", fmt.Errorf("nobody has credentials of partner %s", id)
	}}
}

// Client is a certain API client of a partner.
func (s *System) Client(partner, id, secret string) Caller {
	return Caller{Name: "client " + id + " of " + partner, partner: true, token: func(ctx context.Context) (string, error) {
		return s.issue(ctx, id, secret, "")
	}}
}

// PastGateway is a partner that has found the way past the gateway.
func (c Caller) PastGateway() Caller {
	c.Name, c.Direct = c.Name+" past the gateway", true
	return c
}

// Service is a program of the vendor with an identity of its own.
func (s *System) Service(name string) Caller {
	return Caller{Name: "service " + name, token: func(ctx context.Context) (string, error) {
		for _, c := range s.Credentials.Services {
			if c.Service == name {
				return s.issue(ctx, c.ClientID, c.Secret, "")
			}
		}
		return s.enrolled(ctx, name)
	}}
}

// For is a service that acts for a partner.
func (c Caller) For(partner string) Caller {
	c.Name, c.Acting = c.Name+" for "+partner, partner
	return c
}

// Person is one of the vendor's staff, such as "channel-one".
func (s *System) Person(name string) Caller {
	return Caller{Name: "person " + name, token: func(ctx context.Context) (string, error) {
		return s.tokens.get(name, 4*time.Hour, func() (string, error) { return s.signIn(ctx, name) })
	}}
}

// Program is a program of the vendor's with the role of a person.
func (s *System) Program(name string) Caller {
	return Caller{Name: "program " + name, token: func(context.Context) (string, error) {
		return s.tokens.get("program "+name, 4*time.Hour, func() (string, error) { return s.programs.token(name) })
	}}
}

// As returns a context in which c calls a service by gRPC: a partner with the
// gateway's token beside its own.
func (s *System) As(t testing.TB, c Caller) context.Context {
	t.Helper()
	ctx, err := s.as(t.Context(), c)
	if err != nil {
		t.Fatalf("token of %s: %v", c.Name, err)
	}
	return ctx
}

func (s *System) as(ctx context.Context, c Caller) (context.Context, error) {
	if c.token == nil {
		return ctx, nil
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	pairs := []string{"authorization", "Bearer " + token}
	if c.partner && !c.Direct {
		via, err := s.Service("gateway").token(ctx)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, "holdfast-via", "Bearer "+via)
	}
	if c.Acting != "" {
		pairs = append(pairs, "holdfast-acting-partner", c.Acting)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...), nil
}

// issue gets a token of an API client, which lives five minutes.
func (s *System) issue(ctx context.Context, id, secret, scope string) (string, error) {
	return s.tokens.get(id+" "+scope, 5*time.Minute, func() (string, error) {
		answer, err := partnerv1.NewTokenServiceClient(s.Conn("partner")).IssueToken(ctx, &partnerv1.IssueTokenRequest{
			GrantType: "client_credentials", ClientId: id, ClientSecret: secret, Scope: scope,
		})
		return answer.GetAccessToken(), err
	})
}

// enrolled is the token of a service that gets its client only now.
func (s *System) enrolled(ctx context.Context, service string) (string, error) {
	return s.tokens.get("enrolled "+service, 5*time.Minute, func() (string, error) {
		admin, err := s.as(ctx, s.Person("admin-one"))
		if err != nil {
			return "", err
		}
		made, err := partnerv1.NewApiClientServiceClient(s.Conn("partner")).CreateApiClient(admin, &partnerv1.CreateApiClientRequest{
			Service: service, DisplayName: service, RequestId: ident.New("key_"),
		})
		if err != nil {
			return "", err
		}
		answer, err := partnerv1.NewTokenServiceClient(s.Conn("partner")).IssueToken(ctx, &partnerv1.IssueTokenRequest{
			GrantType: "client_credentials", ClientId: made.ApiClient.ClientId, ClientSecret: made.ClientSecret,
		})
		return answer.GetAccessToken(), err
	})
}

// signIn gets a person's token from the staff's provider.
func (s *System) signIn(_ context.Context, name string) (string, error) {
	response, err := s.web.PostForm(s.StaffURL+"/token", url.Values{"client_id": {name}, "client_secret": {s.Credentials.StaffSecret}})
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		return "", fmt.Errorf("%s can't sign in: %s %w", name, response.Status, err)
	}
	return answer.Token, nil
}

// tokens keeps tokens for half of their lives.
type tokens struct {
	mu   sync.Mutex
	held map[string]heldToken
}

type heldToken struct {
	text  string
	until time.Time
}

// get returns a held token, or a fresh one. It does not hold the lock while it
// fetches: getting one token may need another.
func (k *tokens) get(key string, life time.Duration, fetch func() (string, error)) (string, error) {
	k.mu.Lock()
	held, ok := k.held[key]
	k.mu.Unlock()
	if ok && time.Now().Before(held.until) {
		return held.text, nil
	}
	text, err := fetch()
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held[key] = heldToken{text: text, until: time.Now().Add(life / 2)}
	return text, nil
}

// ForgetTokens makes everybody sign in again, for tests in which what a token
// says has changed.
func (s *System) ForgetTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.held)
}

// Forger is a stranger with a token of its own making: signed by nobody, in
// the name of an administrator.
var Forger = Caller{Name: "a forger", token: func(context.Context) (string, error) {
	encode := base64.RawURLEncoding.EncodeToString
	header := `{"alg":"none","typ":"at+jwt"}`
	claims := `{"iss":"holdfast","aud":"holdfast","sub":"me","exp":4000000000,"iat":1,"jti":"1","client_id":"me","roles":["service"],"service":"gateway"}`
	return encode([]byte(header)) + "." + encode([]byte(claims)) + "." + encode([]byte("none")), nil
}}
