package rpc_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

// hears tells how customers fare, and returns what the feed has got of it.
func (p *programme) hears() []*customerv1.Event {
	p.t.Helper()
	_, err := p.service.TellExperiences(p.ctx)
	must(p.t, err)
	p.sequence()
	var heard []*customerv1.Event
	for after := int64(0); ; {
		list, err := p.events(commission).ListEvents(p.ctx, &customerv1.ListEventsRequest{After: after, PageSize: 1000})
		must(p.t, err)
		if len(list.GetEvents()) == 0 {
			return heard
		}
		for _, e := range list.GetEvents() {
			if after = e.GetPosition(); e.GetKind() == "experience.changed" {
				heard = append(heard, e)
			}
		}
	}
}

// wantHeard checks how often was told how customers fare, and the last word on one.
func (p *programme) wantHeard(when string, times int, want *customerv1.CustomerExperience) {
	p.t.Helper()
	var last *customerv1.Event
	heard := p.hears()
	for _, e := range heard {
		if e.GetCustomerExperience().GetCustomerId() == want.GetCustomerId() {
			last = e
		}
	}
	diff := cmp.Diff(want, last.GetCustomerExperience(), protocmp.Transform(), protocmp.IgnoreFields(want, "update_time"))
	if len(heard) != times || diff != "" {
		p.t.Errorf("%s: told %d times, want %d; the last time (-want +got):\n%s", when, len(heard), times, diff)
	}
}

var hidden = &customerv1.ScoreFigure{Standing: customerv1.ScoreStanding_SCORE_STANDING_HIDDEN}

func indicative(answers int64, value int32) *customerv1.ScoreFigure {
	return &customerv1.ScoreFigure{Standing: customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE, Answers: answers, Value: value}
}

func TestExperiences_AreToldFromTheFifthAnswerOn(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 1, touchpoint: "support-case", count: 4, rating: 1, recommend: 0})
	if heard := p.hears(); len(heard) != 0 {
		t.Fatalf("told of four answers: %v", heard)
	}
	p.tell(told{before: 0, touchpoint: "kick-off", count: 1, rating: 5, recommend: -1})
	p.wantHeard("the fifth", 1, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(5, -60), Nps: hidden, Poor: true})
	p.wantHeard("no news", 1, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(5, -60), Nps: hidden, Poor: true})
	e := p.hears()[0]
	if e.GetResourceId() == p.customer || e.GetRevision() != 1 || e.GetActor() != "service:customer" || e.GetCustomerExperience().GetUpdateTime() == nil {
		t.Errorf("%v", e)
	}

	p.tell(told{before: 0, touchpoint: "kick-off", count: 36, rating: 5, recommend: 10})
	full := &customerv1.ScoreFigure{Standing: customerv1.ScoreStanding_SCORE_STANDING_FULL, Answers: 41, Value: 80, Band: customerv1.ScoreBand_SCORE_BAND_GOOD}
	nps := &customerv1.ScoreFigure{Standing: customerv1.ScoreStanding_SCORE_STANDING_FULL, Answers: 40, Value: 80}
	p.wantHeard("better", 2, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: full, Nps: nps})
	p.tell(told{touchpoint: "partner-renewal", audience: "PARTNER", partner: "softcat", count: 9, rating: 1, recommend: 0})
	p.wantHeard("a partner's people are none of the customer's", 2, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: full, Nps: nps})
}

func TestExperiences_ForgetWhatIsOlderThanAYear(t *testing.T) {
	p := startProgramme(t)
	p.tell(
		told{before: 11, touchpoint: "support-case", count: 3, rating: 1, recommend: 0},
		told{before: 1, touchpoint: "support-case", count: 5, rating: 4, recommend: 9},
		told{before: 13, touchpoint: "support-case", count: 9, rating: 1, recommend: 0},
	)
	p.wantHeard("of a year", 1, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(8, 25), Nps: indicative(8, 25), Poor: true})
	p.ahead.Add(int64(60 * 24 * time.Hour))
	p.wantHeard("two months later", 2, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(5, 100), Nps: indicative(5, 100)})
	p.ahead.Add(int64(366 * 24 * time.Hour))
	p.wantHeard("a year later", 3, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: hidden, Nps: hidden})
}

func TestExperiences_AreNoOtherForWhoIsForgotten(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 0, touchpoint: "support-case", count: 5, rating: 2, recommend: 8, comment: "Slow."})
	want := &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(5, -100), Nps: indicative(5, 0), Poor: true}
	p.wantHeard("five", 1, want)
	c := customerv1.NewExperienceServiceClient(p.env.As(experience))
	list, err := c.ListResponses(p.ctx, &customerv1.ListResponsesRequest{CustomerId: p.customer})
	must(t, err)
	for _, r := range list.GetResponses() {
		_, err := c.RedactResponse(p.ctx, &customerv1.RedactResponseRequest{ResponseId: r.GetResponseId(), RequestId: rid()})
		must(t, err)
	}
	p.wantHeard("all forgotten", 1, want)
}

func TestExperiences_GoOnWithACustomerThatIsMerged(t *testing.T) {
	p := startProgramme(t)
	ended, lasting := p.customer, p.harness.customer("lasting.example").GetCustomerId()
	p.tell(told{before: 0, touchpoint: "support-case", count: 5, rating: 5, recommend: 10})
	p.customer = lasting
	p.tell(told{before: 0, touchpoint: "support-case", count: 1, rating: 1, recommend: 0})
	p.wantHeard("before", 1, &customerv1.CustomerExperience{CustomerId: ended, Cxi: indicative(5, 100), Nps: indicative(5, 100)})
	_, err := p.customers(channel).MergeCustomers(p.ctx, &customerv1.MergeCustomersRequest{CustomerId: ended, IntoCustomerId: lasting, RequestId: rid()})
	must(t, err)
	p.wantHeard("the lasting one", 3, &customerv1.CustomerExperience{CustomerId: lasting, Cxi: indicative(6, 67), Nps: indicative(6, 67)})
	p.wantHeard("the ended one", 3, &customerv1.CustomerExperience{CustomerId: ended, Cxi: hidden, Nps: hidden})
}

func TestExperiences_FollowThePolicy(t *testing.T) {
	p := startProgramme(t)
	p.tell(told{before: 0, touchpoint: "support-case", count: 9, rating: 4, recommend: 9})
	p.wantHeard("nine", 1, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: indicative(9, 100), Nps: indicative(9, 100)})
	_, err := p.reports(admin).CreateScorePolicyVersion(p.ctx, &customerv1.CreateScorePolicyVersionRequest{ScorePolicy: stricter(), RequestId: rid()})
	must(t, err)
	p.wantHeard("nine of ten", 2, &customerv1.CustomerExperience{CustomerId: p.customer, Cxi: hidden, Nps: hidden})
}
