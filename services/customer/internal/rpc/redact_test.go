package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func TestRedactResponse_TakesTextAndPersonForGood(t *testing.T) {
	j := startJourney(t)
	token := j.asked()
	_, err := j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: token, Needs: score(1), Recommend: score(2), Comment: "Kowalski was rude."})
	must(t, err)
	c := j.experience(experience)
	list, err := c.ListResponses(j.ctx, &customerv1.ListResponsesRequest{DetractorsOnly: true})
	must(t, err)
	before := list.GetResponses()[0]
	_, err = c.RedactResponse(j.ctx, &customerv1.RedactResponseRequest{ResponseId: before.GetResponseId(), Etag: "9", RequestId: rid()})
	wantReason(t, err, "ETAG_MISMATCH etag")
	redacted, err := c.RedactResponse(j.ctx, &customerv1.RedactResponseRequest{ResponseId: before.GetResponseId(), Etag: before.GetEtag(), RequestId: rid()})
	must(t, err)
	want := proto.CloneOf(before)
	want.Comment, want.ContactId, want.Etag, want.RedactTime = "", "", "2", timestamppb.New(noon)
	if !proto.Equal(redacted, want) {
		t.Errorf("%s", redacted)
	}
	again, err := c.RedactResponse(j.ctx, &customerv1.RedactResponseRequest{ResponseId: before.GetResponseId(), RequestId: rid()})
	must(t, err)
	if !proto.Equal(again, redacted) {
		t.Errorf("again: %s", again)
	}
	event, err := c.GetTouchpointEvent(j.ctx, &customerv1.GetTouchpointEventRequest{EventId: before.GetEventId()})
	must(t, err)
	if event.GetContactId() != "" {
		t.Errorf("the event knows %s", event.GetContactId())
	}
	j.sequence()
	j.wantForgotten("Kowalski")
	var told int
	must(t, j.db.SystemPool().QueryRow(t.Context(), "SELECT count(*) FROM events WHERE snapshot::text LIKE '%' || $1 || '%'", j.contact).Scan(&told))
	if told != 0 {
		t.Errorf("%d events tell who it was", told)
	}
}

// TestRedactResponse_HoldsForTheEvent repeats how its event was told, one by one and
// in a batch: before, the answer names the person, and afterwards it does not.
func TestRedactResponse_HoldsForTheEvent(t *testing.T) {
	j := startJourney(t)
	c := j.experience(crm)
	one := &customerv1.RecordTouchpointEventRequest{TouchpointEvent: j.closed(), RequestId: rid()}
	many := &customerv1.BatchRecordTouchpointEventsRequest{TouchpointEvents: []*customerv1.TouchpointEvent{one.TouchpointEvent}, RequestId: rid()}
	tell := func() (first, again *customerv1.TouchpointEvent) {
		t.Helper()
		first, err := c.RecordTouchpointEvent(j.ctx, one)
		must(t, err)
		batch, err := c.BatchRecordTouchpointEvents(j.ctx, many)
		must(t, err)
		return first, batch.GetResults()[0].GetTouchpointEvent()
	}
	for range 2 {
		if first, again := tell(); first.GetContactId() != j.contact || again.GetContactId() != j.contact {
			t.Errorf("%s, %s", first, again)
		}
	}
	j.wantForgottenIn("(SELECT * FROM idempotency_keys WHERE method LIKE '%TouchpointEvent%')", j.contact)
	_, err := j.db.SystemPool().Exec(j.ctx, "UPDATE touchpoint_events SET contact_id = NULL")
	must(t, err)
	if first, again := tell(); first.GetContactId() != "" || again.GetContactId() != "" {
		t.Errorf("%s, %s", first, again)
	}
}

// TestRedactResponse_HoldsForWhatWasTakenOver repeats an import after its answer was
// redacted: what is kept with the request's id does not bring the text back.
func TestRedactResponse_HoldsForWhatWasTakenOver(t *testing.T) {
	j := startJourney(t)
	c := j.experience(experience)
	taken := &customerv1.BatchImportResponsesRequest{RequestId: rid(), Responses: []*customerv1.ImportedResponse{{
		TouchpointEvent: j.closed(), Recommend: score(2), Comment: "Kowalski was rude.", AnswerTime: timestamppb.New(noon),
	}}}
	first, err := c.BatchImportResponses(j.ctx, taken)
	must(t, err)
	id := first.GetResults()[0].GetResponse().GetResponseId()
	kept, err := c.GetResponse(j.ctx, &customerv1.GetResponseRequest{ResponseId: id})
	must(t, err)
	if kept.GetComment() != "Kowalski was rude." || kept.GetContactId() != j.contact {
		t.Fatalf("%s", kept)
	}
	_, err = c.RedactResponse(j.ctx, &customerv1.RedactResponseRequest{ResponseId: id, RequestId: rid()})
	must(t, err)
	again, err := c.BatchImportResponses(j.ctx, taken)
	must(t, err)
	if !proto.Equal(again, first) || again.GetResults()[0].GetResponse().GetContactId() != "" {
		t.Errorf("%s", again)
	}
	j.sequence()
	j.wantForgotten("Kowalski")
}

// wantForgotten makes sure that a word is nowhere in the database.
// TestDeleteContact_ForgetsThePersonForGood repeats how a contact was created: while
// it is there the answer is it, afterwards nobody.
func TestDeleteContact_ForgetsThePersonForGood(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	request := contact(h.customer("one.example").GetCustomerId(), "kowalski@one.example")
	first, err := c.CreateContact(h.ctx, request)
	must(t, err)
	again, err := c.CreateContact(h.ctx, request)
	must(t, err)
	if !proto.Equal(first, again) || first.GetEmail() != "kowalski@one.example" {
		t.Errorf("%s, %s", first, again)
	}
	_, err = c.DeleteContact(h.ctx, &customerv1.DeleteContactRequest{CustomerId: request.CustomerId, ContactId: first.GetContactId(), RequestId: rid()})
	must(t, err)
	h.wantForgotten("kowalski")
	_, err = c.CreateContact(h.ctx, request)
	wantReason(t, err, "NOT_FOUND")
}

func (h *harness) wantForgotten(word string) {
	h.t.Helper()
	for _, table := range []string{"responses", "follow_ups", "follow_up_notes", "idempotency_keys", "events"} {
		h.wantForgottenIn(table, word)
	}
}

func (h *harness) wantForgottenIn(table, word string) {
	h.t.Helper()
	var rows int
	err := h.db.SystemPool().QueryRow(h.ctx, "SELECT count(*) FROM "+table+" AS t WHERE t::text ILIKE '%' || $1 || '%'", word).Scan(&rows)
	if err != nil || rows > 0 {
		h.t.Errorf("%s is in %d rows of %s, %v", word, rows, table, err)
	}
}
