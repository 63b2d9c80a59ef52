// Package staff is an identity provider for a laptop: it signs the tokens of
// the made-up people who play the vendor's staff in the all-in-one.
//
// Where Holdfast is deployed, staff sign in with the vendor's own provider
// (OpenID Connect), and the services are told its address and how its claims
// map to roles. The all-in-one does the same with this provider, so that the
// services verify staff on a laptop as they do everywhere.
package staff

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// Audience is what the tokens are made for.
const Audience = "holdfast"

// lifetime of a token: long enough for an afternoon of trying things.
const lifetime = 4 * time.Hour

// People are those who can sign in, by name, with their group at the vendor.
// Two of channel operations and of finance, as some decisions need two.
var People = []Person{
	{"channel-one", "channel"}, {"channel-two", "channel"}, {"finance-one", "finance"}, {"finance-two", "finance"},
	{"experience-one", "experience"}, {"admin-one", "admin"},
}

// A Person of the vendor's staff.
type Person struct{ Name, Group string }

// Issuer signs tokens and publishes its key.
type Issuer struct {
	URL    string
	secret string
	key    jwk.Key
	keys   jwk.Set
	server *http.Server
}

// Serve starts an issuer on a listener of the loopback interface. Who asks for
// a token must know the secret.
func Serve(listener net.Listener, secret string) (*Issuer, error) {
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	key, err := jwk.Import(raw)
	if err != nil {
		return nil, err
	}
	if err := key.Set(jwk.KeyIDKey, rand.Text()); err != nil {
		return nil, err
	}
	if err := key.Set(jwk.AlgorithmKey, jwa.RS256()); err != nil {
		return nil, err
	}
	public, err := jwk.PublicKeyOf(key)
	if err != nil {
		return nil, err
	}
	set := jwk.NewSet()
	if err := set.AddKey(public); err != nil {
		return nil, err
	}
	i := &Issuer{URL: "http://" + listener.Addr().String(), secret: secret, key: key, keys: set}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keySet)
	mux.HandleFunc("POST /token", i.token)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go i.server.Serve(listener) //nolint:errcheck // ends with ErrServerClosed in Close
	return i, nil
}

// Close stops the issuer.
func (i *Issuer) Close(ctx context.Context) error { return i.server.Shutdown(ctx) }

// Token signs a token for one of the people.
func (i *Issuer) Token(p Person, now time.Time) (string, error) {
	token, err := jwt.NewBuilder().Issuer(i.URL).Subject(p.Name).Audience([]string{Audience}).
		IssuedAt(now).Expiration(now.Add(lifetime)).JwtID(rand.Text()).
		Claim("client_id", "laptop").Claim("groups", []string{p.Group}).Claim("idtyp", "user").Build()
	if err != nil {
		return "", err
	}
	header := jws.NewHeaders()
	if err := header.Set(jws.TypeKey, "at+jwt"); err != nil {
		return "", err
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.RS256(), i.key, jws.WithProtectedHeaders(header)))
	return string(signed), err
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + "/keys", "token_endpoint": i.URL + "/token",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *Issuer) keySet(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, i.keys) }

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	given := r.PostFormValue("client_secret")
	for _, p := range People {
		if p.Name != r.PostFormValue("client_id") || subtle.ConstantTimeCompare([]byte(given), []byte(i.secret)) != 1 {
			continue
		}
		token, err := i.Token(p, time.Now())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(lifetime.Seconds())})
		return
	}
	reply(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
