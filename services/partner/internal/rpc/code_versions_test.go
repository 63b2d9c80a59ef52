package rpc_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// atOnce calls something many times at the same time.
func atOnce(times int, call func(i int) error) []error {
	answers := make([]error, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() { answers[i] = call(i) })
	}
	wg.Wait()
	return answers
}

func successes(answers []error) (n int) {
	for _, err := range answers {
		if err == nil {
			n++
		}
	}
	return n
}

func TestCodeVersion_GoesFromDraftToApproved(t *testing.T) {
	w := begin(t)
	created, err := w.codes(ann).CreateCodeVersion(w.ctx(), &partnerv1.CreateCodeVersionRequest{
		CodeVersion: &partnerv1.CodeVersion{
			DisplayName: "first", EffectiveDate: "2024-01-01", RenewalGraceDays: proto.Int32(0), AppealDays: proto.Int32(0),
			Holidays: []string{"2026-12-25", "2026-04-03"}, PayoutHoldDays: proto.Int32(14),
			MinimumPayouts: []*typev1.Money{{CurrencyCode: "KWD", Amount: "15"}, {CurrencyCode: "JPY", Amount: "7500"}},
		},
		RequestId: key(),
	})
	w.check(err)
	w.wait(time.Hour)
	approved := w.approve(w.propose(created))
	want := &partnerv1.CodeVersion{
		CodeVersionId: created.GetCodeVersionId(), DisplayName: "first", EffectiveDate: "2024-01-01",
		State:           partnerv1.PolicyState_POLICY_STATE_APPROVED,
		RenewalOpenDays: proto.Int32(90), RenewalGraceDays: proto.Int32(0), RenewalLapsedDays: proto.Int32(60),
		CapBps: proto.Int32(500), CapMonths: proto.Int32(12), InactiveDays: proto.Int32(30), RewardBps: proto.Int32(1000),
		ConsentDays: proto.Int32(7), TransferDays: proto.Int32(14), ConsentMails: proto.Int32(3), ConsentMailDays: proto.Int32(90),
		ContestWorkingDays: proto.Int32(10), AppealDays: proto.Int32(0), OrderWindowDays: proto.Int32(90),
		NewBusinessMonths: proto.Int32(12), RegistrationDays: proto.Int32(90), RegistrationExtensionDays: proto.Int32(90),
		MergerRevertDays: proto.Int32(30), PayoutCoolingDays: proto.Int32(7), Holidays: []string{"2026-04-03", "2026-12-25"},
		PayoutHoldDays: proto.Int32(14), OverdueDays: proto.Int32(90), DisputeDays: proto.Int32(30),
		MinimumPayouts: []*typev1.Money{{CurrencyCode: "JPY", Amount: "7500"}, {CurrencyCode: "KWD", Amount: "15.000"}},
		Proposer:       "person:staff:ann", Approver: "person:staff:bob", Etag: "3",
		CreateTime: timestamppb.New(noon), ApproveTime: timestamppb.New(noon.Add(time.Hour)),
	}
	if diff := cmp.Diff(want, approved, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestCodeVersions_ShowPartnersOnlyWhatIsApproved(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	first := w.approve(w.propose(w.draft("2024-01-01")))
	draft := w.draft("2026-06-01")
	for caller, want := range map[string]struct {
		as   auth.Caller
		list int
	}{"partner": {softcat, 1}, "staff": {ann, 2}} {
		list, err := w.codes(want.as).ListCodeVersions(w.ctx(), &partnerv1.ListCodeVersionsRequest{})
		w.check(err)
		if len(list.GetCodeVersions()) != want.list {
			t.Errorf("%s sees %d versions, want %d", caller, len(list.GetCodeVersions()), want.list)
		}
	}
	if _, err := w.codes(softcat).GetCodeVersion(w.ctx(), &partnerv1.GetCodeVersionRequest{CodeVersionId: draft.GetCodeVersionId()}); !errors.Is(err, code.ErrNotFound) {
		t.Errorf("a partner reads a draft: %v", err)
	}
	read, err := w.codes(softcat).GetCodeVersion(w.ctx(), &partnerv1.GetCodeVersionRequest{CodeVersionId: first.GetCodeVersionId()})
	w.check(err)
	if diff := cmp.Diff(first, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestListCodeVersions_FindsTheOneInForce(t *testing.T) {
	w := begin(t)
	first := w.approve(w.propose(w.draft("2024-01-01")))
	second := w.approve(w.propose(w.draft("2026-03-02")))
	for on, want := range map[string]string{
		"2023-12-31": "", "2026-03-01": first.GetCodeVersionId(), "2026-03-02": second.GetCodeVersionId(),
	} {
		list, err := w.codes(ann).ListCodeVersions(w.ctx(), &partnerv1.ListCodeVersionsRequest{InForceOn: on})
		w.check(err)
		got := ""
		if len(list.GetCodeVersions()) == 1 {
			got = list.GetCodeVersions()[0].GetCodeVersionId()
		}
		if got != want {
			t.Errorf("on %s: got %q, want %q", on, got, want)
		}
	}
}

func TestListCodeVersions_PagesThroughAll(t *testing.T) {
	w := begin(t)
	for _, day := range []string{"2026-04-01", "2026-06-01", "2026-05-01", "2026-06-01"} {
		w.draft(day)
	}
	var got []string
	seen := map[string]bool{}
	request := &partnerv1.ListCodeVersionsRequest{PageSize: 1}
	for {
		list, err := w.codes(ann).ListCodeVersions(w.ctx(), request)
		w.check(err)
		for _, v := range list.GetCodeVersions() {
			got = append(got, v.GetEffectiveDate())
			seen[v.GetCodeVersionId()] = true
		}
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"2026-06-01", "2026-06-01", "2026-05-01", "2026-04-01"}, got); diff != "" || len(seen) != 4 {
		t.Errorf("%d different:\n%s", len(seen), diff)
	}
}

func TestApproveCodeVersion_OfManyAtOnceOneCounts(t *testing.T) {
	w := begin(t)
	proposed := w.propose(w.draft("2024-01-01"))
	answers := atOnce(8, func(i int) error {
		_, err := w.codes(servertest.Person(string(rune('p'+i)), auth.Channel)).ApproveCodeVersion(w.ctx(),
			&partnerv1.ApproveCodeVersionRequest{CodeVersionId: proposed.GetCodeVersionId(), RequestId: key()})
		return err
	})
	for _, err := range answers {
		if err != nil && !errors.Is(err, code.ErrStateInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if n := successes(answers); n != 1 {
		t.Errorf("approved %d times", n)
	}
}

func TestApproveCodeVersion_OfManyFirstVersionsAtOnceOneMayLieInThePast(t *testing.T) {
	w := begin(t)
	var proposed []*partnerv1.CodeVersion
	for _, day := range []string{"2023-01-01", "2024-01-01", "2025-01-01"} {
		proposed = append(proposed, w.propose(w.draft(day)))
	}
	answers := atOnce(len(proposed), func(i int) error {
		_, err := w.codes(bob).ApproveCodeVersion(w.ctx(),
			&partnerv1.ApproveCodeVersionRequest{CodeVersionId: proposed[i].GetCodeVersionId(), RequestId: key()})
		return err
	})
	for _, err := range answers {
		if err != nil && !errors.Is(err, code.ErrTooEarly) {
			t.Errorf("got %v", err)
		}
	}
	if n := successes(answers); n != 1 {
		t.Errorf("%d first versions", n)
	}
}

// Tomorrow is where the vendor is: half an hour past midnight in a British
// summer is still the day before by universal time.
func TestApproveCodeVersion_CountsDaysInTheVendorsZone(t *testing.T) {
	w := begin(t)
	w.approve(w.propose(w.draft("2024-01-01")))
	w.wait(time.Date(2026, time.June, 30, 23, 30, 0, 0, time.UTC).Sub(noon))
	_, err := w.codes(ann).ProposeCodeVersion(w.ctx(), &partnerv1.ProposeCodeVersionRequest{
		CodeVersionId: w.draft("2026-07-01").GetCodeVersionId(), RequestId: key(),
	})
	if !errors.Is(err, code.ErrTooEarly) {
		t.Errorf("got %v", err)
	}
	w.approve(w.propose(w.draft("2026-07-02")))
}
