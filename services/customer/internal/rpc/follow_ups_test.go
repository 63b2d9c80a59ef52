package rpc_test

import (
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

// unhappy is a programme in which two customers' people and a partner's would
// not recommend the vendor.
func unhappy(t *testing.T) (*programme, []*customerv1.FollowUp) {
	t.Helper()
	p := startProgramme(t)
	p.tell(
		told{before: 0, touchpoint: "support-case", partner: "softcat", count: 2, rating: 1, recommend: 6},
		told{before: 0, touchpoint: "partner-renewal", audience: "PARTNER", partner: "softcat", count: 1, rating: 4, recommend: 0},
		told{before: 0, touchpoint: "support-case", count: 3, rating: 1, recommend: 7},
		told{before: 0, touchpoint: "support-case", count: 3, rating: 1, recommend: -1},
		told{before: 2, touchpoint: "support-case", count: 1, rating: 1, recommend: 0},
	)
	for _, want := range []int{3, 0} {
		if made, err := p.service.MakeFollowUps(p.ctx); made != want || err != nil {
			t.Fatalf("%d follow-ups made, %v; want %d", made, err, want)
		}
	}
	list, err := p.reports(experience).ListFollowUps(p.ctx, &customerv1.ListFollowUpsRequest{})
	must(t, err)
	if len(list.GetFollowUps()) != 3 {
		t.Fatalf("follow-ups %v, want one for each detractor of the last 30 days", list.GetFollowUps())
	}
	return p, list.GetFollowUps()
}

func TestFollowUps_CloseTheLoop(t *testing.T) {
	p, list := unhappy(t)
	c, id := p.reports(experience), list[0].GetFollowUpId()
	if list[0].GetState() != customerv1.FollowUpState_FOLLOW_UP_STATE_OPEN || list[0].GetCustomerId() != p.customer || list[0].GetRecommend() != 6 {
		t.Errorf("made %v", list[0])
	}
	assigned, err := c.AssignFollowUp(p.ctx, &customerv1.AssignFollowUpRequest{FollowUpId: id, Owner: "ada", Etag: list[0].GetEtag(), RequestId: rid()})
	must(t, err)
	_, err = c.AddFollowUpNote(p.ctx, &customerv1.AddFollowUpNoteRequest{FollowUpId: id, Text: "Called, nobody there.", RequestId: rid()})
	must(t, err)
	_, err = c.CloseFollowUp(p.ctx, &customerv1.CloseFollowUpRequest{FollowUpId: id, Outcome: "Refunded.", RequestId: rid()})
	must(t, err)
	_, err = c.AddFollowUpNote(p.ctx, &customerv1.AddFollowUpNoteRequest{FollowUpId: id, Text: "Called back.", RequestId: rid()})
	must(t, err)
	got, err := c.GetFollowUp(p.ctx, &customerv1.GetFollowUpRequest{FollowUpId: id})
	must(t, err)
	if assigned.GetState() != customerv1.FollowUpState_FOLLOW_UP_STATE_ASSIGNED || got.GetState() != customerv1.FollowUpState_FOLLOW_UP_STATE_CLOSED ||
		got.GetOwner() != "ada" || got.GetOutcome() != "Refunded." || len(got.GetNotes()) != 2 || got.GetNotes()[1].GetText() != "Called back." || got.GetCloseTime() == nil {
		t.Errorf("closed %v", got)
	}
	p.sequence()
	p.wantEvents("follow_up.created", 3, "follow_up.assigned", 1, "follow_up.noted", 2, "follow_up.closed", 1)
}

func TestFollowUps_AreListedByStateOwnerAndCustomer(t *testing.T) {
	p, list := unhappy(t)
	c := p.reports(admin)
	_, err := c.AssignFollowUp(p.ctx, &customerv1.AssignFollowUpRequest{FollowUpId: list[1].GetFollowUpId(), Owner: "ada", RequestId: rid()})
	must(t, err)
	for name, tt := range map[string]struct {
		request *customerv1.ListFollowUpsRequest
		want    int
	}{
		"open":          {&customerv1.ListFollowUpsRequest{State: customerv1.FollowUpState_FOLLOW_UP_STATE_OPEN}, 2},
		"assigned":      {&customerv1.ListFollowUpsRequest{State: customerv1.FollowUpState_FOLLOW_UP_STATE_ASSIGNED}, 1},
		"closed":        {&customerv1.ListFollowUpsRequest{State: customerv1.FollowUpState_FOLLOW_UP_STATE_CLOSED}, 0},
		"an owner's":    {&customerv1.ListFollowUpsRequest{Owner: "ada"}, 1},
		"a customer's":  {&customerv1.ListFollowUpsRequest{CustomerId: p.customer}, 2},
		"the first two": {&customerv1.ListFollowUpsRequest{PageSize: 2}, 2},
	} {
		got, err := c.ListFollowUps(p.ctx, tt.request)
		must(t, err)
		if len(got.GetFollowUps()) != tt.want {
			t.Errorf("%s: %v", name, got.GetFollowUps())
		}
		if name == "the first two" {
			tt.request.PageToken = got.GetNextPageToken()
			rest, err := c.ListFollowUps(p.ctx, tt.request)
			must(t, err)
			if len(rest.GetFollowUps()) != 1 || rest.GetNextPageToken() != "" {
				t.Errorf("the rest: %v", rest)
			}
		}
	}
}

func TestFollowUps_ForgetWhoIsForgotten(t *testing.T) {
	p, list := unhappy(t)
	c, id := p.reports(experience), list[0].GetFollowUpId()
	note := &customerv1.AddFollowUpNoteRequest{FollowUpId: id, Text: "Ask for Anna.", RequestId: rid()}
	closing := &customerv1.CloseFollowUpRequest{FollowUpId: id, Outcome: "Anna is glad.", RequestId: rid()}
	noted, err := c.AddFollowUpNote(p.ctx, note)
	must(t, err)
	closed, err := c.CloseFollowUp(p.ctx, closing)
	must(t, err)
	if len(noted.GetNotes()) != 1 || closed.GetOutcome() != "Anna is glad." {
		t.Fatalf("noted %v, closed %v", noted, closed)
	}
	_, err = p.db.SystemPool().Exec(p.ctx, "UPDATE responses SET redact_time = $2, comment = NULL, contact_id = NULL WHERE response_id = $1",
		list[0].GetResponseId(), time.Now())
	must(t, err)
	read, err := c.GetFollowUp(p.ctx, &customerv1.GetFollowUpRequest{FollowUpId: id})
	must(t, err)
	notedAgain, err := c.AddFollowUpNote(p.ctx, note)
	must(t, err)
	closedAgain, err := c.CloseFollowUp(p.ctx, closing)
	must(t, err)
	for name, got := range map[string]*customerv1.FollowUp{"read": read, "noted again": notedAgain, "closed again": closedAgain} {
		if len(got.GetNotes()) != 0 || got.GetOutcome() != "" || got.GetState() != customerv1.FollowUpState_FOLLOW_UP_STATE_CLOSED {
			t.Errorf("%s: left %v", name, got)
		}
	}
	p.wantForgotten("Anna")
}

func TestFollowUps_RefuseByReason(t *testing.T) {
	p, list := unhappy(t)
	c, id := p.reports(experience), list[0].GetFollowUpId()
	_, err := c.CloseFollowUp(p.ctx, &customerv1.CloseFollowUpRequest{FollowUpId: id, Outcome: "Done.", RequestId: rid()})
	must(t, err)
	assign := func(id, owner, etag string) func() error {
		return func() error {
			_, err := c.AssignFollowUp(p.ctx, &customerv1.AssignFollowUpRequest{FollowUpId: id, Owner: owner, Etag: etag, RequestId: rid()})
			return err
		}
	}
	closing := func(id, outcome, etag string) func() error {
		return func() error {
			_, err := c.CloseFollowUp(p.ctx, &customerv1.CloseFollowUpRequest{FollowUpId: id, Outcome: outcome, Etag: etag, RequestId: rid()})
			return err
		}
	}
	open := list[1].GetFollowUpId()
	expectRefusals(t, []refusal{
		{"assigning what is closed", "FOLLOW_UP_CLOSED", assign(id, "ada", "")},
		{"closing what is closed", "FOLLOW_UP_CLOSED", closing(id, "Again.", "")},
		{"assigning what has changed", "ETAG_MISMATCH etag", assign(open, "ada", "99")},
		{"closing what has changed", "ETAG_MISMATCH etag", closing(open, "Done.", "99")},
		{"assigning to nobody", "REQUEST_INVALID owner", assign(open, "", "")},
		{"closing with nothing", "REQUEST_INVALID outcome", closing(open, "", "")},
		{"assigning nothing", "NOT_FOUND", assign("fol_0", "ada", "")},
		{"closing nothing", "NOT_FOUND", closing("fol_0", "Done.", "")},
		{"a note on nothing", "NOT_FOUND", func() error {
			_, err := c.AddFollowUpNote(p.ctx, &customerv1.AddFollowUpNoteRequest{FollowUpId: "fol_0", Text: "x", RequestId: rid()})
			return err
		}},
		{"an empty note", "REQUEST_INVALID text", func() error {
			_, err := c.AddFollowUpNote(p.ctx, &customerv1.AddFollowUpNoteRequest{FollowUpId: id, RequestId: rid()})
			return err
		}},
		{"nothing", "NOT_FOUND", func() error {
			_, err := c.GetFollowUp(p.ctx, &customerv1.GetFollowUpRequest{FollowUpId: "fol_0"})
			return err
		}},
		{"channel operations", "PERMISSION_DENIED", func() error {
			_, err := p.reports(channel).ListFollowUps(p.ctx, &customerv1.ListFollowUpsRequest{})
			return err
		}},
	})
}
