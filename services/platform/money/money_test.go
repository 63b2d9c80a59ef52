package money_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func gbp(t testing.TB, decimal string) money.Amount {
	t.Helper()
	a, err := money.Parse("GBP", decimal)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestParse_ReadsEveryFormThatIsWritten(t *testing.T) {
	for _, c := range []struct {
		code, decimal string
		minor         int64
		canonical     string
	}{
		{"GBP", "4800", 480000, "4800.00"},
		{"GBP", "4800.5", 480050, "4800.50"},
		{"GBP", "-0.07", -7, "-0.07"},
		{"GBP", "-0", 0, "0.00"},
		{"GBP", "00012.30", 1230, "12.30"},
		{"JPY", "1005", 1005, "1005"},
		{"KWD", "0.001", 1, "0.001"},
		{"CLF", "1.0203", 10203, "1.0203"},
		{"USD", "10000000000000", money.MaxMinor, "10000000000000.00"},
	} {
		got, err := money.Parse(c.code, c.decimal)
		if err != nil || got.Minor != c.minor || got.Decimal() != c.canonical {
			t.Errorf("Parse(%s, %q) = %+v, %v; want %d, %q", c.code, c.decimal, got, err, c.minor, c.canonical)
		}
	}
}

func TestParse_RefusesWhatIsNotADecimal(t *testing.T) {
	for _, decimal := range []string{"", "-", ".", "1.", ".5", "+1", "--1", "1-", "1,000", "1e3", "0x1", " 1", "1 ", "NaN", "1.2.3", "١"} {
		if got, err := money.Parse("GBP", decimal); !errors.Is(err, money.ErrInvalid) {
			t.Errorf("Parse(GBP, %q) = %v, %v; want AMOUNT_INVALID", decimal, got, err)
		}
	}
	long := strings.Repeat("9", 100_000)
	if _, err := money.Parse("GBP", long); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("Parse of 100,000 nines = %v; want AMOUNT_OUT_OF_RANGE", err)
	}
}

func TestRefusals_SayWhatWouldBeRight(t *testing.T) {
	parse := func(code, decimal string) error { _, err := money.Parse(code, decimal); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{parse("XAU", "1"), "XAU (Gold) has no minor unit, so nothing can be priced in it; use a currency with one, such as USD"},
		{parse("gbp", "1"), `"gbp" is not a currency code; write GBP`},
		{parse("pounds sterling of the realm", "1"), `"pounds sterling " is not a currency code; use the three capital letters of ISO 4217, such as GBP`},
		{parse("JPY", "1005.0"), `"1005.0" has too many decimal digits; JPY has 0`},
		{parse("GBP", "4,800"), `"4,800" is not an amount in GBP; write digits with a point, such as "4800.00"`},
		{parse("GBP", "99999999999999"), "the amount is out of range; it must lie between -10000000000000.00 and 10000000000000.00 GBP"},
		{money.CheckBps(20000), "the rate is 20000 basis points; it must lie between 0 and 10000 (2000 is 20 %)"},
	} {
		refusal, ok := fault.Of(c.err)
		if !ok || refusal.Message != c.want {
			t.Errorf("message %v\n   want %s", c.err, c.want)
		}
	}
}

func TestNew_RefusesWhatCannotBeAnAmount(t *testing.T) {
	for _, c := range []struct {
		minor int64
		code  money.Currency
		want  error
	}{
		{1, "", money.ErrCurrencyUnsupported},
		{1, "XDR", money.ErrCurrencyUnsupported},
		{money.MaxMinor + 1, "JPY", money.ErrOutOfRange},
		{-money.MaxMinor - 1, "GBP", money.ErrOutOfRange},
		{money.MaxMinor, "JPY", nil},
		{-money.MaxMinor, "GBP", nil},
	} {
		if _, err := money.New(c.minor, c.code); !errors.Is(err, c.want) {
			t.Errorf("New(%d, %q) = %v, want %v", c.minor, c.code, err, c.want)
		}
	}
}

func TestArithmetic_StaysInOneCurrencyAndInRange(t *testing.T) {
	a, b := gbp(t, "10.00"), gbp(t, "2.50")
	sum, _ := a.Add(b)
	difference, _ := b.Sub(a)
	order, _ := b.Cmp(a)
	if sum != gbp(t, "12.50") || difference != gbp(t, "-7.50") || order != -1 || difference.Sign() != -1 || difference.Neg() != gbp(t, "7.50") {
		t.Errorf("sum %v, difference %v, order %d", sum, difference, order)
	}
	yen := money.Amount{Minor: 1, Currency: "JPY"}
	if _, err := a.Add(yen); !errors.Is(err, money.ErrMismatch) {
		t.Errorf("GBP + JPY = %v", err)
	}
	if _, err := a.Sub(yen); !errors.Is(err, money.ErrMismatch) {
		t.Errorf("GBP - JPY = %v", err)
	}
	if _, err := a.Cmp(yen); !errors.Is(err, money.ErrMismatch) {
		t.Errorf("Cmp GBP JPY = %v", err)
	}
	most := money.Amount{Minor: money.MaxMinor, Currency: "GBP"}
	if _, err := most.Add(gbp(t, "0.01")); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("most + 0.01 = %v", err)
	}
	if _, err := most.MulDiv(2, 1); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("most × 2 = %v", err)
	}
	if got, err := most.MulDiv(1<<62, 1<<62); err != nil || got != most {
		t.Errorf("most × 2^62 ÷ 2^62 = %v, %v", got, err)
	}
}

func TestAllocate_RefusesWeightsThatDivideNothing(t *testing.T) {
	for _, weights := range [][]int64{nil, {0, 0}, {1, -1}} {
		if _, err := money.Allocate(gbp(t, "1"), weights); !errors.Is(err, money.ErrInvalid) {
			t.Errorf("Allocate by %v = %v, want AMOUNT_INVALID", weights, err)
		}
	}
	if _, err := money.Allocate(gbp(t, "1"), []int64{1 << 62, 1 << 62}); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("Allocate by 2^62 twice = %v, want AMOUNT_OUT_OF_RANGE", err)
	}
}

func TestAmount_IsJSONOfMinorUnits(t *testing.T) {
	text, err := json.Marshal(gbp(t, "4800"))
	if err != nil || string(text) != `{"minor":480000,"currency":"GBP"}` {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	var back money.Amount
	if err := json.Unmarshal(text, &back); err != nil || back != gbp(t, "4800") {
		t.Errorf("Unmarshal = %v, %v", back, err)
	}
}

func TestPercent_ReadsAsPeopleWriteIt(t *testing.T) {
	got := map[money.Bps]string{}
	for _, b := range []money.Bps{0, 5, 50, 500, 1750, 2000, 1234, 10000} {
		got[b] = b.Percent()
	}
	want := map[money.Bps]string{0: "0", 5: "0.05", 50: "0.5", 500: "5", 1750: "17.5", 2000: "20", 1234: "12.34", 10000: "100"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Percent (-want +got):\n%s", diff)
	}
}
