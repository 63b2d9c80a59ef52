package money

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of written amounts.
var (
	ErrInvalid    = fault.New("AMOUNT_INVALID", "the amount is not a decimal number")
	ErrTooPrecise = fault.New("AMOUNT_TOO_PRECISE", "the amount has more decimal digits than the currency")
)

// Parse reads an amount such as ("GBP", "4800.00"): digits with an optional
// leading minus and an optional point. Fewer decimal digits than the currency
// has are accepted; more are refused with ErrTooPrecise, even if they are
// zeros, because the writer may mean another currency. Other refusals are
// ErrCurrencyUnsupported, ErrInvalid and ErrOutOfRange.
func Parse(code, decimal string) (Amount, error) {
	c, err := ParseCurrency(code)
	if err != nil {
		return Amount{}, err
	}
	unsigned, negative := strings.CutPrefix(decimal, "-")
	whole, part, pointed := strings.Cut(unsigned, ".")
	if !isDigits(whole) || pointed && !isDigits(part) {
		return Amount{}, invalid(c, decimal)
	}
	if len(part) > c.Digits() {
		return Amount{}, tooPrecise(c, decimal)
	}
	minor := int64(0)
	for _, digits := range [...]string{whole, part, "0000"[:c.Digits()-len(part)]} {
		var ok bool
		if minor, ok = shiftIn(minor, digits); !ok {
			return Amount{}, outOfRange(c)
		}
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// shiftIn appends decimal digits to n. It is false beyond MaxMinor.
func shiftIn(n int64, digits string) (int64, bool) {
	for i := range len(digits) {
		if n = n*10 + int64(digits[i]-'0'); n > MaxMinor {
			return 0, false
		}
	}
	return n, true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func invalid(c Currency, decimal string) error {
	example := Amount{Minor: 4800 * int64(power[c.Digits()]), Currency: c}.Decimal()
	return ErrInvalid.Because(
		fmt.Sprintf("%.32q is not an amount in %s; write digits with a point, such as %q", decimal, c, example), "currency", string(c))
}

func tooPrecise(c Currency, decimal string) error {
	return ErrTooPrecise.Because(
		fmt.Sprintf("%.32q has too many decimal digits; %s has %d", decimal, c, c.Digits()),
		"currency", string(c), "digits", fmt.Sprint(c.Digits()))
}
