package commission

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func TestDebtor_IsReadAsPeopleWriteIt(t *testing.T) {
	d, err := env.From[Debtor]("D_", map[string]string{"D_NAME": " Holdfast Ltd ", "D_IBAN": "gb29 nwbk 6016 1331 9268 19", "D_BIC": "NWBK GB 2L"})
	if err != nil {
		t.Fatal(err)
	}
	want := bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819", BIC: "NWBKGB2L"}
	if diff := cmp.Diff(want, d.account()); diff != "" {
		t.Error(diff)
	}
	if none, err := env.From[Debtor]("D_", nil); err != nil || none.account() != (bankfile.Account{}) {
		t.Errorf("nothing set: %v, %v", none, err)
	}
}

func TestDebtor_NamesWhatIsWrong(t *testing.T) {
	const iban = "GB29NWBK60161331926819"
	for name, tt := range map[string]struct {
		set  map[string]string
		want string
	}{
		"no name":           {map[string]string{"D_IBAN": iban}, "D_NAME is empty, though the account's numbers are set"},
		"a name for nobody": {map[string]string{"D_NAME": "日本", "D_IBAN": iban}, "D_NAME has no letter that banks take"},
		"no account":        {map[string]string{"D_NAME": "X"}, "D_IBAN is empty, and so is PAYOUT_DEBTOR_ACCOUNT; one of them is needed"},
		"two accounts":      {map[string]string{"D_NAME": "X", "D_IBAN": iban, "D_ACCOUNT": "31926819"}, "D_ACCOUNT is set beside an IBAN, which has the number in it"},
		"a slip":            {map[string]string{"D_NAME": "X", "D_IBAN": "GB29NWBK60161331926818"}, "D_IBAN is no IBAN; a character is wrong"},
		"a short number":    {map[string]string{"D_NAME": "X", "D_ACCOUNT": "123", "D_BIC": "KCBLKENX"}, "D_ACCOUNT must have 4 to 34 letters and digits"},
		"no bank":           {map[string]string{"D_NAME": "X", "D_ACCOUNT": "31926819"}, "D_BIC is empty; an account number alone does not name the bank"},
		"a short BIC":       {map[string]string{"D_NAME": "X", "D_IBAN": iban, "D_BIC": "NWBK"}, "D_BIC must have 8 or 11 letters and digits"},
	} {
		if _, err := env.From[Debtor]("D_", tt.set); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}
