package rpc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

func TestCase_OfATransferInsideTheWindowIsPoached(t *testing.T) {
	w := beginTransfers(t)
	x := w.consented(choice)
	found, err := w.conduct(commission).FindCase(w.ctx(), &partnerv1.FindCaseRequest{SubscriptionId: sub1, TransferId: x.GetTransferId()})
	w.check(err)
	code, err := w.codes(ann).ListCodeVersions(w.ctx(), &partnerv1.ListCodeVersionsRequest{InForceOn: "2026-03-01"})
	w.check(err)
	findings := found.GetVerdict().GetFindings()
	want := &partnerv1.Case{
		CaseId: found.GetCaseId(), TransferId: x.GetTransferId(), SubscriptionId: sub1, PartnerId: "cdw", IncumbentPartnerId: "softcat",
		State: decided, AppealByDate: "2026-03-31", EffectiveDate: "2026-04-01", Etag: "1", Revision: 1, CreateTime: timestamppb.New(noon),
		Verdict: &partnerv1.Verdict{
			Outcome: poached, CapBps: proto.Int32(500), CapUntilDate: "2027-04-01", FactsDate: "2026-03-01",
			CodeVersionId: code.GetCodeVersions()[0].GetCodeVersionId(), Findings: findings,
		},
		Decisions: []*partnerv1.Decision{{Kind: partnerv1.DecisionKind_DECISION_KIND_COMPUTED, Outcome: poached, DecideTime: timestamppb.New(noon)}},
	}
	if diff := cmp.Diff(want, found, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	last := findings[len(findings)-1]
	if ground(found.GetVerdict()) != partnerv1.Ground_GROUND_INSIDE_WINDOW || last.GetClause() != "ethical-ecosystem" || !last.GetDecisive() {
		t.Errorf("got %v", last)
	}
}

// names are those that no partner may read of another.
func checkNames(t *testing.T, reader string, m proto.Message, names ...string) {
	t.Helper()
	text, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Contains(string(text), name) {
			t.Errorf("%s reads %s: %s", reader, name, text)
		}
	}
}

func TestCase_IsSeenByEachSideAsItsOwn(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	challenger, incumbent := w.seen(cdw, one), w.seen(softcat, one)
	checkNames(t, "cdw", challenger, "softcat", "ann", "bob")
	checkNames(t, "softcat", incumbent, "cdw", "ann", "bob")
	if challenger.GetSide() != partnerv1.Side_SIDE_CHALLENGER || challenger.GetRemedy() != "You may appeal once until 2026-03-31; another person decides." {
		t.Errorf("challenger: %v", challenger)
	}
	if incumbent.GetSide() != partnerv1.Side_SIDE_INCUMBENT || incumbent.GetPartnerId() != "" || incumbent.GetSubscriptionId() != sub1 {
		t.Errorf("incumbent: %v", incumbent)
	}
	for caller, want := range map[string]int{"cdw": len(w.casesOf(cdw)), "softcat": len(w.casesOf(softcat))} {
		if want != 1 {
			t.Errorf("%s lists %d", caller, want)
		}
	}
	if list := w.casesOf(bytes); len(list) != 0 {
		t.Errorf("bytes lists %v", list)
	}
}

