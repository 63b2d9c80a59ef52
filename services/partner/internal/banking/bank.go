package banking

import (
	"fmt"
	"regexp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// bicForm is a BIC: four characters for the institution, two for its country,
// two for its place, and perhaps three for a branch.
var bicForm = regexp.MustCompile(`^[0-9A-Z]{4}[A-Z]{2}[0-9A-Z]{2}([0-9A-Z]{3})?$`)

// kosovo is used by banks, though ISO 3166-1 has not assigned it.
const kosovo = "XK"

func checkBIC(bic string) error {
	if !bicForm.MatchString(bic) {
		return ErrAccountInvalid.Because("a BIC has 8 or 11 letters and digits, of which the fifth and sixth are the bank's country").On("bic")
	}
	if country := bic[4:6]; country != kosovo && partners.CheckCountry(country) != nil {
		return ErrAccountInvalid.Because(fmt.Sprintf("the fifth and sixth character of a BIC are the bank's country, and %s is none", country)).On("bic")
	}
	return nil
}

// A clearing is a country's way to name banks and accounts.
type clearing struct {
	name    string         // what the code is called there
	code    *regexp.Regexp // of a bank
	number  *regexp.Regexp // of an account
	example string
	sum     func(code string) bool // whether check digits agree, if it has any
}

// clearings are the countries whose codes payments are made with, in the forms
// of the external clearing systems of ISO 20022.
var clearings = map[string]clearing{
	"AU": digits("BSB number", 6, 4, 9, "062-000"),
	"CA": digits("routing number", 9, 5, 12, "0003-00006"),
	"GB": digits("sort code", 6, 8, 8, "60-16-13"),
	"HK": digits("bank code", 3, 6, 12, "004"),
	"IN": {name: "IFS code", code: regexp.MustCompile(`^[A-Z]{4}0[0-9A-Z]{6}$`), number: number(6, 18), example: "HDFC0000001"},
	"JP": digits("Zengin code", 7, 7, 7, "0001-001"),
	"NZ": digits("bank and branch", 6, 9, 11, "01-0102"),
	"SG": digits("bank and branch code", 7, 6, 14, "7171-001"),
	"US": routing(),
	"ZA": digits("branch code", 6, 5, 13, "250655"),
}

func digits(name string, length, least, most int, example string) clearing {
	return clearing{name: name, code: number(length, length), number: number(least, most), example: example}
}

func number(least, most int) *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(`^[0-9]{%d,%d}$`, least, most))
}

// routing is the United States' clearing, whose codes carry a check digit.
func routing() clearing {
	c := digits("routing number", 9, 4, 17, "021000021")
	c.sum = func(code string) bool {
		sum := 0
		for i, weight := range [...]int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
			sum += weight * int(code[i]-'0')
		}
		return sum%10 == 0
	}
	return c
}

// check returns ErrAccountInvalid unless code and number have the forms of the
// country.
func (c clearing) check(a Account) error {
	switch {
	case !c.code.MatchString(a.BankCode):
		return ErrAccountInvalid.Because(
			fmt.Sprintf("a %s of %s looks like %s", c.name, a.Country, c.example), "country_code", a.Country).On("bank_code")
	case c.sum != nil && !c.sum(a.BankCode):
		return ErrAccountInvalid.Because(
			fmt.Sprintf("the last digit of the %s does not belong to the others; a digit is wrong", c.name), "country_code", a.Country).On("bank_code")
	case !c.number.MatchString(string(a.Number)):
		return ErrAccountInvalid.Because(
			fmt.Sprintf("with a %s of %s, account numbers have other digits or another length", c.name, a.Country), "country_code", a.Country).On("account_number")
	}
	return nil
}
