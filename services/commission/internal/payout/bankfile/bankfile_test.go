package bankfile_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var rewrite = flag.Bool("rewrite", false, "write the files in testdata anew")

var (
	vendor = bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819", BIC: "NWBKGB2L"}
	noon   = time.Date(2026, time.March, 2, 12, 30, 15, 123456000, time.UTC)
)

func order(currency money.Currency, transfers ...bankfile.Transfer) bankfile.Order {
	return bankfile.Order{
		ID: "pob-06h01gmem9orn6s9ni4l12i1hc", CreateTime: noon, ExecuteOn: calendar.On(2026, time.March, 9), Currency: currency, Debtor: vendor,
		Transfers: transfers,
	}
}

func transfer(number, minor int64, currency money.Currency, to bankfile.Account) bankfile.Transfer {
	return bankfile.Transfer{
		ID: fmt.Sprintf("pay-06h01gmem9orn6s9ni4l12i1%02d", number), To: to, Amount: money.Amount{Minor: minor, Currency: currency},
		Text: "Holdfast statement 2026-02",
	}
}

// The orders of which testdata has the files.
var examples = map[string]bankfile.Order{
	// Sterling, to an IBAN, to a sort code, and to a clearing code with its BIC.
	"sterling": order("GBP",
		transfer(1, 480000, "GBP", bankfile.Account{Holder: "Softcat plc", IBAN: "GB82WEST12345698765432", BIC: "WESTGB2L", Country: "GB"}),
		transfer(2, 18001, "GBP", bankfile.Account{Holder: "Société Générale & Cie", Number: "31926819", BankCode: "601613", Country: "GB"}),
		transfer(3, 5000, "GBP", bankfile.Account{Holder: "Kiwi IT", Number: "123456789", BankCode: "021000021", BIC: "CHASUS33", Country: "US"}),
		transfer(4, 7500, "GBP", bankfile.Account{Holder: "Nairobi Networks", Number: "0100006829", BIC: "KCBLKENX", Country: "KE"})),
	// Euro, within the Single Euro Payments Area and beyond.
	"euro": order("EUR",
		transfer(1, 123456789, "EUR", bankfile.Account{Holder: "Müller & Söhne GmbH", IBAN: "DE89370400440532013000", Country: "DE"}),
		transfer(2, 1, "EUR", bankfile.Account{Holder: "Ζευς Α.Ε.", IBAN: "GR1601101250000000012300695", BIC: "ETHNGRAA", Country: "GR"}),
		transfer(3, 90000, "EUR", bankfile.Account{Holder: "İstanbul Bilişim A.Ş.", IBAN: "TR330006100519786457841326", BIC: "PTTBTRIS", Country: "TR"})),
	"yen": order("JPY",
		transfer(1, 1005, "JPY", bankfile.Account{Holder: "Nihon Reseller K.K.", Number: "1234567", BankCode: "0001001", Country: "JP"}),
		transfer(2, 1200000, "JPY", bankfile.Account{Holder: "Osaka Systems", Number: "7654321", BankCode: "0001002", BIC: "MHCBJPJT", Country: "JP"})),
	"dinar": order("KWD",
		transfer(1, 216049, "KWD", bankfile.Account{Holder: "Gulf Resale W.L.L.", IBAN: "KW81CBKU0000000000001234560101", BIC: "CBKUKWKW", Country: "KW"}),
		transfer(2, 1234567, "KWD", bankfile.Account{Holder: "Al-Noor", IBAN: "KW81CBKU0000000000001234560101", Country: "KW"})),
}

func TestPAIN001_IsTheFileInTestdata(t *testing.T) {
	for name, o := range examples {
		got, err := o.PAIN001()
		if err != nil {
			t.Fatal(err)
		}
		again, err := o.PAIN001()
		if err != nil || !bytes.Equal(got, again) {
			t.Errorf("%s: the same order is another file: %v", name, err)
		}
		compare(t, name+".xml", got)
	}
}

func TestCSV_IsTheFileInTestdata(t *testing.T) {
	for name, o := range examples {
		got, err := o.CSV()
		if err != nil {
			t.Fatal(err)
		}
		compare(t, name+".csv", bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))) // as git keeps it
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// read is what a bank reads of a file.
type read struct {
	XMLName xml.Name
	Header  group `xml:"CstmrCdtTrfInitn>GrpHdr"`
	Payment struct {
		group
		ID        string `xml:"PmtInfId"`
		Transfers []struct {
			ID     string `xml:"PmtId>EndToEndId"`
			Amount struct {
				Currency string `xml:"Ccy,attr"`
				Value    string `xml:",chardata"`
			} `xml:"Amt>InstdAmt"`
			Name string `xml:"Cdtr>Nm"`
			Text string `xml:"RmtInf>Ustrd"`
		} `xml:"CdtTrfTxInf"`
	} `xml:"CstmrCdtTrfInitn>PmtInf"`
}

