package codes

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestCodePolicy_TakesTheNumbersOfTheVersion(t *testing.T) {
	policy, err := versionOf(&partnerv1.CodeVersion{
		EffectiveDate: "2026-03-02", PayoutHoldDays: new(int32(0)), OverdueDays: new(int32(45)), DisputeDays: new(int32(0)),
		MinimumPayouts: []*typev1.Money{{CurrencyCode: "GBP", Amount: "0.00"}, {CurrencyCode: "JPY", Amount: "7500"}},
	})
	if err != nil || policy.HoldDays != 0 || policy.OverdueDays != 45 || policy.DisputeDays != 0 {
		t.Errorf("got %+v, %v", policy, err)
	}
	want := map[money.Currency]money.Amount{"GBP": {Minor: 0, Currency: "GBP"}, "JPY": {Minor: 7500, Currency: "JPY"}}
	if diff := cmp.Diff(want, policy.MinimumPayouts); diff != "" {
		t.Error(diff)
	}
}

// A partner service of the release before does not know the numbers.
func TestCodePolicy_HasTheDefaultsOfTheContract(t *testing.T) {
	policy, err := versionOf(&partnerv1.CodeVersion{EffectiveDate: "2026-03-02"})
	if err != nil || policy.HoldDays != 30 || policy.OverdueDays != 90 || policy.DisputeDays != 30 {
		t.Errorf("got %+v, %v", policy, err)
	}
	if got := policy.MinimumPayouts["GBP"]; got.String() != "50.00 GBP" || len(policy.MinimumPayouts) != 3 {
		t.Errorf("got %v", policy.MinimumPayouts)
	}
}

func TestCodePolicy_RefusesWhatIsNoDateOrAmount(t *testing.T) {
	for _, v := range []*partnerv1.CodeVersion{
		{EffectiveDate: "soon"},
		{EffectiveDate: "2026-03-02", MinimumPayouts: []*typev1.Money{{CurrencyCode: "GBP", Amount: "a lot"}}},
	} {
		if policy, err := versionOf(v); err == nil {
			t.Errorf("got %+v", policy)
		}
	}
}
