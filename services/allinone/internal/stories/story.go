package stories

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Clock is what the dates of stories set.
type Clock interface{ SetDate(calendar.Date) }

// Story is a story that is being played.
type Story struct {
	t      testing.TB
	system *e2e.System
	clock  Clock
	name   string // unlike any other story's

	partners      map[string]partner                     // by their roles
	customers     map[string]*customerv1.Customer        // by their roles
	contacts      map[string]*customerv1.Contact         // likewise
	subscriptions map[string]*customerv1.Subscription    // the last one, by customer's role
	group         string                                 // the corporate group, once there is one
	transfers     map[string]*partnerv1.Transfer         // the last one, by challenger
	tokens        map[string]string                      // of the mail about it
	registrations map[string]*partnerv1.DealRegistration // the last one, by partner
	submissions   map[string]*commissionv1.Submission    // the last one, by partner
	quotes        map[string]*commissionv1.Quote         // likewise
	merger        *partnerv1.Merger
	today         string
}

// partner is a partner that plays a role.
type partner struct {
	id     string
	caller e2e.Caller
}

// Begin begins a story in which nothing has happened yet. What the story itself
// needs and does not get fails t.
func Begin(t testing.TB, system *e2e.System, clock Clock) *Story {
	return &Story{
		t: t, system: system, clock: clock, name: strings.TrimPrefix(ident.New("s"), "s"),
		partners: map[string]partner{}, customers: map[string]*customerv1.Customer{}, contacts: map[string]*customerv1.Contact{},
		subscriptions: map[string]*customerv1.Subscription{}, transfers: map[string]*partnerv1.Transfer{},
		registrations: map[string]*partnerv1.DealRegistration{}, submissions: map[string]*commissionv1.Submission{},
		quotes: map[string]*commissionv1.Quote{}, tokens: map[string]string{},
	}
}

// Play plays a story and fails t where something else comes of it.
func Play(t *testing.T, system *e2e.System, clock Clock, text string) {
	t.Helper()
	lines, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	s := Begin(t, system, clock)
	for _, line := range lines {
		s.play(line)
	}
}

// Do plays one deed on a day and returns the refusal that it met with.
func (s *Story) Do(on calendar.Date, deed string) error {
	s.t.Helper()
	s.today = on.String()
	s.clock.SetDate(on)
	return s.say(deeds, deed)
}

// sentence is a form of sentence and what it does. A deed returns the refusal
// of the services, what holds returns where it does not.
type sentence struct {
	form *regexp.Regexp
	play func(*Story, []string) error
}

func form(pattern string, play func(*Story, []string) error) sentence {
	for name, form := range map[string]string{
		"WHO": `([\w-]+)`, "NUMBER": `(\d+)`, "PRODUCT": `([a-z-]+)`, "PRICE": `([\d.,]+)`, "PERCENT": `([\d.]+)`, "DATE": `(\d{4}-\d{2}-\d{2})`, "REASON": `([A-Z_]+)`,
	} {
		pattern = strings.ReplaceAll(pattern, name, form)
	}
	return sentence{regexp.MustCompile("^" + pattern + "$"), play}
}

// say plays a sentence of one of the known forms.
func (s *Story) say(known []sentence, text string) error {
	s.t.Helper()
	for _, candidate := range known {
		if words := candidate.form.FindStringSubmatch(text); words != nil {
			return candidate.play(s, words[1:])
		}
	}
	s.t.Fatalf("nobody knows how to play %q", text)
	return nil
}

func (s *Story) play(line Line) {
	s.t.Helper()
	if line.Holds() {
		s.check(line, s.say(findings, line.Text))
		return
	}
	s.check(line, s.Do(line.On, line.Text))
}

// check holds the outcome of a line against what the story says of it.
func (s *Story) check(line Line, err error) {
	s.t.Helper()
	switch {
	case line.Refused == "" && err != nil:
		s.t.Fatalf("line %d: %s: %v", line.Number, line.Text, err)
	case line.Refused != "" && err == nil:
		s.t.Fatalf("line %d: %s: want %s, and it went through", line.Number, line.Text, line.Refused)
	case line.Refused != "" && !slices.Contains(strings.Split(line.Refused, "|"), e2e.Reason(err)):
		s.t.Fatalf("line %d: %s: want %s, got %v", line.Number, line.Text, line.Refused, err)
	}
}

// people are those who decide, under the names that stories give them.
func (s *Story) person(name string) e2e.Caller { return s.system.Person(name) }

func (s *Story) conn(service string) *grpc.ClientConn { return s.system.Conn(service) }

// key makes an idempotency key.
func key() string { return e2e.NewKey() }

// domain is a domain of the story's own.
func (s *Story) domain(role string) string { return fmt.Sprintf("%s-%s.example", role, s.name) }
