package bankfile

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Account is a bank account: an IBAN, or a number with the bank's national
// clearing code or BIC.
type Account struct {
	Holder   string // as the bank knows it
	IBAN     string
	Number   string // where there is no IBAN
	Country  string // in which it is kept, ISO 3166-1 alpha-2
	BankCode string // the bank's national clearing code, if it was given
	BIC      string // likewise
}

// Order asks a bank for transfers in one currency on one day.
type Order struct {
	ID         string
	CreateTime time.Time
	ExecuteOn  calendar.Date
	Currency   money.Currency
	Debtor     Account
	Transfers  []Transfer
}

// Transfer is one payment of an order. Text is what its receiver reads.
type Transfer struct {
	ID     string
	To     Account
	Amount money.Amount
	Text   string
}

// total adds up the transfers, or returns money.ErrMismatch or
// money.ErrOutOfRange.
func (o Order) total() (money.Amount, error) {
	sum := money.Amount{Currency: o.Currency}
	var err error
	for _, t := range o.Transfers {
		if sum, err = sum.Add(t.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// euro is the currency of the Single Euro Payments Area.
const euro = "EUR"

// area are the countries whose IBANs are of the Single Euro Payments Area.
var area = map[string]bool{
	"AD": true, "AL": true, "AT": true, "BE": true, "BG": true, "CH": true, "CY": true, "CZ": true, "DE": true, "DK": true, "EE": true,
	"ES": true, "FI": true, "FR": true, "GB": true, "GI": true, "GR": true, "HR": true, "HU": true, "IE": true, "IS": true, "IT": true,
	"LI": true, "LT": true, "LU": true, "LV": true, "MC": true, "MD": true, "ME": true, "MK": true, "MT": true, "NL": true, "NO": true,
	"PL": true, "PT": true, "RO": true, "RS": true, "SE": true, "SI": true, "SK": true, "SM": true, "VA": true,
}

// within reports whether the account is one of the Single Euro Payments Area.
func (a Account) within() bool { return len(a.IBAN) > 2 && area[a.IBAN[:2]] }

// ValidIBAN reports whether the check digits of an IBAN without blanks belong to
// the rest of it.
func ValidIBAN(iban string) bool {
	if len(iban) < 15 || len(iban) > 34 {
		return false
	}
	rest := 0
	for _, c := range []byte(iban[4:] + iban[:4]) {
		switch {
		case c >= '0' && c <= '9':
			rest = (10*rest + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (100*rest + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
