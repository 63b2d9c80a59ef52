package banking_test

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/banking"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// registryExamples are the examples that the IBAN registry publishes, one for
// each country.
//
//go:embed testdata/registry-examples.txt
var registryExamples string

func TestRead_TakesTheExampleOfEveryCountry(t *testing.T) {
	examples := strings.Fields(registryExamples)
	if len(examples) != 89 {
		t.Errorf("%d examples, want one for each of 89 countries", len(examples))
	}
	for _, iban := range examples {
		got, err := banking.Written{IBAN: iban}.Read()
		want := banking.Account{Country: iban[:2], Scheme: banking.IBAN, Number: banking.Number(iban)}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", iban, err, diff)
		}
	}
}

// One wrong character, or two neighbours that changed places, are found. So are
// a missing and an additional one.
func TestRead_FindsASlipOfThePen(t *testing.T) {
	examples := strings.Fields(registryExamples)
	rapid.Check(t, func(t *rapid.T) {
		iban := rapid.SampledFrom(examples).Draw(t, "iban")
		at := rapid.IntRange(0, len(iban)-2).Draw(t, "at")
		wrong := rapid.SampledFrom(strings.Split("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")).Draw(t, "wrong")
		for _, slip := range []string{
			iban[:at] + wrong + iban[at+1:], iban[:at] + iban[at+1:at+2] + iban[at:at+1] + iban[at+2:],
			iban[:at] + iban[at+1:], iban[:at] + wrong + iban[at:],
		} {
			if slip == iban {
				continue
			}
			if _, err := (banking.Written{IBAN: slip}).Read(); !errors.Is(err, banking.ErrIBANInvalid) {
				t.Fatalf("%s for %s: got %v", slip, iban, err)
			}
		}
	})
}

func TestRead_TakesAccountsAsPeopleWriteThem(t *testing.T) {
	for _, tt := range []struct {
		name    string
		written banking.Written
		want    banking.Account
	}{
		{"an IBAN in groups", banking.Written{IBAN: "gb82 west 1234 5698 7654 32"}, banking.Account{Country: "GB", Scheme: banking.IBAN, Number: "GB82WEST12345698765432"}},
		{
			"an IBAN with its country and BIC", banking.Written{Country: "DE", IBAN: "DE89370400440532013000", BIC: "COBADEFF XXX"},
			banking.Account{Country: "DE", Scheme: banking.IBAN, Number: "DE89370400440532013000", BIC: "COBADEFFXXX"},
		},
		{
			"a sort code", banking.Written{Country: "GB", Number: "3192 6819", BankCode: "60-16-13"},
			banking.Account{Country: "GB", Scheme: banking.National, Number: "31926819", BankCode: "601613"},
		},
		{
			"a routing number", banking.Written{Country: "US", Number: "1234-56789", BankCode: "021000021", BIC: "CHASUS33"},
			banking.Account{Country: "US", Scheme: banking.National, Number: "123456789", BankCode: "021000021", BIC: "CHASUS33"},
		},
		{
			"an IFS code", banking.Written{Country: "IN", Number: "00112233445566", BankCode: "HDFC0000001"},
			banking.Account{Country: "IN", Scheme: banking.National, Number: "00112233445566", BankCode: "HDFC0000001"},
		},
		{
			"a BIC alone", banking.Written{Country: "KE", Number: "0100006829", BIC: "KCBLKENX"},
			banking.Account{Country: "KE", Scheme: banking.National, Number: "0100006829", BIC: "KCBLKENX"},
		},
		{
			"a bank of Kosovo", banking.Written{Country: "AL", IBAN: "AL47212110090000000235698741", BIC: "NCBVXKPR"},
			banking.Account{Country: "AL", Scheme: banking.IBAN, Number: "AL47212110090000000235698741", BIC: "NCBVXKPR"},
		},
	} {
		got, err := tt.written.Read()
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
	}
}

