package money

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of amounts.
var (
	ErrOutOfRange = fault.New("AMOUNT_OUT_OF_RANGE", "the amount is beyond 10^15 minor units")
	ErrMismatch   = fault.New("CURRENCY_MISMATCH", "the amounts are in different currencies")
	ErrNegative   = fault.New("AMOUNT_NEGATIVE", "the amount is negative")
)

// MaxMinor is the largest amount either side of zero, in minor units.
const MaxMinor = 1_000_000_000_000_000

// Amount is a sum of money: a whole number of minor units of one currency.
// The zero value is no amount; a sum of nothing still has a currency.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// New returns the amount of minor units, or ErrCurrencyUnsupported or
// ErrOutOfRange.
func New(minor int64, c Currency) (Amount, error) {
	if c.Digits() == 0 { // zero also for a value that is no currency
		if _, err := ParseCurrency(string(c)); err != nil {
			return Amount{}, err
		}
	}
	return inRange(minor, c)
}

func inRange(minor int64, c Currency) (Amount, error) {
	if minor > MaxMinor || minor < -MaxMinor {
		return Amount{}, outOfRange(c)
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func outOfRange(c Currency) error {
	most := Amount{Minor: MaxMinor, Currency: c}.Decimal()
	return ErrOutOfRange.Because(
		fmt.Sprintf("the amount is out of range; it must lie between -%s and %s %s", most, most, c), "max", most, "currency", string(c))
}

// Add returns a + b, or ErrMismatch or ErrOutOfRange.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := a.same(b); err != nil {
		return Amount{}, err
	}
	return inRange(a.Minor+b.Minor, a.Currency)
}

// Sub returns a − b, or ErrMismatch or ErrOutOfRange.
func (a Amount) Sub(b Amount) (Amount, error) {
	return a.Add(b.Neg())
}

// Neg returns −a.
func (a Amount) Neg() Amount {
	return Amount{Minor: -a.Minor, Currency: a.Currency}
}

// Cmp returns −1, 0 or 1 as a is less than, equal to or greater than b, or
// ErrMismatch.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := a.same(b); err != nil {
		return 0, err
	}
	return Amount{Minor: a.Minor - b.Minor}.Sign(), nil
}

func (a Amount) same(b Amount) error {
	if a.Currency == b.Currency {
		return nil
	}
	return ErrMismatch.Because(fmt.Sprintf("one amount is in %s and the other in %s; both must be in one currency", a.Currency, b.Currency),
		"currency", string(a.Currency), "other_currency", string(b.Currency))
}

// IsZero reports whether the amount is zero, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Sign returns −1, 0 or 1 as a is negative, zero or positive.
func (a Amount) Sign() int {
	switch {
	case a.Minor < 0:
		return -1
	case a.Minor > 0:
		return 1
	}
	return 0
}

// String gives amount and currency: "4800.00 GBP".
func (a Amount) String() string {
	return string(append(append(a.AppendDecimal(make([]byte, 0, 24)), ' '), a.Currency...))
}

// Decimal gives the amount with exactly the currency's digits: "4800.00" in
// GBP, "1005" in JPY.
func (a Amount) Decimal() string {
	var buf [24]byte
	return string(a.AppendDecimal(buf[:0]))
}

// AppendDecimal appends what Decimal gives to b.
func (a Amount) AppendDecimal(b []byte) []byte {
	minor := uint64(a.Minor)
	if a.Minor < 0 {
		b, minor = append(b, '-'), -minor
	}
	digits := a.Currency.Digits()
	whole, part := minor/power[digits], minor%power[digits]
	b = strconv.AppendUint(b, whole, 10)
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	for d := digits - 1; d > 0 && part < power[d]; d-- {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, part, 10)
}

// power holds the powers of ten up to the digits of any currency.
var power = [...]uint64{1, 10, 100, 1_000, 10_000}