func TestListCases_FiltersAndPages(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	list := func(c auth.Caller, r *partnerv1.ListCasesRequest) int {
		found, err := w.conduct(c).ListCases(w.ctx(), r)
		w.check(err)
		return len(found.GetCases())
	}
	for name, tt := range map[string]struct {
		caller auth.Caller
		r      *partnerv1.ListCasesRequest
		want   int
	}{
		"own, as challenger":             {cdw, &partnerv1.ListCasesRequest{Side: partnerv1.Side_SIDE_CHALLENGER}, 1},
		"own, as incumbent":              {cdw, &partnerv1.ListCasesRequest{Side: partnerv1.Side_SIDE_INCUMBENT}, 0},
		"another's, by a partner":        {cdw, &partnerv1.ListCasesRequest{PartnerId: "softcat"}, 0},
		"one's own by name":              {softcat, &partnerv1.ListCasesRequest{PartnerId: "softcat"}, 1},
		"a partner's, for the vendor":    {ann, &partnerv1.ListCasesRequest{PartnerId: "softcat", Side: partnerv1.Side_SIDE_INCUMBENT}, 1},
		"nobody's, for the vendor":       {ann, &partnerv1.ListCasesRequest{PartnerId: "bytes"}, 0},
		"of the transfer":                {ann, &partnerv1.ListCasesRequest{TransferId: one.GetTransferId()}, 1},
		"of another transfer":            {ann, &partnerv1.ListCasesRequest{TransferId: "trf_absent"}, 0},
		"poached and open to appeal":     {cdw, &partnerv1.ListCasesRequest{State: decided, Outcome: poached}, 1},
		"clean":                          {cdw, &partnerv1.ListCasesRequest{Outcome: clean}, 0},
		"final, while it can be changed": {cdw, &partnerv1.ListCasesRequest{State: final}, 0},
	} {
		if got := list(tt.caller, tt.r); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	w.wait(31 * day)
	if list(cdw, &partnerv1.ListCasesRequest{State: final}) != 1 || w.seen(cdw, one).GetAppealByDate() != "" {
		t.Error("a case is not final after the last day of an appeal")
	}
}

func TestAppealCase_GivesTheLosingSideOneAppeal(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	if _, err := w.appeal(softcat, one, ""); !errors.Is(err, conduct.ErrStateInvalid) {
		t.Errorf("by the side that has won: %v", err)
	}
	if _, err := w.appeal(bytes, one, ""); !errors.Is(err, conduct.ErrNotFound) {
		t.Errorf("by somebody else: %v", err)
	}
	if _, err := w.appeal(cdw, one, "7"); !errors.Is(err, revision.ErrMismatch) {
		t.Errorf("with a stale etag: %v", err)
	}
	w.wait(30 * day)
	after, err := w.appeal(cdw, one, "1")
	w.check(err)
	wantCase(t, after, appealed, poached, true)
	checkNames(t, "softcat", w.seen(softcat, one), "lost already")
	if _, err := w.appeal(cdw, one, ""); !errors.Is(err, conduct.ErrStateInvalid) {
		t.Errorf("again: %v", err)
	}
	after, err = w.decideAppeal(bob, one, true)
	w.check(err)
	wantCase(t, after, final, clean, false)
	if ground(after.GetVerdict()) != partnerv1.Ground_GROUND_APPEAL_UPHELD || after.GetVerdict().CapBps != nil {
		t.Errorf("got %v", after.GetVerdict())
	}
}

func TestAppealCase_EndsOnItsLastDay(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	w.wait(31 * day)
	if _, err := w.appeal(cdw, one, ""); !errors.Is(err, conduct.ErrAppealClosed) {
		t.Errorf("got %v", err)
	}
}

func TestDecideCase_WaitsForTheIncumbentAndIsOpenToItsAppeal(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(serviceFailure)
	wantCase(t, one, underReview, poached, true)
	if one.GetContestByDate() != "2026-03-13" || one.GetClaim() != serviceFailure {
		t.Errorf("got %v", one)
	}
	if _, err := w.decideCase(ann, one, true); !errors.Is(err, conduct.ErrStateInvalid) {
		t.Errorf("while it may be contested: %v", err)
	}
	before := w.seen(cdw, one).GetEtag()
	_, err := w.transfers(softcat).ContestTransfer(w.ctx(), &partnerv1.ContestTransferRequest{
		TransferId: one.GetTransferId(), ReasonText: "we answered every ticket", RequestId: key(),
	})
	w.check(err)
	if seen := w.seen(cdw, one); seen.GetEtag() != before || seen.GetContested() || len(seen.GetDecisions()) != 1 {
		t.Errorf("the challenger learns of the contest: %v", seen)
	}
	if seen := w.seen(softcat, one); !seen.GetContested() || seen.GetDecisions()[1].GetText() != "we answered every ticket" {
		t.Errorf("the incumbent does not see its contest: %v", seen)
	}
	after, err := w.decideCase(ann, one, true)
	w.check(err)
	wantCase(t, after, decided, clean, false)
	after, err = w.appeal(softcat, one, "")
	w.check(err)
	wantCase(t, after, appealed, poached, true)
	if _, err := w.decideAppeal(ann, one, true); !errors.Is(err, conduct.ErrSameDecider) {
		t.Errorf("by the reviewer: %v", err)
	}
	after, err = w.decideAppeal(bob, one, true)
	w.check(err)
	wantCase(t, after, final, poached, false)
	if after.GetVerdict().GetCapUntilDate() != "2027-04-01" {
		t.Errorf("got %v", after.GetVerdict())
	}
}

func TestReleaseTransfer_ClearsTheCaseForGood(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	w.wait(100 * day)
	_, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: one.GetTransferId(), RequestId: key()})
	w.check(err)
	after := w.seen(cdw, one)
	wantCase(t, after, final, clean, false)
	if ground(after.GetVerdict()) != partnerv1.Ground_GROUND_INCUMBENT_RELEASED {
		t.Errorf("got %v", after.GetVerdict())
	}
}

