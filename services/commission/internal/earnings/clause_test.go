package earnings_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
)

func TestClause_NamesWhatAnEntryRestsOn(t *testing.T) {
	for _, c := range []struct {
		kind  ledger.Kind
		cause string
		of    earnings.Kind
		want  string
	}{
		{ledger.Accrual, "invoice:I-1", earnings.Margin, "predictable-revenue"},
		{ledger.Maturity, "payment:P-1", earnings.Margin, "predictable-revenue"},
		{ledger.Unwinding, "payment_reversal:R-1", earnings.Reward, "new-business-rewarded"},
		{ledger.Accrual, "case:cas_1", earnings.Adjustment, "ethical-ecosystem"},
		{ledger.Hold, "case:cas_1", earnings.Margin, "ethical-ecosystem"},
		{ledger.Forfeit, "case:cas_1", earnings.Reward, "ethical-ecosystem"},
		{ledger.Clawback, "credit_note:C-1", earnings.Reward, "reliability-and-simplicity"},
		{ledger.Clawback, "overdue:I-1", earnings.Margin, "reliability-and-simplicity"},
		{ledger.Clawback, "transfer:trf_1", earnings.Margin, "ethical-ecosystem"},
		{ledger.Adjustment, "adjustment:by-hand", "", ""},
		{ledger.Payout, "payout:pay_1", "", ""},
	} {
		if got := earnings.Clause(c.kind, c.cause, c.of); got != c.want {
			t.Errorf("%s after %s of a %s: %q, want %q", c.kind, c.cause, c.of, got, c.want)
		}
	}
}
