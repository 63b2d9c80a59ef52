package commission

import (
	"regexp"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

// Debtor is the account that payouts are paid from, in every currency. Without
// it the service runs, but exports no file for the bank.
type Debtor struct {
	Name    string `env:"NAME" help:"who holds the account that payouts are paid from; without it no payout file is exported"`
	IBAN    string `env:"IBAN" help:"the account's IBAN"`
	Account string `env:"ACCOUNT" help:"its number, where it has no IBAN"`
	BIC     string `env:"BIC" help:"its bank's BIC; needed for a number"`
}

var (
	bicForm     = regexp.MustCompile(`^[0-9A-Z]{4}[A-Z]{2}[0-9A-Z]{2}([0-9A-Z]{3})?$`)
	accountForm = regexp.MustCompile(`^[0-9A-Z]{4,34}$`)
)

// Validate names what is wrong beyond the types.
func (d Debtor) Validate(p *env.Problems) {
	a := d.account()
	if a == (bankfile.Account{}) {
		return
	}
	if a.Holder == "" {
		p.Add("NAME", "is empty, though the account's numbers are set")
	}
	if !bankfile.Legible(a.Holder) && a.Holder != "" {
		p.Add("NAME", "has no letter that banks take")
	}
	switch {
	case a.IBAN == "" && a.Number == "":
		p.Add("IBAN", "is empty, and so is PAYOUT_DEBTOR_ACCOUNT; one of them is needed")
	case a.IBAN != "" && a.Number != "":
		p.Add("ACCOUNT", "is set beside an IBAN, which has the number in it")
	case a.IBAN != "" && !bankfile.ValidIBAN(a.IBAN):
		p.Add("IBAN", "is no IBAN; a character is wrong")
	case a.Number != "" && !accountForm.MatchString(a.Number):
		p.Add("ACCOUNT", "must have 4 to 34 letters and digits")
	case a.Number != "" && a.BIC == "":
		p.Add("BIC", "is empty; an account number alone does not name the bank")
	}
	if a.BIC != "" && !bicForm.MatchString(a.BIC) {
		p.Add("BIC", "must have 8 or 11 letters and digits")
	}
}

// account is the debtor as files name it, with its numbers as people write them.
func (d Debtor) account() bankfile.Account {
	compact := func(text string) string { return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(text)) }
	return bankfile.Account{Holder: strings.TrimSpace(d.Name), IBAN: compact(d.IBAN), Number: compact(d.Account), BIC: compact(d.BIC)}
}
