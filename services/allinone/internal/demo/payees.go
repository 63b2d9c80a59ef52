package demo

import (
	"fmt"
	"math/big"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// A Payee is what the vendor must know of a partner that it pays: under AGENCY
// the vendor's statements are the partner's invoices, and their sums are paid
// to its account at home.
type Payee struct {
	TaxID   string
	Account *partnerv1.ProposePayoutAccountRequest
}

// payees describes those of the partners that are paid, by their ids. The
// numbers have the form of their country, and belong to nobody.
func payees(partners []Partner) map[string]Payee {
	paid := map[string]Payee{}
	for _, p := range partners {
		if describe, known := homes[p.Country]; known && p.Settlement == agency {
			number := len(paid) + 1
			payee := describe(p.Name, number)
			payee.Account.PartnerId = p.ID
			paid[p.ID] = payee
		}
	}
	return paid
}

// homes are the countries that agents come from.
var homes = map[string]func(name string, number int) Payee{
	"GB": func(name string, number int) Payee {
		return Payee{fmt.Sprintf("GB9990%05d", number), &partnerv1.ProposePayoutAccountRequest{
			CurrencyCode: "GBP", HolderName: name + " Ltd", Iban: iban("GB", fmt.Sprintf("WEST123456%08d", 50000000+number)), Bic: "WESTGB2L",
		}}
	},
	"US": func(name string, number int) Payee {
		return Payee{fmt.Sprintf("00-10000%02d", number), &partnerv1.ProposePayoutAccountRequest{
			CurrencyCode: "USD", HolderName: name + ", Inc.", CountryCode: "US", BankCode: "123456780", AccountNumber: fmt.Sprintf("5000000%03d", number),
		}}
	},
	"ZA": func(name string, number int) Payee {
		return Payee{fmt.Sprintf("4000000%03d", number), &partnerv1.ProposePayoutAccountRequest{
			CurrencyCode: "ZAR", HolderName: name + " (Pty) Ltd", CountryCode: "ZA", BankCode: "123456", AccountNumber: fmt.Sprintf("5000000%03d", number),
		}}
	},
	"AU": func(name string, number int) Payee {
		return Payee{fmt.Sprintf("00 000 000 %03d", number), &partnerv1.ProposePayoutAccountRequest{
			CurrencyCode: "AUD", HolderName: name + " Pty Ltd", CountryCode: "AU", BankCode: "123-456", AccountNumber: fmt.Sprintf("500000%03d", number),
		}}
	},
}

// iban puts the check digits before an account in a country: what makes the
// number leave 1 when it is divided by 97, with A to Z read as 10 to 35.
func iban(country, account string) string {
	digits := ""
	for _, c := range account + country + "00" {
		if c >= 'A' {
			digits += fmt.Sprint(c - 'A' + 10)
		} else {
			digits += string(c)
		}
	}
	number, _ := new(big.Int).SetString(digits, 10)
	rest := new(big.Int).Mod(number, big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, 98-rest, account)
}
