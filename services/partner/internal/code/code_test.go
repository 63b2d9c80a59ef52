package code_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	noon  = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	today = calendar.On(2026, time.March, 1)
)

func by(person string) code.Decision { return code.Decision{By: person, At: noon, Today: today} }

func draft(t *testing.T, effective calendar.Date) code.Version {
	t.Helper()
	v, err := code.Write(code.Version{ID: "cod_1", DisplayName: "spring", Effective: effective, Policy: code.Defaults()}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDefaults_AreThoseOfTheCodeOfPractice(t *testing.T) {
	want := code.Policy{
		RenewalOpenDays: 90, RenewalGraceDays: 30, RenewalLapsedDays: 60,
		CapBps: 500, CapMonths: 12, InactiveDays: 30, RewardBps: 1000,
		ConsentDays: 7, TransferDays: 14, ConsentMails: 3, ConsentMailDays: 90,
		ContestWorkingDays: 10, AppealDays: 30, OrderWindowDays: 90,
		NewBusinessMonths: 12, RegistrationDays: 90, RegistrationExtensionDays: 90, MergerRevertDays: 30,
		PayoutCoolingDays: 7, PayoutHoldDays: 30, OverdueDays: 90, DisputeDays: 30,
		MinimumPayouts: []money.Amount{{Minor: 50_00, Currency: "EUR"}, {Minor: 50_00, Currency: "GBP"}, {Minor: 50_00, Currency: "USD"}},
		Holidays:       []calendar.Date{},
	}
	if diff := cmp.Diff(want, code.Defaults()); diff != "" {
		t.Error(diff)
	}
}

func TestFill_KeepsAGivenZero(t *testing.T) {
	zero, bps := int32(0), int32(750)
	got := code.Defaults().Fill(code.Numbers{RenewalGraceDays: &zero, CapBps: &bps})
	want := code.Defaults()
	want.RenewalGraceDays, want.CapBps, want.Holidays = 0, 750, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFill_OrdersHolidays(t *testing.T) {
	got := code.Defaults().Fill(code.Numbers{Holidays: []calendar.Date{today.AddDays(3), today, today.AddDays(3)}})
	if diff := cmp.Diff([]calendar.Date{today, today.AddDays(3)}, got.Holidays, cmp.Comparer(calendar.Date.Equal)); diff != "" {
		t.Error(diff)
	}
}

// A list of minimums is the whole of them; what it leaves out has none.
func TestFill_TakesTheMinimumsThatAreGiven(t *testing.T) {
	given := []money.Amount{{Minor: 10_000, Currency: "JPY"}, {Minor: 0, Currency: "GBP"}}
	got := code.Defaults().Fill(code.Numbers{MinimumPayouts: given})
	want := []money.Amount{{Minor: 0, Currency: "GBP"}, {Minor: 10_000, Currency: "JPY"}}
	if diff := cmp.Diff(want, got.MinimumPayouts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(code.Defaults().MinimumPayouts, code.Defaults().Fill(code.Numbers{}).MinimumPayouts); diff != "" {
		t.Error(diff)
	}
}

// What was written down before a number existed is read with its default.
func TestPolicy_ReadsAnOlderOneWithTheDefaultsOfToday(t *testing.T) {
	var got code.Policy
	err := json.Unmarshal([]byte(`{"renewal_open_days": 1, "renewal_grace_days": 2, "renewal_lapsed_days": 3,
		"cap_bps": 4, "cap_months": 5, "inactive_days": 6, "reward_bps": 0}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := code.Defaults()
	want.RenewalOpenDays, want.RenewalGraceDays, want.RenewalLapsedDays = 1, 2, 3
	want.CapBps, want.CapMonths, want.InactiveDays, want.RewardBps = 4, 5, 6, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrite_NamesTheFieldAtFault(t *testing.T) {
	tests := []struct {
		field  string
		want   error
		change func(*code.Version)
	}{
		{"code_version.display_name", code.ErrInvalid, func(v *code.Version) { v.DisplayName = "" }},
		{"code_version.effective_date", code.ErrInvalid, func(v *code.Version) { v.Effective = calendar.Date{} }},
		{"code_version.renewal_open_days", code.ErrInvalid, func(v *code.Version) { v.Policy.RenewalOpenDays = 366 }},
		{"code_version.cap_months", code.ErrInvalid, func(v *code.Version) { v.Policy.CapMonths = -1 }},
		{"code_version.consent_days", code.ErrInvalid, func(v *code.Version) { v.Policy.ConsentDays = 0 }},
		{"code_version.consent_mails", code.ErrInvalid, func(v *code.Version) { v.Policy.ConsentMails = 101 }},
		{"code_version.appeal_days", code.ErrInvalid, func(v *code.Version) { v.Policy.AppealDays = 366 }},
		{"code_version.new_business_months", code.ErrInvalid, func(v *code.Version) { v.Policy.NewBusinessMonths = 61 }},
		{"code_version.registration_days", code.ErrInvalid, func(v *code.Version) { v.Policy.RegistrationDays = 0 }},
		{"code_version.merger_revert_days", code.ErrInvalid, func(v *code.Version) { v.Policy.MergerRevertDays = -1 }},
		{"code_version.payout_cooling_days", code.ErrInvalid, func(v *code.Version) { v.Policy.PayoutCoolingDays = 366 }},
		{"code_version.payout_hold_days", code.ErrInvalid, func(v *code.Version) { v.Policy.PayoutHoldDays = 366 }},
		{"code_version.overdue_days", code.ErrInvalid, func(v *code.Version) { v.Policy.OverdueDays = 0 }},
		{"code_version.dispute_days", code.ErrInvalid, func(v *code.Version) { v.Policy.DisputeDays = -1 }},
		{"code_version.minimum_payouts", money.ErrNegative, func(v *code.Version) { v.Policy.MinimumPayouts[1].Minor = -1 }},
		{"code_version.minimum_payouts", code.ErrInvalid, func(v *code.Version) { v.Policy.MinimumPayouts[1].Currency = "EUR" }},
		{"code_version.cap_bps", money.ErrBpsOutOfRange, func(v *code.Version) { v.Policy.CapBps = 10_001 }},
		{"code_version.reward_bps", money.ErrBpsOutOfRange, func(v *code.Version) { v.Policy.RewardBps = -1 }},
	}
	for _, tt := range tests {
		v := code.Version{DisplayName: "spring", Effective: today, Policy: code.Defaults()}
		tt.change(&v)
		_, err := code.Write(v, noon)
		if refusal, _ := fault.Of(err); !errors.Is(err, tt.want) || refusal.Field != tt.field {
			t.Errorf("got %v, want %v on %s", err, tt.want, tt.field)
		}
	}
}

func TestApprove_TakesTwoPeople(t *testing.T) {
	proposed, err := draft(t, today.AddDays(1)).Propose(by("ann"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proposed.Approve(by("ann")); !errors.Is(err, code.ErrSameDecider) {
		t.Errorf("by the same person: %v", err)
	}
	approved, err := proposed.Approve(by("bob"))
	if err != nil {
		t.Fatal(err)
	}
	if approved.State != code.Approved || approved.Proposer != "ann" || approved.Approver != "bob" || approved.Revision != 3 {
		t.Errorf("got %+v", approved)
	}
}

func TestPropose_AndApproveKeepTheirOrder(t *testing.T) {
	fresh := draft(t, today.AddDays(1))
	proposed, _ := fresh.Propose(by("ann"))
	approved, _ := proposed.Approve(by("bob"))
	tests := []struct {
		name string
		err  func() error
		want error
	}{
		{"propose what is proposed", func() error { _, err := proposed.Propose(by("cid")); return err }, code.ErrImmutable},
		{"propose what is approved", func() error { _, err := approved.Propose(by("cid")); return err }, code.ErrImmutable},
		{"approve a draft", func() error { _, err := fresh.Approve(by("cid")); return err }, code.ErrStateInvalid},
		{"approve what is approved", func() error { _, err := approved.Approve(by("cid")); return err }, code.ErrStateInvalid},
	}
	for _, tt := range tests {
		if err := tt.err(); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestDecide_RefusesADateThatHasCome(t *testing.T) {
	tests := []struct {
		name      string
		effective calendar.Date
		first     bool
		want      error
	}{
		{"tomorrow", today.AddDays(1), false, nil},
		{"today", today, false, code.ErrTooEarly},
		{"long ago", today.AddDays(-900), false, code.ErrTooEarly},
		{"the first version, long ago", today.AddDays(-900), true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := by("ann")
			first.First = tt.first
			proposed, err := draft(t, tt.effective).Propose(first)
			if !errors.Is(err, tt.want) {
				t.Fatalf("propose: got %v, want %v", err, tt.want)
			}
			proposed.State, proposed.Proposer = code.Proposed, "ann"
			proposed.Effective = tt.effective
			second := by("bob")
			second.First = tt.first
			if _, err := proposed.Approve(second); !errors.Is(err, tt.want) {
				t.Errorf("approve: got %v, want %v", err, tt.want)
			}
		})
	}
}