type group struct {
	ID    string `xml:"MsgId"`
	Count string `xml:"NbOfTxs"`
	Sum   string `xml:"CtrlSum"`
}

// TestPAIN001_AddsUpExactly reads files of random orders as a bank does.
func TestPAIN001_AddsUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]money.Currency{"GBP", "JPY", "KWD", "CLF"}).Draw(t, "currency")
		o := order(currency)
		sum := money.Amount{Currency: currency}
		for i, minor := range rapid.SliceOfN(rapid.Int64Range(1, money.MaxMinor/50), 1, 50).Draw(t, "amounts") {
			to := vendor
			to.Holder = rapid.String().Draw(t, "holder")
			o.Transfers = append(o.Transfers, transfer(int64(i), minor, currency, to))
			o.Transfers[i].Text = rapid.String().Draw(t, "text")
			sum.Minor += minor
		}
		text, err := o.PAIN001()
		if err != nil {
			t.Fatal(err)
		}
		var got read
		if err := xml.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if got.XMLName.Space != "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09" || got.XMLName.Local != "Document" || got.Payment.ID != o.ID {
			t.Fatalf("document %v of payment %s", got.XMLName, got.Payment.ID)
		}
		want := group{ID: o.ID, Count: fmt.Sprint(len(o.Transfers)), Sum: sum.Decimal()}
		if inside := (group{want.ID, got.Payment.Count, got.Payment.Sum}); got.Header != want || inside != want {
			t.Fatalf("header %v, payment %v; want %v", got.Header, inside, want)
		}
		for i, read := range got.Payment.Transfers {
			asked := o.Transfers[i]
			if read.ID != asked.ID || read.Amount.Value != asked.Amount.Decimal() || read.Amount.Currency != string(currency) {
				t.Fatalf("transfer %v; want %v", read, asked)
			}
			checkTaken(t, read.Name, 70)
			checkTaken(t, read.Text, 140)
		}
	})
}

func checkTaken(t *rapid.T, text string, length int) {
	const taken = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ "
	if len(text) > length || strings.Trim(text, taken) != "" || strings.TrimSpace(text) != text {
		t.Fatalf("%q is not what every bank takes", text)
	}
}

func TestOrder_RefusesAmountsOfAnotherCurrency(t *testing.T) {
	o := order("GBP", transfer(1, 1, "EUR", vendor))
	for name, write := range map[string]func() ([]byte, error){"pain.001": o.PAIN001, "CSV": o.CSV} {
		if _, err := write(); !errors.Is(err, money.ErrMismatch) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLatin_WritesLettersWithoutAccents(t *testing.T) {
	for text, want := range map[string]string{
		"Softcat plc":                       "Softcat plc",
		"Société Générale & Cie":            "Societe Generale + Cie",
		"Straße 5, Łódź":                    "Strasse 5, Lodz",
		"Cafe\u0301  \t Noir":               "Cafe Noir",
		"Ωμέγα Α.Ε.":                        "Omega A.E.",
		"Жанет ООД":                         "ZHanet OOD",
		"“Quoted” – [really]_now":           "'Quoted' - (really)-now",
		"日本 Reseller":                       ".. Reseller",
		"#1 <b>Deals</b>":                   ".1 (b)Deals(/b)",
		strings.Repeat("x", 69) + " and so": strings.Repeat("x", 69),
		strings.Repeat("ß", 40):             strings.Repeat("s", 70),
	} {
		if got := bankfile.Latin(text, 70); got != want {
			t.Errorf("Latin(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLegible_WantsALetterOrDigit(t *testing.T) {
	for text, want := range map[string]bool{"Softcat": true, "日本": false, "日本 3": true, "": false, "- & -": false, "Ωμέγα": true} {
		if got := bankfile.Legible(text); got != want {
			t.Errorf("Legible(%q) = %v", text, got)
		}
	}
}

func TestCSV_IsReadBackAsWritten(t *testing.T) {
	to := bankfile.Account{Holder: "=cmd|' /C calc'!A0, \"Ltd\"\n", Number: "00123456", BankCode: "000000", Country: "GB"}
	text, err := order("GBP", transfer(1, 105, "GBP", to)).CSV()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"end_to_end_id", "execution_date", "holder_name", "iban", "account_number", "bank_code", "bic", "country_code", "amount", "currency_code", "text"},
		{"pay-06h01gmem9orn6s9ni4l12i101", "2026-03-09", "'" + to.Holder, "", "00123456", "000000", "", "GB", "1.05", "GBP", "Holdfast statement 2026-02"},
	}
	if diff := cmp.Diff(want, rows); diff != "" || !utf8.Valid(text) {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
