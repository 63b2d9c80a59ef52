package document_test

import (
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var update = flag.Bool("update", false, "write what is now as what is wanted")

var (
	vendor  = document.Vendor{Name: "Northgate Mail Security Ltd", Address: "12 Quayside, London E14 4AB, United Kingdom", TaxID: "GB 987 6543 21"}
	written = time.Date(2026, time.April, 9, 8, 30, 0, 0, time.UTC)
)

// march is what of March 2026 a partner was told on 2 April: 9,120.00 of the
// month, 2,880.00 less for a customer that had cancelled in January.
func march() (statement.Statement, []statement.Line) {
	month, _ := statement.ParseMonth("2026-03")
	s := statement.Statement{
		ID: "stm_06h02k3n49ornh3b5d7f9j1l3n", PartnerID: "harbour-it", PartnerName: "Harbour IT Services plc", Currency: "GBP", Month: month,
		State: statement.Closed, OpeningMinor: -12_000, LinesMinor: 624_000, PriorMinor: -288_000, ClosingMinor: 612_000, LineCount: 4,
		MinimumMinor: 5_000, HeldMinor: 480_000, PreviousID: "stm_06g", CodeVersionID: "cod_1", DisputeUntil: calendar.On(2026, time.May, 2),
		CloseTime: time.Date(2026, time.April, 2, 6, 0, 0, 0, time.UTC), Closer: "service:commission", Revision: 1,
	}
	gbp := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "GBP"} }
	return s, []statement.Line{
		{
			ID: "ent_1", StatementID: s.ID, PartnerID: s.PartnerID, Kind: ledger.Clawback, Amount: gbp(-288_000), Effective: calendar.On(2026, time.January, 31),
			Posted: time.Date(2026, time.March, 3, 9, 15, 0, 0, time.UTC), Cause: "credit_note:CN-2026-0107",
			Note:    "A part of what was earned is taken back, after credit note CN-2026-0107.",
			Earning: earning("Ostler & Rowe LLP", "email-archive", "INV-10871", "PO 4471", 1, 1_440_000, 2_000, "2026-01-01"),
		},
		{
			ID: "ent_2", StatementID: s.ID, PartnerID: s.PartnerID, Kind: ledger.Maturity, Amount: gbp(480_000), Effective: calendar.On(2026, time.March, 7),
			Posted: time.Date(2026, time.March, 7, 0, 1, 0, 0, time.UTC), Cause: "payment:P-88102", DisputeID: "dsp_1",
			Note:    "What is settled of the instalment is due, after payment P-88102 and its hold.",
			Earning: earning("Harbour Legal", "email-security-plus", "INV-11032", "=1+1", 1, 2_400_000, 2_000, "2026-01-10"),
		},
		{
			ID: "ent_3", StatementID: s.ID, PartnerID: s.PartnerID, Kind: ledger.Maturity, Amount: gbp(240_000), Effective: calendar.On(2026, time.March, 19),
			Posted: time.Date(2026, time.March, 19, 0, 1, 0, 0, time.UTC), Cause: "payment:P-88340",
			Note:    "What is settled of the instalment is due, after payment P-88340 and its hold.",
			Earning: reward(earning("Fenwick Dairy Co-operative", "email-gateway", "INV-11207", "Deal 2026/19, \"north\"", 1, 2_400_000, 1_000, "2026-02-01")),
		},
		{
			ID: "ent_4", StatementID: s.ID, PartnerID: s.PartnerID, Kind: ledger.Adjustment, Amount: gbp(192_000), Effective: calendar.On(2026, time.March, 31),
			Posted: time.Date(2026, time.March, 31, 15, 4, 5, 0, time.UTC), Cause: "adjustment:by-hand",
			Note: "Agreed for the joint campaign\nin Q1 <2026>.",
		},
	}
}

func earning(customer, product, invoice, reference string, instalment int, net int64, rate money.Bps, service string) statement.Earning {
	first, _ := calendar.ParseDate(service)
	return statement.Earning{
		AccrualID: "acr_" + invoice, Kind: "MARGIN", CalculationID: "cal_" + invoice, SourceID: "sbm_" + invoice, SubscriptionID: "sub_" + invoice,
		CustomerID: "cus_" + invoice, CustomerName: customer, ProductID: product, PartnerReference: reference, InvoiceID: invoice, Instalment: instalment,
		Net: money.Amount{Minor: net, Currency: "GBP"}, Rate: rate, Service: first,
	}
}

func reward(e statement.Earning) statement.Earning {
	e.Kind = "REWARD"
	return e
}

func selfBilled() (statement.Statement, []statement.Line) {
	s, lines := march()
	s.DocumentNumber, s.AgreementID, s.TaxID = "SB-000042", "agr_06h01gmeo9orn7lbohv8ddsmvs", "GB 123 4567 89"
	return s, lines
}

// wantFile compares a file with the one in testdata.
func wantFile(t *testing.T, name string, got document.File) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got.Content)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestCSV_IsWhatItWas(t *testing.T) {
	file, err := document.CSV(selfBilled())
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, "march.csv", file)
	if file.Name != "SB-000042-harbour-it-GBP-2026-03.csv" || file.Type != "text/csv; charset=utf-8; header=present" {
		t.Errorf("it is %s of type %s", file.Name, file.Type)
	}
}

