package money

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrCurrencyUnsupported is returned for a code that ISO 4217 does not know,
// or knows without a minor unit (gold, special drawing rights).
var ErrCurrencyUnsupported = fault.New("CURRENCY_UNSUPPORTED", "the currency is not an ISO 4217 currency with a minor unit")

// Currency is the alphabetic code of an ISO 4217 currency with a minor unit.
// Make one with ParseCurrency; the zero value is no currency.
type Currency string

// iso4217 has a line for each code: the code, its decimal digits ("-" where it
// has no minor unit) and its name. Codes withdrawn since 2024 are kept, because
// contracts of up to three years were made in them.
//
//go:embed iso4217.csv
var iso4217 string

const noMinorUnit = -1

type unit struct {
	digits int
	name   string
}

var units = readUnits(iso4217)

func readUnits(table string) map[Currency]unit {
	known := make(map[Currency]unit, 192)
	for line := range strings.Lines(table) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), ",")
		digits, name, _ := strings.Cut(rest, ",")
		u := unit{digits: noMinorUnit, name: name}
		if digits != "-" {
			u.digits = int(digits[0] - '0')
		}
		known[Currency(code)] = u
	}
	return known
}

// ParseCurrency returns the currency with this code, which must be in upper
// case, or ErrCurrencyUnsupported.
func ParseCurrency(code string) (Currency, error) {
	u, known := units[Currency(code)]
	switch {
	case known && u.digits != noMinorUnit:
		return Currency(code), nil
	case known:
		return "", ErrCurrencyUnsupported.Because(fmt.Sprintf(
			"%s (%s) has no minor unit, so nothing can be priced in it; use a currency with one, such as USD", code, u.name), "currency", code)
	}
	if upper := Currency(strings.ToUpper(code)); units[upper].name != "" {
		return "", ErrCurrencyUnsupported.Because(fmt.Sprintf("%q is not a currency code; write %s", code, upper), "currency", code)
	}
	return "", ErrCurrencyUnsupported.Because(fmt.Sprintf(
		"%.16q is not a currency code; use the three capital letters of ISO 4217, such as GBP", code), "currency", fmt.Sprintf("%.16s", code))
}

// Digits is the number of decimal digits of the minor unit: 2 for GBP, 0 for
// JPY, 3 for KWD. It is 0 for a value that ParseCurrency did not return.
func (c Currency) Digits() int {
	switch c {
	case "USD", "GBP", "EUR": // most of the book, without a look-up
		return 2
	}
	return max(units[c].digits, 0)
}