func evidence(title string) *partnerv1.Evidence {
	return &partnerv1.Evidence{
		Kind: partnerv1.EvidenceKind_EVIDENCE_KIND_SERVICE_RECORD, Title: title, MediaType: "text/csv", SizeBytes: 42,
		Sha256: strings.Repeat("0f", 32),
	}
}

func (w *world) bring(c auth.Caller, one *partnerv1.Case, e *partnerv1.Evidence) (*partnerv1.Case, error) {
	return w.conduct(c).SubmitEvidence(w.ctx(), &partnerv1.SubmitEvidenceRequest{CaseId: one.GetCaseId(), Evidence: e, RequestId: key()})
}

func TestSubmitEvidence_IsSeenByItsSideAndTheVendor(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(serviceFailure)
	for title, caller := range map[string]auth.Caller{"outages": cdw, "answers": softcat, "call notes": ann} {
		_, err := w.bring(caller, one, evidence(title))
		w.check(err)
	}
	for _, tt := range []struct {
		caller auth.Caller
		want   []string
	}{{cdw, []string{"outages"}}, {softcat, []string{"answers"}}, {bob, []string{"answers", "call notes", "outages"}}} {
		seen := w.seen(tt.caller, one).GetEvidence()
		titles := map[string]bool{}
		for _, e := range seen {
			titles[e.GetTitle()] = e.GetEvidenceId() != "" && e.GetSha256() == strings.Repeat("0f", 32)
		}
		want := map[string]bool{}
		for _, title := range tt.want {
			want[title] = true
		}
		if diff := cmp.Diff(want, titles); diff != "" {
			t.Errorf("%s:\n%s", tt.caller, diff)
		}
	}
}

func TestWaiver_TakesTwoPeopleAndIsHiddenUntilThen(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	propose := func(c auth.Caller) error {
		_, err := w.conduct(c).ProposeWaiver(w.ctx(), &partnerv1.ProposeWaiverRequest{CaseId: one.GetCaseId(), ReasonText: "goodwill", RequestId: key()})
		return err
	}
	approve := func(c auth.Caller) (*partnerv1.Case, error) {
		return w.conduct(c).ApproveWaiver(w.ctx(), &partnerv1.ApproveWaiverRequest{CaseId: one.GetCaseId(), RequestId: key()})
	}
	w.check(propose(ann))
	checkNames(t, "cdw", w.seen(cdw, one), "goodwill", "WAIVER", "ann")
	if w.seen(bob, one).GetWaiverProposer() != "person:staff:ann" {
		t.Errorf("got %v", w.seen(bob, one))
	}
	if _, err := approve(ann); !errors.Is(err, conduct.ErrSameDecider) {
		t.Errorf("by the proposer: %v", err)
	}
	after, err := approve(bob)
	w.check(err)
	wantCase(t, after, final, clean, false)
	if ground(w.seen(cdw, one).GetVerdict()) != partnerv1.Ground_GROUND_WAIVED {
		t.Errorf("got %v", after)
	}
}