func TestCSV_HasARowForEachLineThatAddUp(t *testing.T) {
	s, lines := march()
	file, err := document.CSV(s, lines)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(file.Content))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, row := range rows[1:] {
		amount, err := money.Parse("GBP", row[8])
		if err != nil {
			t.Fatal(err)
		}
		sum += amount.Minor
	}
	if len(rows) != 1+len(lines) || sum != s.LinesMinor {
		t.Errorf("%d rows add up to %d; want %d and %d", len(rows), sum, 1+len(lines), s.LinesMinor)
	}
	if strings.Count(string(file.Content), "\r\n") != strings.Count(string(file.Content), "\n") {
		t.Error("a row ends with something else than CR LF")
	}
}

func TestCSV_NoCellIsAFormula(t *testing.T) {
	s, lines := march()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+44 20": "'+44 20", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "\r\n=1": "'  =1", "  =1": "'  =1",
		"\uff1dcmd": "'\uff1dcmd", "PO 7": "PO 7", "": "", "a\nb": "a b", "a=b": "a=b",
	} {
		lines[1].PartnerReference = text
		file, err := document.CSV(s, lines)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(file.Content))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[2][19]; got != want {
			t.Errorf("the reference %q is written as %q; want %q", text, got, want)
		}
	}
}

func TestHTML_IsWhatItWas(t *testing.T) {
	s, lines := march()
	plain, err := document.HTML(s, lines, vendor, written)
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, "march.html", plain)
	s, lines = selfBilled()
	billed, err := document.HTML(s, lines, vendor, written)
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, "march-self-billed.html", billed)
	if plain.Name != "statement-harbour-it-GBP-2026-03.html" || plain.Type != "text/html; charset=utf-8" {
		t.Errorf("it is %s of type %s", plain.Name, plain.Type)
	}
}

func TestHTML_SpeaksOfSelfBillingOnlyWhereItIsAgreed(t *testing.T) {
	for want, made := range map[bool]func() (statement.Statement, []statement.Line){false: march, true: selfBilled} {
		s, lines := made()
		file, err := document.HTML(s, lines, vendor, written)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.ToLower(string(file.Content)), "self-bill"); got != want {
			t.Errorf("the page speaks of self-billing: %v; want %v", got, want)
		}
	}
}

// Whatever partners and customers are called, the page runs nothing and fetches
// nothing.
func TestHTML_HasNoScriptAndNothingFromElsewhere(t *testing.T) {
	s, lines := selfBilled()
	evil := `"><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>`
	s.PartnerName, s.TaxID, lines[0].CustomerName, lines[0].PartnerReference, lines[3].Note = evil, evil, evil, evil, evil
	file, err := document.HTML(s, lines, document.Vendor{Name: evil, Address: evil, TaxID: evil}, written)
	if err != nil {
		t.Fatal(err)
	}
	page, err := html.Parse(strings.NewReader(string(file.Content)))
	if err != nil {
		t.Fatal(err)
	}
	for node := range page.Descendants() {
		switch node.Data {
		case "script", "img", "link", "iframe", "object", "embed", "form", "base", "a":
			if node.Type == html.ElementNode {
				t.Errorf("there is an element %s", node.Data)
			}
		}
		for _, a := range node.Attr {
			if a.Key == "src" || a.Key == "href" || a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has %s=%q", node.Data, a.Key, a.Val)
			}
		}
	}
	if strings.Contains(string(file.Content), "url(") || strings.Contains(string(file.Content), "@import") {
		t.Error("the style fetches something")
	}
}

func TestHTML_SaysWhatBecomesOfTheBalance(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*statement.Statement)
		want   string
	}{
		"to be paid":    {func(*statement.Statement) {}, "To be paid"},
		"paid":          {func(s *statement.Statement) { s.State, s.PaidMinor, s.HeldMinor = statement.Paid, 612_000, 0 }, "<span>Paid</span>"},
		"on its way":    {func(s *statement.Statement) { s.State, s.PaidMinor = statement.Paying, 132_000 }, "On its way"},
		"came back":     {func(s *statement.Statement) { s.State, s.PaidMinor = statement.Carried, 132_000 }, "came back"},
		"below":         {func(s *statement.Statement) { s.State, s.ClosingMinor, s.HeldMinor = statement.Carried, 4_999, 0 }, "Below the minimum"},
		"owed":          {func(s *statement.Statement) { s.State, s.ClosingMinor, s.HeldMinor = statement.Carried, -1, 0 }, "Owed by the partner"},
		"nothing":       {func(s *statement.Statement) { s.State, s.ClosingMinor, s.HeldMinor = statement.Carried, 0, 0 }, "Nothing is owed"},
		"not paid":      {func(s *statement.Statement) { s.State, s.HeldMinor = statement.Carried, 0 }, "<span>Carried to the next statement</span>"},
		"held entirely": {func(s *statement.Statement) { s.HeldMinor = 612_000 }, "Too little is left"},
	} {
		s, lines := march()
		c.change(&s)
		file, err := document.HTML(s, lines, vendor, written)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(file.Content), c.want) {
			t.Errorf("%s: the page does not say %q", name, c.want)
		}
	}
}
