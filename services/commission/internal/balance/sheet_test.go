package balance_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/balance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func TestSheet_KeepsTheBalanceOfEveryDay(t *testing.T) {
	var s balance.Sheet
	s.Add(
		balance.Change{Account: ledger.Payable, On: calendar.On(2026, time.February, 2), Minor: -20},
		balance.Change{Account: ledger.Payable, On: calendar.On(2026, time.January, 30), Minor: 100})
	january := make([]int64, 31)
	january[29], january[30] = 100, 100
	february := make([]int64, 28)
	february[0] = 100
	for i := 1; i < 28; i++ {
		february[i] = 80
	}
	want := []balance.Month{
		{Account: ledger.Payable, First: calendar.On(2026, time.January, 1), Days: january},
		{Account: ledger.Payable, First: calendar.On(2026, time.February, 1), Days: february},
	}
	if diff := cmp.Diff(want, s.Months()); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}
}

func TestSheet_ForgetsWhatCancelsOut(t *testing.T) {
	var s balance.Sheet
	s.Add(balance.Change{Account: ledger.Held, On: calendar.On(2026, time.May, 1), Minor: 7})
	s.Add(balance.Change{Account: ledger.Held, On: calendar.On(2026, time.May, 1), Minor: -7})
	if months := s.Months(); months != nil {
		t.Errorf("%v, want none", months)
	}
}

// TestSheet_IsTheSameHoweverOftenItWasKept: adding to what was kept is adding to
// what it was made of.
func TestSheet_IsTheSameHoweverOftenItWasKept(t *testing.T) {
	change := rapid.Custom(func(t *rapid.T) balance.Change {
		return balance.Change{
			Account: rapid.SampledFrom(ledger.Accounts()).Draw(t, "account"),
			On:      calendar.On(2024, time.January, 1).AddDays(rapid.IntRange(0, 800).Draw(t, "day")),
			Minor:   rapid.Int64Range(-5, 5).Draw(t, "minor"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		var whole, kept balance.Sheet
		for _, part := range rapid.SliceOfN(rapid.SliceOf(change), 1, 4).Draw(t, "changes") {
			whole.Add(part...)
			kept = balance.Open(kept.Months())
			kept.Add(part...)
		}
		if diff := cmp.Diff(whole.Months(), kept.Months()); diff != "" {
			t.Errorf("months (-whole +kept):\n%s", diff)
		}
	})
}