func TestRead_NamesTheFieldAtFault(t *testing.T) {
	for _, tt := range []struct {
		name    string
		written banking.Written
		want    error
		field   string
	}{
		{"nothing", banking.Written{Country: "GB"}, banking.ErrAccountInvalid, "iban"},
		{"no country in an IBAN", banking.Written{IBAN: "1282WEST12345698765432"}, banking.ErrIBANInvalid, "iban"},
		{"a country without IBANs", banking.Written{IBAN: "US82WEST12345698765432"}, banking.ErrIBANInvalid, "iban"},
		{"a short IBAN", banking.Written{IBAN: "GB82WEST1234569876543"}, banking.ErrIBANInvalid, "iban"},
		{"a letter for a digit", banking.Written{IBAN: "GB82WESTA2345698765432"}, banking.ErrIBANInvalid, "iban"},
		{"other check digits", banking.Written{IBAN: "GB81WEST12345698765432"}, banking.ErrIBANInvalid, "iban"},
		// 97 more or less leaves the same rest, but is never calculated.
		{"check digits beyond 98", banking.Written{IBAN: "TL990080012345678910126"}, banking.ErrIBANInvalid, "iban"},
		{"an IBAN of another country", banking.Written{Country: "IE", IBAN: "GB82WEST12345698765432"}, banking.ErrIBANInvalid, "country_code"},
		{"an IBAN and a number", banking.Written{IBAN: "GB82WEST12345698765432", Number: "98765432"}, banking.ErrAccountInvalid, "account_number"},
		{"an IBAN and a bank code", banking.Written{IBAN: "GB82WEST12345698765432", BankCode: "123456"}, banking.ErrAccountInvalid, "account_number"},
		{"a short BIC", banking.Written{IBAN: "GB82WEST12345698765432", BIC: "WESTGB2"}, banking.ErrAccountInvalid, "bic"},
		{"a BIC of no country", banking.Written{IBAN: "GB82WEST12345698765432", BIC: "WESTUK2L"}, banking.ErrAccountInvalid, "bic"},
		{"a short number", banking.Written{Country: "KE", Number: "123", BIC: "KCBLKENX"}, banking.ErrAccountInvalid, "account_number"},
		{"a number with a sign", banking.Written{Country: "KE", Number: "1234567/1", BIC: "KCBLKENX"}, banking.ErrAccountInvalid, "account_number"},
		{"no country", banking.Written{Number: "31926819", BankCode: "601613"}, partners.ErrCountryUnknown, "country_code"},
		{"a number alone", banking.Written{Country: "GB", Number: "31926819"}, banking.ErrAccountInvalid, "bank_code"},
		{"a number where there are IBANs", banking.Written{Country: "DE", Number: "532013000", BIC: "COBADEFF"}, banking.ErrAccountInvalid, "iban"},
		{"a clearing that is not known", banking.Written{Country: "KE", Number: "0100006829", BankCode: "01100"}, banking.ErrAccountInvalid, "bank_code"},
		{"a short sort code", banking.Written{Country: "GB", Number: "31926819", BankCode: "60-16-1"}, banking.ErrAccountInvalid, "bank_code"},
		{"a long number with a sort code", banking.Written{Country: "GB", Number: "319268190", BankCode: "60-16-13"}, banking.ErrAccountInvalid, "account_number"},
		{"a wrong routing number", banking.Written{Country: "US", Number: "123456789", BankCode: "021000012"}, banking.ErrAccountInvalid, "bank_code"},
	} {
		_, err := tt.written.Read()
		if refusal, _ := fault.Of(err); !errors.Is(err, tt.want) || refusal.Field != tt.field {
			t.Errorf("%s: got %v, want %v on %s", tt.name, err, tt.want, tt.field)
		}
	}
}

// A number that is wrong is still somebody's, most of it.
func TestRead_NeverRepeatsANumber(t *testing.T) {
	digits := rapid.StringMatching(`[0-9]{6,34}`)
	rapid.Check(t, func(t *rapid.T) {
		w := banking.Written{
			Country: rapid.SampledFrom([]string{"GB", "US", "DE", "KE", "IN", ""}).Draw(t, "country"),
			Number:  digits.Draw(t, "number"), BankCode: digits.Draw(t, "bank code"),
		}
		if rapid.Bool().Draw(t, "iban") {
			w.IBAN = rapid.StringMatching(`(GB|DE|US|X)[0-9A-Z]{10,32}`).Draw(t, "its text")
		}
		account, err := w.Read()
		told := fmt.Sprintf("%v %+v %#v", account, account, account)
		if refusal, refused := fault.Of(err); refused {
			told = fmt.Sprint(refusal.Message, refusal.Facts)
		}
		for _, secret := range []string{w.IBAN, w.Number} {
			for i := 0; i+6 <= len(secret); i++ {
				if part := secret[i : i+6]; strings.Contains(told, part) && !strings.Contains(w.BankCode, part) {
					t.Fatalf("%q tells %s", told, part)
				}
			}
		}
	})
}

func TestHint_IsTheEndAndAtMostHalf(t *testing.T) {
	for number, want := range map[banking.Number]string{
		"GB82WEST12345698765432": "****5432", "12345678": "****5678", "1234567": "****567", "12345": "****45", "1234": "****34", "": "****",
	} {
		if got := number.String(); got != want {
			t.Errorf("%d characters: got %s, want %s", len(number), got, want)
		}
	}
}
