package banking

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals about bank accounts.
var (
	ErrIBANInvalid    = fault.New("IBAN_INVALID", "the IBAN can't be right")
	ErrAccountInvalid = fault.New("BANK_ACCOUNT_INVALID", "the bank account is not described as payments need it")
)

// Scheme is how an account is named.
type Scheme string

// The schemes.
const (
	IBAN     Scheme = "IBAN"
	National Scheme = "NATIONAL" // an account number, with the bank's clearing code or BIC
)

// Number is an IBAN or account number without blanks. It prints as its mask, so
// that what prints an account by mistake does not print it.
type Number string

// Hint is the end of the number, by which people tell it from others: four
// characters, and at most half of it.
func (n Number) Hint() string { return string(n[len(n)-min(4, len(n)/2):]) }

// String is the number with all but its hint left out.
func (n Number) String() string { return Masked(n.Hint()) }

// GoString is String.
func (n Number) GoString() string { return n.String() }

// Masked shows a number of which only the hint is known.
func Masked(hint string) string { return "****" + hint }

// Account is a bank account as payments need it.
type Account struct {
	Country  string // in which it is kept: ISO 3166-1 alpha-2, or XK in an IBAN
	Scheme   Scheme
	Number   Number
	BankCode string // the bank's national clearing code, if it was given
	BIC      string // likewise
}

// Written is an account as people write it: with an IBAN or a number, and with
// blanks and hyphens where they like them.
type Written struct {
	Country, IBAN, Number, BankCode, BIC string
}

// Read returns the account that w describes, or ErrIBANInvalid,
// ErrAccountInvalid or COUNTRY_UNKNOWN on the field at fault.
func (w Written) Read() (Account, error) {
	a := Account{Country: w.Country, BankCode: compact(w.BankCode), BIC: compact(w.BIC)}
	if a.BIC != "" {
		if err := checkBIC(a.BIC); err != nil {
			return Account{}, err
		}
	}
	if compact(w.IBAN) != "" {
		return w.readIBAN(a)
	}
	return w.readNational(a)
}

func (w Written) readIBAN(a Account) (Account, error) {
	a.Scheme, a.Number = IBAN, Number(compact(w.IBAN))
	if err := checkIBAN(string(a.Number)); err != nil {
		return Account{}, err
	}
	country := string(a.Number[:2])
	switch {
	case compact(w.Number) != "" || a.BankCode != "":
		return Account{}, ErrAccountInvalid.Because("an IBAN holds account number and bank code; leave both out").On("account_number")
	case a.Country != "" && a.Country != country:
		return Account{}, ErrIBANInvalid.Because(
			fmt.Sprintf("the IBAN is one of %s, not of %.8q; leave country_code out", country, a.Country), "country_code", country).On("country_code")
	}
	a.Country = country
	return a, nil
}

// anyNumber is an account number where nothing more is known of a country's.
var anyNumber = regexp.MustCompile(`^[0-9A-Z]{4,34}$`)

func (w Written) readNational(a Account) (Account, error) {
	a.Scheme, a.Number = National, Number(compact(w.Number))
	switch {
	case a.Number == "":
		return Account{}, ErrAccountInvalid.Because("give an IBAN, or an account number with bank_code or bic").On("iban")
	case !anyNumber.MatchString(string(a.Number)):
		return Account{}, ErrAccountInvalid.Because("account_number must have 4 to 34 letters and digits").On("account_number")
	}
	if err := partners.CheckCountry(a.Country); err != nil {
		return Account{}, fault.At("country_code", err)
	}
	clearing, known := clearings[a.Country]
	switch {
	case !known && ibans[a.Country].length > 0:
		return Account{}, ErrAccountInvalid.Because(
			fmt.Sprintf("accounts in %s have an IBAN; give it", a.Country), "country_code", a.Country).On("iban")
	case a.BankCode == "" && a.BIC == "":
		return Account{}, ErrAccountInvalid.Because("an account number alone does not name the bank; give bank_code or bic").On("bank_code")
	case a.BankCode == "":
		return a, nil
	case !known:
		return Account{}, ErrAccountInvalid.Because(
			fmt.Sprintf("the clearing codes of %s are not known here; give bic instead", a.Country), "country_code", a.Country).On("bank_code")
	}
	return a, clearing.check(a)
}

// compact returns text as computers write it: in capitals, without blanks and
// hyphens.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}