func TestCase_ChangesAreInTheFeed(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(serviceFailure)
	_, err := w.bring(softcat, one, evidence("answers"))
	w.check(err)
	w.wait(13 * day)
	_, err = w.decideCase(ann, one, false)
	w.check(err)
	_, err = w.appeal(cdw, one, "")
	w.check(err)
	_, err = w.decideAppeal(bob, one, true)
	w.check(err)
	var kinds []string
	var last *partnerv1.Case
	for _, e := range w.feed() {
		if strings.HasPrefix(e.GetKind(), "case.") {
			kinds, last = append(kinds, e.GetKind()), e.GetCase()
			if e.GetResourceId() != one.GetCaseId() || e.GetRevision() != e.GetCase().GetRevision() {
				t.Errorf("got %v", e)
			}
		}
	}
	want := []string{"case.opened", "case.evidence", "case.decided", "case.appealed", "case.appeal_decided"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(w.seen(bob, one), last, protocmp.Transform()); diff != "" {
		t.Errorf("the last one is not the case:\n%s", diff)
	}
}

func TestAppealCase_RepeatedIsOneAppeal(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	request := &partnerv1.AppealCaseRequest{CaseId: one.GetCaseId(), ReasonText: "why", RequestId: key()}
	first, err := w.conduct(cdw).AppealCase(w.ctx(), request)
	w.check(err)
	w.wait(time.Hour)
	again, err := w.conduct(cdw).AppealCase(w.ctx(), request)
	w.check(err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

// Both sides and the vendor at once: everybody gets an answer from the
// catalogue, and the case has one story.
func TestCase_BothSidesAtOnceComeToOneOutcome(t *testing.T) {
	w := beginTransfers(t)
	one := w.taken(choice)
	deeds := []func() error{
		func() error { _, err := w.appeal(cdw, one, ""); return err },
		func() error { _, err := w.bring(softcat, one, evidence("answers")); return err },
		func() error {
			_, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: one.GetTransferId(), RequestId: key()})
			return err
		},
		func() error { _, err := w.decideAppeal(bob, one, true); return err },
		func() error {
			_, err := w.conduct(ann).ProposeWaiver(w.ctx(), &partnerv1.ProposeWaiverRequest{CaseId: one.GetCaseId(), ReasonText: "goodwill", RequestId: key()})
			return err
		},
	}
	for i, err := range atOnce(3*len(deeds), func(i int) error { return deeds[i%len(deeds)]() }) {
		if err != nil && !errors.Is(err, conduct.ErrStateInvalid) {
			t.Errorf("deed %d: %v", i%len(deeds), err)
		}
	}
	after := w.seen(ann, one)
	wantCase(t, after, final, clean, false)
	if int(after.GetRevision()) != len(after.GetDecisions())+len(after.GetEvidence()) {
		t.Errorf("revision %d, %d decisions, %d pieces of evidence", after.GetRevision(), len(after.GetDecisions()), len(after.GetEvidence()))
	}
	appeals := 0
	for _, d := range after.GetDecisions() {
		if d.GetKind() == partnerv1.DecisionKind_DECISION_KIND_APPEAL {
			appeals++
		}
	}
	if appeals > 1 {
		t.Errorf("%d appeals", appeals)
	}
}
