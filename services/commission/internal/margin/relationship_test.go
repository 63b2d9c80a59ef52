package margin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	begun   = calendar.On(2025, time.April, 1)
	running = calendar.Term{Start: begun, End: begun.AddMonths(12)}
	next    = calendar.Term{Start: running.End, End: running.End.AddMonths(12)}
)

func locked() margin.Relationship {
	return margin.Relationship{
		ID: "rel_42", SubscriptionID: "sub_42", PartnerID: "softcat", Mode: margin.Resale, From: begun,
		Lock: margin.Lock{Rate: 2000, On: begun, RateCardID: "rat_1"},
	}
}

func raised(t *testing.T, r margin.Relationship, to money.Bps, during calendar.Term) margin.Relationship {
	t.Helper()
	r, err := r.ProposeRaise(to, "usr_1", during)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.ApproveRaise("usr_2", during); err != nil {
		t.Fatal(err)
	}
	return r
}

func effective(t *testing.T, r margin.Relationship, on calendar.Date) money.Bps {
	t.Helper()
	rate, err := r.RateOn(on)
	if err != nil {
		t.Fatal(err)
	}
	return rate.Effective(on)
}

func TestRaise_HoldsFromTheNextTermOn(t *testing.T) {
	r := raised(t, locked(), 2200, running)
	got := []money.Bps{effective(t, r, running.Start), effective(t, r, next.Start), effective(t, r, next.End)}
	if diff := cmp.Diff([]money.Bps{2000, 2200, 2200}, got); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}
	again := raised(t, r, 2500, next)
	got = []money.Bps{effective(t, again, running.Start), effective(t, again, next.Start), effective(t, again, next.End)}
	if diff := cmp.Diff([]money.Bps{2000, 2200, 2500}, got); diff != "" {
		t.Errorf("rates after a second raise (-want +got):\n%s", diff)
	}
}

func TestRaise_WaitsForAnotherPerson(t *testing.T) {
	r, err := locked().ProposeRaise(2200, "usr_1", running)
	if err != nil {
		t.Fatal(err)
	}
	if got := effective(t, r, next.Start); got != 2000 {
		t.Errorf("a proposal is effective at %d", got)
	}
	if _, err := r.ApproveRaise("usr_1", running); !errors.Is(err, margin.ErrSameDecider) {
		t.Errorf("approval by the proposer = %v", err)
	}
	if _, err := locked().ApproveRaise("usr_2", running); !errors.Is(err, margin.ErrNoProposal) {
		t.Errorf("approval of nothing = %v", err)
	}
	r, err = r.ProposeRaise(2300, "usr_1", running)
	if err != nil || len(r.Raises) != 1 {
		t.Errorf("a second proposal = %+v, %v; want it in place of the first", r.Raises, err)
	}
	late, err := r.ApproveRaise("usr_2", next)
	if err != nil || effective(t, late, next.Start) != 2000 || effective(t, late, next.End) != 2300 {
		t.Errorf("approved a term later = %+v, %v; want it from %s", late.Raises, err, next.End)
	}
}

func TestRaise_IsRefusedWithTheLockAndWhatWouldBeRight(t *testing.T) {
	ending := locked()
	ending.Until = running.End
	for _, c := range []struct {
		name string
		from margin.Relationship
		to   money.Bps
		want string
	}{
		{"lower", locked(), 1900, "margin for relationship rel_42 is locked at 2000 bps since 2025-04-01: 1900 bps is not higher, and a margin is never lowered"},
		{"equal", locked(), 2000, "margin for relationship rel_42 is locked at 2000 bps since 2025-04-01: 2000 bps is not higher, and a margin is never lowered"},
		{"twice a term", raised(t, locked(), 2200, running), 2500,
			"margin for relationship rel_42 is locked at 2200 bps since 2025-04-01: it was raised to 2200 bps in this term already; the next raise can be proposed from 2026-04-01"},
		{"ending", ending, 2200, "margin for relationship rel_42 is locked at 2000 bps since 2025-04-01: the relationship ends on 2026-04-01, so it has no later term to raise"},
	} {
		_, err := c.from.ProposeRaise(c.to, "usr_1", running)
		if refusal, ok := fault.Of(err); !ok || !errors.Is(err, margin.ErrLocked) || refusal.Message != c.want {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := locked().ProposeRaise(10_001, "usr_1", running); !errors.Is(err, money.ErrBpsOutOfRange) {
		t.Errorf("10001 = %v", err)
	}
	if _, err := (margin.Relationship{ID: "rel_1"}).ProposeRaise(2000, "usr_1", running); !errors.Is(err, margin.ErrLockMissing) {
		t.Errorf("without a lock = %v", err)
	}
}

func TestRaise_DoesNotLiftACap(t *testing.T) {
	r := locked()
	r.Cap = &margin.Cap{Rate: 500, Until: next.End}
	r = raised(t, r, 2200, running)
	got := []money.Bps{effective(t, r, running.Start), effective(t, r, next.Start), effective(t, r, next.End)}
	if diff := cmp.Diff([]money.Bps{500, 500, 2200}, got); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}
}

func TestCap_WithoutAnEndStaysLive(t *testing.T) {
	open := &margin.Cap{Rate: 500}
	if !open.Live(begun.AddMonths(1200)) || (*margin.Cap)(nil).Live(begun) {
		t.Error("an open cap ends, or no cap is live")
	}
}

func TestLock_IsNeverReplaced(t *testing.T) {
	imported := margin.Relationship{ID: "rel_7", SubscriptionID: "sub_7", From: begun}
	if _, err := imported.RateOn(begun); !errors.Is(err, margin.ErrLockMissing) {
		t.Errorf("without a lock RateOn = %v", err)
	}
	agreed := margin.Lock{Rate: 1800, On: begun}
	r, err := imported.WithLock(agreed)
	if err != nil || effective(t, r, next.Start) != 1800 {
		t.Fatalf("WithLock = %+v, %v", r, err)
	}
	if same, err := r.WithLock(agreed); err != nil || same.Lock != agreed {
		t.Errorf("the same lock again = %v", err)
	}
	if _, err := r.WithLock(margin.Lock{Rate: 1900, On: begun}); !errors.Is(err, margin.ErrExists) {
		t.Errorf("another lock = %v", err)
	}
	if _, err := imported.WithLock(margin.Lock{Rate: -1, On: begun}); !errors.Is(err, money.ErrBpsOutOfRange) {
		t.Errorf("a lock of -1 = %v", err)
	}
}
