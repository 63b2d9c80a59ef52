package margin_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestCalculate_RefusesEveryWrongFactByItsField(t *testing.T) {
	for _, c := range []struct {
		field  string
		want   error
		change func(*margin.Sale)
	}{
		{"seats", margin.ErrSeatsNotPositive, func(s *margin.Sale) { s.Seats = 0 }},
		{"seats", money.ErrOutOfRange, func(s *margin.Sale) { s.Seats = 1 << 60 }},
		{"unit_price", money.ErrNegative, func(s *margin.Sale) { s.UnitPrice = pounds(-1) }},
		{"unit_price", money.ErrMismatch, func(s *margin.Sale) { s.UnitPrice.Currency = "JPY" }},
		{"unit_price", money.ErrCurrencyUnsupported, func(s *margin.Sale) {
			s.UnitPrice.Currency, s.OldUnitPrice.Currency = "XAU", "XAU"
		}},
		{"uplift_bps", margin.ErrUpliftOutOfRange, func(s *margin.Sale) { s.Uplift = 10_001 }},
		{"term_months", calendar.ErrTermUnsupported, func(s *margin.Sale) { s.Months = 18 }},
		{"start_date", calendar.ErrDateInvalid, func(s *margin.Sale) { s.Start = s.Start.AddDays(1) }},
		{"billing", margin.ErrUnknownValue, func(s *margin.Sale) { s.Billing = "WEEKLY" }},
		{"settlement_mode", margin.ErrUnknownValue, func(s *margin.Sale) { s.Mode = "" }},
		{"margin_bps", money.ErrBpsOutOfRange, func(s *margin.Sale) { s.Rate.Locked = -1 }},
		{"cap_bps", money.ErrBpsOutOfRange, func(s *margin.Sale) { s.Rate.Cap = &margin.Cap{Rate: 10_001} }},
		{"net", money.ErrOutOfRange, func(s *margin.Sale) { s.Net = pounds(money.MaxMinor + 1) }},
	} {
		sale := renewedSale()
		c.change(&sale)
		_, err := margin.Calculate(sale)
		if refusal, ok := fault.Of(err); !ok || !errors.Is(err, c.want) || refusal.Field != c.field {
			t.Errorf("%s: %v, want %v", c.field, err, c.want)
		}
	}
}

func TestCalculate_EarnsNothingOnWhatIsFree(t *testing.T) {
	sale := renewedSale()
	sale.UnitPrice, sale.Billing = pounds(0), margin.Monthly
	c, err := margin.Calculate(sale)
	if err != nil || !c.Margin.IsZero() || len(c.Instalments) != 12 || !c.Instalments[11].Margin.IsZero() {
		t.Errorf("Calculate = %v, %d instalments, %v", c.Margin, len(c.Instalments), err)
	}
}

func TestCalculate_HasNoDatesWithoutAContract(t *testing.T) {
	sale := margin.Sale{Net: pounds(100_000), Start: begun, Months: 12, Billing: margin.Monthly, Mode: margin.Resale, Rate: margin.Rate{Locked: 2000}}
	c, err := margin.Calculate(sale)
	if err != nil || !c.Term.Empty() || !c.Instalments[11].Start.IsZero() || c.Margin != pounds(20_000) {
		t.Errorf("Calculate = %+v, %v", c, err)
	}
}

func TestCalculate_TellsACappedPartnerNothingOfOthers(t *testing.T) {
	sale := renewedSale()
	sale.Rate.Cap = &margin.Cap{Rate: 500, Until: sale.Start.AddMonths(12), AppealBy: sale.Start.AddDays(30), CodeVersionID: "cod_1"}
	c, err := margin.Calculate(sale)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range c.Steps {
		if step.Rule != margin.RuleCap {
			continue
		}
		want := "The rate is capped at 5 % for terms that start before 2027-04-01, because the customer moved inside its protected window" +
			" and no exemption is on record; you may appeal once, until 2026-05-01, and another person decides."
		if step.Sentence != want || step.Clause != margin.EthicalEcosystem || step.PolicyVersion != "cod_1" ||
			*step.RateBefore != 2000 || *step.RateAfter != 500 || step.AmountBefore != pounds(504_000) || step.AmountAfter != pounds(126_000) {
			t.Errorf("step %+v", step)
		}
		return
	}
	t.Error("no step explains the cap")
}
