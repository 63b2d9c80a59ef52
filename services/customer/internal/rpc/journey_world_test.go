package rpc_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/rpc"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// The callers of the surveys' tests.
var (
	support = servertest.Service("support")
	crm     = servertest.Service("crm")
)

// noon is a Tuesday's, with no quiet hours far around it.
var noon = time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)

// journey is the service with a queue, mail and a clock of its own.
type journey struct {
	*harness
	app   *app.App
	queue *jobs.Queue

	mu    sync.Mutex
	at    time.Time
	sent  []app.InvitationMail
	fails error
	reads func(app.InvitationMail) // whom a mail reaches at once; nil for nobody

	customer, contact string
}

func startJourney(t *testing.T) *journey {
	t.Helper()
	j := &journey{at: noon}
	cfg := pgtest.Config(t, schema)
	cfg.Clock = j.now
	must(t, queue.Migrate(t.Context(), cfg.OwnerURL))
	db, err := pg.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(db.Close)
	j.app = app.New(postgres.New(db), j.now)
	j.app.UseMail(app.Mail{Sender: j, URL: "https://surveys.example.com/survey/"})
	j.queue, err = jobs.NewQueue(db.SystemPool(), j.app, zap.NewNop())
	must(t, err)
	j.app.UseJobs(j.queue)
	j.harness = &harness{
		t: t, ctx: servertest.Context(t), db: db,
		env: servertest.Start(t, func(r grpc.ServiceRegistrar) { rpc.Register(r, j.app) }),
	}
	j.customer = j.harness.customer("acme.example").GetCustomerId()
	j.contact = j.addContact("ann@acme.example")
	return j
}

func (j *journey) now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at
}

// pass lets time pass.
func (j *journey) pass(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.at = j.at.Add(d)
}

// SendInvitation keeps what would be sent, or fails.
func (j *journey) SendInvitation(_ context.Context, m app.InvitationMail) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fails != nil {
		return fmt.Errorf("to %s with %s: %w", m.To, m.Token, j.fails)
	}
	j.sent = append(j.sent, m)
	if j.reads != nil {
		j.mu.Unlock() // the clock is read meanwhile
		j.reads(m)
		j.mu.Lock()
	}
	return nil
}

func (j *journey) mails() []app.InvitationMail {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]app.InvitationMail(nil), j.sent...)
}

func (j *journey) experience(c auth.Caller) customerv1.ExperienceServiceClient {
	return customerv1.NewExperienceServiceClient(j.env.As(c))
}

// anyone calls without a token.
func (j *journey) anyone() customerv1.ExperienceServiceClient {
	return customerv1.NewExperienceServiceClient(j.env.Anonymous())
}

func (j *journey) addContact(email string) string {
	j.t.Helper()
	created, err := j.customers(channel).CreateContact(j.ctx, contact(j.customer, email))
	must(j.t, err)
	return created.GetContactId()
}

// closed is a support case of the contact's, closed now.
func (j *journey) closed(change ...func(*customerv1.TouchpointEvent)) *customerv1.TouchpointEvent {
	e := &customerv1.TouchpointEvent{
		ExternalId: fmt.Sprintf("case-%d", requests.Add(1)), TouchpointId: "support-case", CustomerId: j.customer, ContactId: j.contact,
		OccurTime: timestamppb.New(j.now()),
	}
	for _, f := range change {
		f(e)
	}
	return e
}

func recording(e *customerv1.TouchpointEvent) *customerv1.RecordTouchpointEventRequest {
	return &customerv1.RecordTouchpointEventRequest{TouchpointEvent: e, RequestId: rid()}
}

// record records an event for support.
func (j *journey) record(change ...func(*customerv1.TouchpointEvent)) *customerv1.TouchpointEvent {
	j.t.Helper()
	recorded, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(j.closed(change...)))
	must(j.t, err)
	return recorded
}

// deliver does what the event's job does, and returns the event as it is then.
func (j *journey) deliver(e *customerv1.TouchpointEvent) *customerv1.TouchpointEvent {
	j.t.Helper()
	_, err := j.app.DeliverInvitation(j.t.Context(), surveys.InvitationID(e.GetInvitation().GetInvitationId()))
	must(j.t, err)
	now, err := j.experience(experience).GetTouchpointEvent(j.ctx, &customerv1.GetTouchpointEventRequest{EventId: e.GetEventId()})
	must(j.t, err)
	return now
}

// asked records, delivers and returns the token of the mail.
func (j *journey) asked(change ...func(*customerv1.TouchpointEvent)) string {
	j.t.Helper()
	if state := j.deliver(j.record(change...)).GetInvitation(); state.GetState() != customerv1.InvitationState_INVITATION_STATE_SENT {
		j.t.Fatalf("not sent: %s", state)
	}
	mails := j.mails()
	return mails[len(mails)-1].Token
}

func score(n int32) *int32 { return &n }
