package margin_test

import (
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestRequote_ChangesTheMarginAndNothingElse(t *testing.T) {
	start := calendar.On(2026, 4, 1)
	sale := margin.Sale{
		OldSeats: 200, Seats: 200, OldUnitPrice: money.Amount{Minor: 12000, Currency: "GBP"}, UnitPrice: money.Amount{Minor: 12000, Currency: "GBP"},
		Anchor: start, Start: start, Months: 12, Billing: margin.Prepaid, Mode: margin.Resale,
		Rate: margin.Rate{Locked: 2000, LockedOn: start},
	}
	quoted, err := margin.Calculate(sale)
	if err != nil {
		t.Fatal(err)
	}
	sale.Rate.Cap = &margin.Cap{Rate: 500, Until: start.AddMonths(12)}
	capped, err := margin.Requote(sale, quoted)
	if err != nil {
		t.Fatal(err)
	}
	last := capped.Steps[len(capped.Steps)-1]
	if capped.Net != quoted.Net || capped.Margin.Decimal() != "1200.00" || last.Rule != margin.RuleQuote || last.Number != len(capped.Steps) ||
		!strings.Contains(last.Sentence, "a cap has come into force since it was made, and the margin is 1,200.00 GBP instead of 4,800.00 GBP") {
		t.Errorf("net %s, margin %s, %d. %s: %s", capped.Net, capped.Margin, last.Number, last.Rule, last.Sentence)
	}
	sale.Rate.Cap = nil
	lifted, err := margin.Requote(sale, capped)
	if err != nil {
		t.Fatal(err)
	}
	last = lifted.Steps[len(lifted.Steps)-1]
	if lifted.Margin != quoted.Margin || lifted.Fingerprint != quoted.Fingerprint || !strings.Contains(last.Sentence, "a cap has been lifted") {
		t.Errorf("margin %s: %s", lifted.Margin, last.Sentence)
	}
}
