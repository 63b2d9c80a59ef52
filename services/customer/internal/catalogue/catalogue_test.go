package catalogue_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var newYear = calendar.On(2025, time.January, 1)

func price(minSeats int64, from calendar.Date, minor int64) catalogue.Price {
	return catalogue.Price{MinSeats: minSeats, ValidFrom: from, UnitPrice: money.Amount{Minor: minor, Currency: "GBP"}}
}

func TestFind_TakesTheBandAndTheLatestDay(t *testing.T) {
	prices := []catalogue.Price{
		price(1, newYear, 120_00), price(250, newYear, 100_00), price(250, newYear.AddMonths(12), 110_00),
	}
	tests := []struct {
		seats int64
		on    calendar.Date
		want  int64
	}{
		{300, newYear.AddMonths(12).AddDays(-1), 100_00},
		{300, newYear.AddMonths(12), 110_00},
		{250, newYear, 100_00},
		{249, newYear, 120_00},
		{1, newYear.AddMonths(30), 120_00},
	}
	for _, tt := range tests {
		if got, err := catalogue.Find(prices, catalogue.Need{Seats: tt.seats, On: tt.on}); got.UnitPrice.Minor != tt.want || err != nil {
			t.Errorf("%d seats on %s: got %s, %v; want %d", tt.seats, tt.on, got.UnitPrice, err, tt.want)
		}
	}
	for _, n := range []catalogue.Need{{Seats: 300, On: newYear.AddDays(-1)}, {Seats: 0, On: newYear}} {
		if _, err := catalogue.Find(prices, n); !errors.Is(err, catalogue.ErrPriceNotFound) {
			t.Errorf("%+v: got %v, want ErrPriceNotFound", n, err)
		}
	}
}

func TestCheck_RefusesWhatIsNoPrice(t *testing.T) {
	for want, p := range map[error]catalogue.Price{
		money.ErrNegative:             price(1, newYear, -1),
		catalogue.ErrSeatsNotPositive: price(0, newYear, 1),
		calendar.ErrDateInvalid:       price(1, calendar.Date{}, 1),
		catalogue.ErrUpliftOutOfRange: {MinSeats: 1, ValidFrom: newYear, UnitPrice: money.Amount{Minor: 1, Currency: "GBP"}, UpliftBps: 10_001},
	} {
		if err := p.Check(); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for written, want := range map[string]string{"1.2731": "1.27310000", "150": "150.00000000", "0.00000001": "0.00000001", "999999999.99999999": "999999999.99999999"} {
		if got, err := catalogue.ParseRate(written); got.String() != want || err != nil {
			t.Errorf("ParseRate(%q) = %s, %v", written, got, err)
		}
	}
	for _, written := range []string{"", "0", "0.0", "-1", ".5", "1e3", "1.123456789", "1234567890", "1.2.3"} {
		if _, err := catalogue.ParseRate(written); !errors.Is(err, catalogue.ErrFxSetInvalid) {
			t.Errorf("ParseRate(%q) = %v, want a refusal", written, err)
		}
	}
}

func TestLaw_ARateIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := catalogue.Rate(rapid.Int64Range(1, 1e17-1).Draw(t, "rate"))
		if back, err := catalogue.ParseRate(r.String()); back != r || err != nil {
			t.Fatalf("%s is read as %s, %v", r, back, err)
		}
	})
}

func TestFxSetCheck_WantsEachCurrencyOnce(t *testing.T) {
	for _, rates := range [][]catalogue.FxRate{{{"GBP", 1}, {"GBP", 2}}, {{"USD", 1}}} {
		if err := (catalogue.FxSet{ValidFrom: newYear, Base: "USD", Rates: rates}).Check(); !errors.Is(err, catalogue.ErrFxSetInvalid) {
			t.Errorf("%v: got %v", rates, err)
		}
	}
	if err := (catalogue.FxSet{Base: "USD"}).Check(); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("a set without day: %v", err)
	}
	if err := (catalogue.FxSet{ValidFrom: newYear, Base: "USD", Rates: []catalogue.FxRate{{"GBP", 1}, {"EUR", 1}}}).Check(); err != nil {
		t.Error(err)
	}
}
