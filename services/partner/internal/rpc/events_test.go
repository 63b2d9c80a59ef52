package rpc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/testing/protocmp"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func keySource(text string) auth.KeySource {
	return func(context.Context) ([]byte, error) { return []byte(text), nil }
}

func TestListEvents_TellsEveryChangeWithTheResource(t *testing.T) {
	w := begin(t)
	partner := w.enrol("softcat")
	agreement := w.agree("softcat", "2026-01-01", "")
	approved := w.approve(w.propose(w.draft("2024-01-01")))
	secret := w.client("softcat")
	feed := w.feed()
	var got []string
	for _, e := range feed {
		got = append(got, fmt.Sprintf("%d %s %d %s", e.GetPosition(), e.GetKind(), e.GetRevision(), e.GetActor()))
	}
	want := []string{
		"1 partner.created 1 migration",
		"2 partner.created 1 person:staff:ann",
		"3 agreement.created 1 person:staff:ann",
		"4 code_version.created 1 person:staff:ann",
		"5 code_version.proposed 2 person:staff:ann",
		"6 code_version.approved 3 person:staff:bob",
		"7 api_client.created 1 person:staff:ann",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	direct, err := w.partners(ann).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: "direct"})
	w.check(err)
	for i, want := range map[int]*partnerv1.Event{
		0: {Resource: &partnerv1.Event_Partner{Partner: direct}},
		1: {Resource: &partnerv1.Event_Partner{Partner: partner}},
		2: {Resource: &partnerv1.Event_Agreement{Agreement: agreement}},
		5: {Resource: &partnerv1.Event_CodeVersion{CodeVersion: approved}},
		6: {},
	} {
		ignored := protocmp.IgnoreFields(&partnerv1.Event{}, "position", "kind", "resource_id", "revision", "actor", "occur_time")
		if diff := cmp.Diff(want, feed[i], protocmp.Transform(), ignored); diff != "" {
			t.Errorf("event %d:\n%s", i+1, diff)
		}
	}
	w.checkNoSecret(secret.GetClientSecret())
}

// checkNoSecret looks for a secret, and for the place where a hash would be,
// in all that is kept of what happened.
func (w *world) checkNoSecret(secret string) {
	w.t.Helper()
	var kept string
	err := w.db.SystemPool().QueryRow(w.ctx(), `
		SELECT (SELECT string_agg(snapshot::text, ' ') FROM events) || (SELECT string_agg(answer::text, ' ') FROM idempotency_keys)`).Scan(&kept)
	w.check(err)
	for _, leak := range []string{secret, secret[4:20], "ash\""} {
		if strings.Contains(kept, leak) {
			w.t.Errorf("%q is kept in the clear", leak)
		}
	}
}

func TestWatchEvents_DeliversWhatWasAndWhatComes(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	_, err := events.SequenceOnce(w.ctx(), w.db.SystemPool())
	w.check(err)
	stream, err := w.events(servertest.Service("bi")).WatchEvents(w.ctx(), &partnerv1.WatchEventsRequest{After: 1})
	w.check(err)
	for _, want := range []string{"softcat", "cdw"} {
		e, err := stream.Recv()
		w.check(err)
		if e.GetPartner().GetPartnerId() != want {
			t.Errorf("got %s, want %s", prototext.Format(e), want)
		}
		if want == "softcat" {
			w.enrol("cdw")
			w.feed()
		}
	}
}
