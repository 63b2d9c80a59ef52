package catalogue

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals about exchange rates.
var (
	ErrFxSetNotFound = fault.New("NOT_FOUND", "there is no such set of exchange rates")
	ErrFxSetTaken    = fault.New("ALREADY_EXISTS", "there is a set of exchange rates from this day on")
	ErrFxSetInvalid  = fault.New("REQUEST_INVALID", "the set of exchange rates is not right")
)

// FxSet is a set of exchange rates into one currency, in force from a day on.
type FxSet struct {
	ID         string         `json:"id"`
	ValidFrom  calendar.Date  `json:"valid_from"`
	Base       money.Currency `json:"base"`
	Rates      []FxRate       `json:"rates"`
	CreateTime time.Time      `json:"create_time"`
}

// FxRate tells how many units of the base currency one unit buys.
type FxRate struct {
	Currency money.Currency `json:"currency"`
	Rate     Rate           `json:"rate"`
}

// Rate is an exchange rate in units of 10⁻⁸: exact, as it was written.
type Rate int64

// RateDigits are the digits of a rate after the point.
const RateDigits = 8

// ParseRate reads a positive decimal with up to nine digits before and eight
// after the point.
func ParseRate(s string) (Rate, error) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) <= 8 && len(whole) <= 9 && strings.Trim(whole+part, "0123456789") == "" && whole != "" {
		n, err := strconv.ParseInt(whole+part+"00000000"[len(part):], 10, 64)
		if err == nil && n > 0 {
			return Rate(n), nil
		}
	}
	return 0, ErrFxSetInvalid.Because(fmt.Sprintf("%.24q is no exchange rate; write a positive decimal with up to 8 digits after the point", s))
}

// String gives the rate with eight digits after the point: "1.27310000".
func (r Rate) String() string {
	return fmt.Sprintf("%d.%08d", r/1e8, r%1e8)
}

// Check refuses a set without first day, with a currency named twice, or with
// the base currency among the rates.
func (s FxSet) Check() error {
	if s.ValidFrom.IsZero() {
		return calendar.ErrDateInvalid.Because("a set needs its first day, such as 2026-04-01").On("valid_from")
	}
	seen := map[money.Currency]bool{s.Base: true}
	for i, r := range s.Rates {
		if seen[r.Currency] {
			return ErrFxSetInvalid.Because(fmt.Sprintf("%s is given twice; the base currency %s needs no rate", r.Currency, s.Base)).
				On(fmt.Sprintf("rates[%d].currency_code", i))
		}
		seen[r.Currency] = true
	}
	return nil
}
