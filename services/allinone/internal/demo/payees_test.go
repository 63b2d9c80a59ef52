package demo

import (
	"testing"

	"google.golang.org/protobuf/proto"
)

func TestBuild_KnowsHowToPayEveryAgent(t *testing.T) {
	book, same := whole(), Build(1, day, 10)
	taxes, accounts := map[string]bool{}, map[string]bool{}
	for _, p := range book.Partners {
		payee, paid := book.Payees[p.ID]
		if paid != (p.Settlement == agency) {
			t.Errorf("%s of %s: settlement %s, paid %t", p.ID, p.Country, p.Settlement, paid)
		}
		if !paid {
			continue
		}
		a := payee.Account
		if payee.TaxID == "" || a.PartnerId != p.ID || a.CurrencyCode == "" || a.HolderName == "" || (a.Iban == "") == (a.AccountNumber == "") {
			t.Errorf("%s: tax number %q, %v", p.ID, payee.TaxID, a)
		}
		if taxes[payee.TaxID] || accounts[a.Iban+a.AccountNumber] {
			t.Errorf("%s shares its tax number or account with another", p.ID)
		}
		taxes[payee.TaxID], accounts[a.Iban+a.AccountNumber] = true, true
		if again := same.Payees[p.ID]; again.TaxID != payee.TaxID || !proto.Equal(again.Account, a) {
			t.Errorf("%s is described otherwise in a smaller book", p.ID)
		}
	}
	if len(book.Payees) < 10 {
		t.Errorf("%d partners are paid", len(book.Payees))
	}
}

func TestIban_HasTheCheckDigitsOfTheStandardsExample(t *testing.T) {
	if got := iban("GB", "WEST12345698765432"); got != "GB82WEST12345698765432" {
		t.Errorf("got %s", got)
	}
}
