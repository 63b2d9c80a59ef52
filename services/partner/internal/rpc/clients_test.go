package rpc_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestCreateApiClient_ShowsTheSecretOnce(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	request := &partnerv1.CreateApiClientRequest{
		PartnerId: "softcat", DisplayName: "portal", Scopes: []string{"renewals:write", "renewals:read"}, RequestId: key(),
	}
	created, err := w.clients(ann).CreateApiClient(w.ctx(), request)
	w.check(err)
	secret := created.GetClientSecret()
	want := &partnerv1.ApiClient{
		ClientId: created.GetApiClient().GetClientId(), PartnerId: "softcat", DisplayName: "portal",
		Scopes: []string{"renewals:read", "renewals:write"}, Etag: "1", CreateTime: timestamppb.New(noon),
		Secrets: []*partnerv1.SecretInfo{{Hint: secret[len(secret)-4:], CreateTime: timestamppb.New(noon)}},
	}
	if diff := cmp.Diff(want, created.GetApiClient(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	again, err := w.clients(ann).CreateApiClient(w.ctx(), request)
	w.check(err)
	if diff := cmp.Diff(&partnerv1.ApiClientSecret{ApiClient: want}, again, protocmp.Transform()); diff != "" {
		t.Errorf("repeated:\n%s", diff)
	}
	read, err := w.clients(servertest.Partner("softcat", "clients:manage")).GetApiClient(w.ctx(), &partnerv1.GetApiClientRequest{ClientId: want.GetClientId()})
	w.check(err)
	if diff := cmp.Diff(want, read, protocmp.Transform()); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
}

func TestCreateApiClient_RepeatedAtOnceMakesOneClientWithOneSecret(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	request := &partnerv1.CreateApiClientRequest{PartnerId: "softcat", RequestId: key()}
	caller := w.clients(ann)
	var ids, secrets sync.Map
	for _, err := range atOnce(8, func(int) error {
		answer, err := caller.CreateApiClient(w.ctx(), request)
		if err == nil {
			ids.Store(answer.GetApiClient().GetClientId(), true)
			secrets.Store(answer.GetClientSecret(), true)
		}
		return err
	}) {
		if err != nil && !errors.Is(err, idem.ErrKeyInFlight) {
			t.Errorf("got %v", err)
		}
	}
	secrets.Delete("") // a repetition's
	if count(&ids) != 1 || count(&secrets) != 1 {
		t.Errorf("%d clients with %d secrets", count(&ids), count(&secrets))
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func TestRotateApiClient_OverlapsAndIsIdempotent(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	old := w.client("softcat")
	id := old.GetApiClient().GetClientId()
	request := &partnerv1.RotateApiClientRequest{ClientId: id, Overlap: durationpb.New(time.Hour), RequestId: key()}
	rotated, err := w.clients(softcat).RotateApiClient(w.ctx(), request)
	w.check(err)
	again, err := w.clients(softcat).RotateApiClient(w.ctx(), request)
	w.check(err)
	if again.GetClientSecret() != "" || len(again.GetApiClient().GetSecrets()) != 2 {
		t.Errorf("repeated: %v", again)
	}
	for _, secret := range []string{old.GetClientSecret(), rotated.GetClientSecret()} {
		if _, err := w.token(id, secret); err != nil {
			t.Errorf("within the overlap: %v", err)
		}
	}
	w.wait(time.Hour)
	if _, err := w.token(id, old.GetClientSecret()); !errors.Is(err, clients.ErrInvalidClient) {
		t.Errorf("the old secret after the overlap: %v", err)
	}
	if _, err := w.token(id, rotated.GetClientSecret()); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	list, err := w.clients(softcat).ListApiClients(w.ctx(), &partnerv1.ListApiClientsRequest{})
	w.check(err)
	if len(list.GetApiClients()) != 1 || len(list.GetApiClients()[0].GetSecrets()) != 1 {
		t.Errorf("list shows a secret that has run out: %v", list)
	}
}

func TestRevokeApiClient_EndsTokensAtOnceAndTellsTheGateway(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	c := w.client("softcat")
	id := c.GetApiClient().GetClientId()
	gateway := w.clients(servertest.Service("gateway"))
	for range 2 { // the second changes nothing
		revoked, err := w.clients(softcat).RevokeApiClient(w.ctx(), &partnerv1.RevokeApiClientRequest{ClientId: id, RequestId: key()})
		w.check(err)
		if !revoked.GetRevoked() || !revoked.GetRevokeTime().AsTime().Equal(noon) || revoked.GetEtag() != "2" {
			t.Errorf("got %v", revoked)
		}
	}
	if _, err := w.token(id, c.GetClientSecret()); !errors.Is(err, clients.ErrInvalidClient) {
		t.Errorf("token after revocation: %v", err)
	}
	for _, tt := range []struct {
		later time.Duration
		want  int
	}{{0, 1}, {clients.TokenLife, 1}, {time.Hour, 0}} {
		w.wait(tt.later)
		list, err := gateway.ListRevokedClients(w.ctx(), &partnerv1.ListRevokedClientsRequest{})
		w.check(err)
		if len(list.GetClientIds()) != tt.want {
			t.Errorf("%s later: %v", tt.later, list.GetClientIds())
		}
	}
}

func TestApiClients_OfOthersAreNotFound(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	w.enrol("cdw")
	id := w.client("softcat").GetApiClient().GetClientId()
	other := w.clients(cdw)
	for name, call := range map[string]func(id string) error{
		"get": func(id string) error {
			_, err := other.GetApiClient(w.ctx(), &partnerv1.GetApiClientRequest{ClientId: id})
			return err
		},
		"rotate": func(id string) error {
			_, err := other.RotateApiClient(w.ctx(), &partnerv1.RotateApiClientRequest{ClientId: id, RequestId: key()})
			return err
		},
		"revoke": func(id string) error {
			_, err := other.RevokeApiClient(w.ctx(), &partnerv1.RevokeApiClientRequest{ClientId: id, RequestId: key()})
			return err
		},
	} {
		foreign, absent := call(id), call("cli_absent")
		if !errors.Is(foreign, clients.ErrNotFound) || foreign.Error() != absent.Error() {
			t.Errorf("%s: %q differs from %q", name, foreign, absent)
		}
	}
	list, err := other.ListApiClients(w.ctx(), &partnerv1.ListApiClientsRequest{PartnerId: "softcat"})
	w.check(err)
	if len(list.GetApiClients()) != 0 {
		t.Errorf("list: %v", list)
	}
}

const (
	firstSecret  = "a secret of a service, long enough"
	secondSecret = "its successor, long enough as well"
)

func TestEnsureServiceClients_AddsAndRotatesAndLeavesTheRestAlone(t *testing.T) {
	w := begin(t)
	ensure := func(secret string) {
		t.Helper()
		w.check(w.app.EnsureServiceClients(w.ctx(), []app.ServiceClient{{ID: "billing", Service: "billing", Secret: secret}}))
	}
	tokens := func(secret string) bool {
		_, err := w.token("billing", secret)
		return err == nil
	}
	ensure(firstSecret)
	ensure(firstSecret)
	ensure(secondSecret)
	if !tokens(firstSecret) || !tokens(secondSecret) {
		t.Error("a secret does not work within the overlap")
	}
	w.wait(clients.UsualOverlap)
	if tokens(firstSecret) || !tokens(secondSecret) {
		t.Error("the wrong secret works after the overlap")
	}
	_, err := w.clients(ann).RevokeApiClient(w.ctx(), &partnerv1.RevokeApiClientRequest{ClientId: "billing", RequestId: key()})
	w.check(err)
	ensure(secondSecret)
	if tokens(secondSecret) {
		t.Error("a start brings a revoked client back")
	}
}

func TestEnsureServiceClients_AtOnceByManyReplicasIsDoneOnce(t *testing.T) {
	w := begin(t)
	for _, err := range atOnce(8, func(int) error {
		return w.app.EnsureServiceClients(w.ctx(), []app.ServiceClient{{ID: "billing", Service: "billing", Secret: firstSecret}})
	}) {
		w.check(err)
	}
	c, err := w.clients(ann).GetApiClient(w.ctx(), &partnerv1.GetApiClientRequest{ClientId: "billing"})
	w.check(err)
	if c.GetEtag() != "1" || len(c.GetSecrets()) != 1 {
		t.Errorf("got %v", c)
	}
}

func TestIssueToken_GivesPartnersWhatTheirClientMayHave(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	c, err := w.clients(ann).CreateApiClient(w.ctx(), &partnerv1.CreateApiClientRequest{
		PartnerId: "softcat", Scopes: []string{"renewals:read", "renewals:write"}, RequestId: key(),
	})
	w.check(err)
	answer, err := w.tokens().IssueToken(w.ctx(), &partnerv1.IssueTokenRequest{
		GrantType: "client_credentials", ClientId: c.GetApiClient().GetClientId(), ClientSecret: c.GetClientSecret(), Scope: "renewals:read",
	})
	w.check(err)
	if answer.GetTokenType() != "Bearer" || answer.GetExpiresIn() != 300 || answer.GetScope() != "renewals:read" {
		t.Errorf("got %v", answer)
	}
	id := c.GetApiClient().GetClientId()
	want := auth.Caller{
		Subject: id, ClientID: id, Roles: []auth.Kind{auth.Partner}, PartnerID: "softcat", PartnerIDs: []string{"softcat"},
		Scopes: []string{"renewals:read"},
	}
	w.verify(answer.GetAccessToken(), want)
}

func TestIssueToken_GivesServicesTheirName(t *testing.T) {
	w := begin(t)
	w.check(w.app.EnsureServiceClients(w.ctx(), []app.ServiceClient{{ID: "crm-client", Service: "crm", Secret: firstSecret}}))
	answer, err := w.token("crm-client", firstSecret)
	w.check(err)
	w.verify(answer.GetAccessToken(), auth.Caller{
		Subject: "crm-client", ClientID: "crm-client", Roles: []auth.Kind{auth.Service}, Service: "crm", Scopes: []string{},
	})
}

// verify holds a token against the published keys until it expires.
func (w *world) verify(token string, want auth.Caller) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.verified(token)); diff != "" {
		w.t.Error(diff)
	}
	verifier := w.verifier()
	w.wait(clients.TokenLife)
	if _, err := verifier.Verify(w.ctx(), token); err == nil {
		w.t.Error("the token outlives its five minutes")
	}
}

// verified returns who a token says it is, as other services find out.
func (w *world) verified(token string) auth.Caller {
	w.t.Helper()
	caller, err := w.verifier().Verify(w.ctx(), token)
	w.check(err)
	return caller
}

func (w *world) verifier() *auth.Verifier {
	w.t.Helper()
	keys, err := w.tokens().GetKeySet(w.ctx(), &partnerv1.GetKeySetRequest{})
	w.check(err)
	verifier, err := auth.New(auth.Config{Now: w.time, Issuers: []auth.Issuer{auth.Own("holdfast", "holdfast", keySource(keys.GetJwksJson()))}})
	w.check(err)
	return verifier
}

func TestIssueToken_TellsNobodyWhetherAClientExists(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	c := w.client("softcat")
	_, wrong := w.token(c.GetApiClient().GetClientId(), strings.ToUpper(c.GetClientSecret()))
	_, unknown := w.token("cli_absent", c.GetClientSecret())
	if !errors.Is(wrong, clients.ErrInvalidClient) || wrong.Error() != unknown.Error() {
		t.Errorf("%q differs from %q", wrong, unknown)
	}
}
