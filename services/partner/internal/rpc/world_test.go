package rpc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres/migrations"
	"github.com/holdfast-channel/holdfast/services/partner/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// The callers of the tests.
var (
	ann     = servertest.Person("ann", auth.Channel)
	bob     = servertest.Person("bob", auth.Channel)
	robot   = servertest.Program("robot", auth.Channel)
	softcat = servertest.Partner("softcat", scopes...)
	cdw     = servertest.Partner("cdw", scopes...)

	scopes = []string{"partner:read", "clients:manage", "deals:read", "deals:write", "transfers:read", "transfers:write"}
)

// world is the service behind a real server, with a clock that the test sets.
type world struct {
	t        *testing.T
	env      *servertest.Env
	urls     pg.Config
	parts    app.Config
	db       *pg.DB
	app      *app.App
	customer *customerDouble
	calls    *recorder // of customer
	outbox   *outbox

	mu  sync.Mutex
	now time.Time
}

// noon is where every clock begins: the evening of the same day in Auckland.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func begin(t *testing.T) *world {
	t.Helper()
	zone, err := calendar.LoadZone("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, now: noon, urls: pgtest.Config(t, pgtest.Schema{Name: "partner", Migrations: migrations.Files}),
		customer: &customerDouble{}, outbox: &outbox{},
	}
	w.db, err = pg.Open(t.Context(), w.urls)
	w.check(err)
	t.Cleanup(w.db.Close)
	signer := newSigner(t)
	w.calls = &recorder{ClientConnInterface: servertest.Start(t, w.customer.register).As(servertest.Service("partner"))}
	w.parts = app.Config{
		Store: postgres.New(w.db), Zone: zone, Now: w.time,
		Tokens: app.Tokens{Issuer: "holdfast", Audience: "holdfast", Signer: func() *auth.Signer { return signer }, Now: w.time},
		Peers: app.Peers{
			Customers: customerv1.NewCustomerServiceClient(w.calls), Subscriptions: customerv1.NewSubscriptionServiceClient(w.calls),
			Catalogue: customerv1.NewCatalogueServiceClient(w.calls),
		},
		Mail: app.Mail{Sender: w.outbox, URL: consentPage},
	}
	w.app = app.New(w.parts)
	w.env = servertest.Start(t, func(to grpc.ServiceRegistrar) { rpc.Register(to, w.app) })
	return w
}

func newSigner(t *testing.T) *auth.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := auth.SignerFromPEM(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// wait lets time pass.
func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) ctx() context.Context { return servertest.Context(w.t) }

func (w *world) partners(c auth.Caller) partnerv1.PartnerServiceClient {
	return partnerv1.NewPartnerServiceClient(w.env.As(c))
}

func (w *world) deals(c auth.Caller) partnerv1.DealRegistrationServiceClient {
	return partnerv1.NewDealRegistrationServiceClient(w.env.As(c))
}

func (w *world) codes(c auth.Caller) partnerv1.CodeServiceClient {
	return partnerv1.NewCodeServiceClient(w.env.As(c))
}

func (w *world) clients(c auth.Caller) partnerv1.ApiClientServiceClient {
	return partnerv1.NewApiClientServiceClient(w.env.As(c))
}

func (w *world) tokens() partnerv1.TokenServiceClient {
	return partnerv1.NewTokenServiceClient(w.env.Anonymous())
}

func (w *world) events(c auth.Caller) partnerv1.EventServiceClient {
	return partnerv1.NewEventServiceClient(w.env.As(c))
}

func key() string { return ident.New("") }

// enrol creates an active reseller.
func (w *world) enrol(id string) *partnerv1.Partner {
	w.t.Helper()
	return w.enrolAs(id, partnerv1.PartnerType_PARTNER_TYPE_RESELLER)
}

func (w *world) enrolAs(id string, kind partnerv1.PartnerType) *partnerv1.Partner {
	w.t.Helper()
	p, err := w.partners(ann).CreatePartner(w.ctx(), &partnerv1.CreatePartnerRequest{
		Partner: &partnerv1.Partner{PartnerId: id, DisplayName: id, Type: kind, CountryCode: "GB"}, RequestId: key(),
	})
	w.check(err)
	return p
}

// agree creates an agreement; until may be empty.
func (w *world) agree(partner, from, until string) *partnerv1.Agreement {
	w.t.Helper()
	a, err := w.partners(ann).CreateAgreement(w.ctx(), agreementRequest(partner, from, until))
	w.check(err)
	return a
}

func agreementRequest(partner, from, until string) *partnerv1.CreateAgreementRequest {
	return &partnerv1.CreateAgreementRequest{
		PartnerId: partner, RequestId: key(),
		Agreement: &partnerv1.Agreement{SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE, FromDate: from, UntilDate: until},
	}
}

// draft creates a version of the code of practice.
func (w *world) draft(effective string) *partnerv1.CodeVersion {
	w.t.Helper()
	v, err := w.codes(ann).CreateCodeVersion(w.ctx(), &partnerv1.CreateCodeVersionRequest{
		CodeVersion: &partnerv1.CodeVersion{DisplayName: effective, EffectiveDate: effective}, RequestId: key(),
	})
	w.check(err)
	return v
}

func (w *world) propose(v *partnerv1.CodeVersion) *partnerv1.CodeVersion {
	w.t.Helper()
	v, err := w.codes(ann).ProposeCodeVersion(w.ctx(), &partnerv1.ProposeCodeVersionRequest{CodeVersionId: v.GetCodeVersionId(), RequestId: key()})
	w.check(err)
	return v
}

func (w *world) approve(v *partnerv1.CodeVersion) *partnerv1.CodeVersion {
	w.t.Helper()
	v, err := w.codes(bob).ApproveCodeVersion(w.ctx(), &partnerv1.ApproveCodeVersionRequest{CodeVersionId: v.GetCodeVersionId(), RequestId: key()})
	w.check(err)
	return v
}

// client creates an API client of a partner with all scopes.
func (w *world) client(partner string) *partnerv1.ApiClientSecret {
	w.t.Helper()
	c, err := w.clients(ann).CreateApiClient(w.ctx(), &partnerv1.CreateApiClientRequest{PartnerId: partner, RequestId: key()})
	w.check(err)
	return c
}

// token asks for a token with a secret.
func (w *world) token(clientID, secret string) (*partnerv1.IssueTokenResponse, error) {
	return w.tokens().IssueToken(w.ctx(), &partnerv1.IssueTokenRequest{
		GrantType: "client_credentials", ClientId: clientID, ClientSecret: secret,
	})
}

// feed stamps what has happened and returns all of it.
func (w *world) feed() []*partnerv1.Event {
	w.t.Helper()
	_, err := events.SequenceOnce(w.ctx(), w.db.SystemPool())
	w.check(err)
	list, err := w.events(servertest.Service("commission")).ListEvents(w.ctx(), &partnerv1.ListEventsRequest{})
	w.check(err)
	return list.GetEvents()
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
