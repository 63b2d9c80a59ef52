package matching_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func TestRead_TakesFilesAsProgramsWriteThem(t *testing.T) {
	want := matching.File{
		Rows: []matching.Row{
			{Number: 2, Reference: "PO-7", Date: calendar.On(2026, 3, 5), Amount: 400_00, Rate: 2000, Customer: "Kingsley Napley"},
			{Number: 3, Reference: "PO-8", Date: calendar.On(2026, 3, 6), Amount: -12_50, Rate: 1750, Customer: ""},
		},
		Ignored: []string{"Our order"},
	}
	for name, content := range map[string]string{
		"commas":                  "reference,date,amount,currency,rate_bps,customer,Our order\nPO-7,2026-03-05,400.00,GBP,2000,Kingsley Napley,1\nPO-8,2026-03-06,-12.50,GBP,1750,,2\n",
		"semicolons, mark, CRLF":  "\ufeffReference;Date;Amount;Currency Code;Rate;Customer Name;Our order\r\nPO-7;2026-03-05;400;GBP;20;Kingsley Napley;1\r\nPO-8;2026-03-06;-12.5;GBP;17.5%;;2\r\n",
		"tabs, another order":     "Our order\tamount\tDATE\trate-percent\tcustomer\tpartner reference\n1\t400.00\t2026-03-05\t20.00\tKingsley Napley\tPO-7\n2\t-12.50\t2026-03-06\t17.5 %\t\tPO-8",
		"quotation marks, spaces": "\"reference\", \"date\", \"amount\", \"rate_bps\", \"customer\", \"Our order\"\n \"PO-7\",2026-03-05, 400.00 ,2000,\"Kingsley Napley\",1\nPO-8,2026-03-06,\"-12.50\",1750,,2\n,,,,,\n",
		"texts kept from formulas": "line_id,reference,date,amount,rate_bps,customer,Our order\n,PO-7,2026-03-05,400.00,2000,Kingsley Napley,'=1\n" +
			",PO-8,2026-03-06,'-12.50,1750,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := matching.Read(content, "GBP")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRead_KnowsTheLineWhereARowBegins(t *testing.T) {
	got, err := matching.Read("reference,amount,customer\n\nPO-7,1.00,\"two\nlines\"\n\nPO-8,2.00,\n", "GBP")
	if err != nil || len(got.Rows) != 2 || got.Rows[0].Number != 3 || got.Rows[1].Number != 6 {
		t.Errorf("got %+v, %v", got.Rows, err)
	}
}

func TestRead_KnowsTheDigitsOfTheCurrency(t *testing.T) {
	for currency, amounts := range map[money.Currency]map[string]int64{
		"JPY": {"1005": 1005, "-7": -7}, "KWD": {"216.049": 216_049, "1.5": 1_500}, "GBP": {"0.01": 1, "4800": 480_000},
	} {
		for text, want := range amounts {
			got, err := matching.Read("reference,amount\nPO-7,"+text, currency)
			if err != nil || got.Rows[0].Amount != want {
				t.Errorf("%s %s: %+v, %v", text, currency, got.Rows, err)
			}
		}
	}
}

func TestRead_NamesWhatIsWrongWithACell(t *testing.T) {
	for _, tt := range []struct {
		currency             money.Currency
		header, row          string
		reason, field, wants string
	}{
		{"GBP", "reference,amount", `PO-7,"1,234.50"`, "AMOUNT_INVALID", "content[2].amount", "such as 1234.50"},
		{"GBP", "reference;amount", `PO-7;1234,50`, "AMOUNT_INVALID", "content[2].amount", "separator of thousands"},
		{"GBP", "reference;amount", "PO-7;1\u00a0234.50", "AMOUNT_INVALID", "content[2].amount", "separator of thousands"},
		{"GBP", "reference,Total amount,amount", `PO-7,1,(20.00)`, "AMOUNT_INVALID", "content[2].amount", `line 2, column "amount": "(20.00)" is not an amount in GBP`},
		{"GBP", "reference,amount", `PO-7,`, "AMOUNT_INVALID", "content[2].amount", "write digits with a point"},
		{"JPY", "reference,amount", `PO-7,1.5`, "AMOUNT_TOO_PRECISE", "content[2].amount", "JPY has 0"},
		{"KWD", "reference,amount", `PO-7,1.2345`, "AMOUNT_TOO_PRECISE", "content[2].amount", "KWD has 3"},
		{"GBP", "reference,amount", `PO-7,99999999999999999.00`, "AMOUNT_OUT_OF_RANGE", "content[2].amount", "out of range"},
		{"GBP", "reference,amount,date", `PO-7,1.00,01/03/2026`, "DATE_INVALID", "content[2].date", "2026"},
		{"GBP", "reference,amount,Date", `PO-7,1.00,2026-02-30`, "DATE_INVALID", "content[2].date", `column "Date"`},
		{"GBP", "reference,amount,currency", `PO-7,1.00,USD`, "CURRENCY_MISMATCH", "content[2].currency", "each currency by itself"},
		{"GBP", "reference,amount,rate_bps", `PO-7,1.00,20%`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "write 2000 for 20 %"},
		{"GBP", "reference,amount,rate_bps", `PO-7,1.00,10001`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "10000"},
		{"GBP", "reference;amount;rate", `PO-7;1.00;17,5`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "write 20 or 17.5"},
		{"GBP", "reference,amount,rate", `PO-7,1.00,17.`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "percentage"},
		{"GBP", "reference,amount,rate", `PO-7,1.00,100.01`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "10000"},
		{"GBP", "reference,amount,rate", `PO-7,1.00,.5`, "MARGIN_BPS_OUT_OF_RANGE", "content[2].rate", "percentage"},
		{"GBP", "reference,amount", strings.Repeat("x", 201) + `,1.00`, "FILE_INVALID", "content[2].reference", "200 characters"},
		{"GBP", "reference,amount", `,1.00`, "FILE_INVALID", "content[2]", "no reference"},
		{"GBP", "reference,amount,date", `PO-7,1.00`, "FILE_INVALID", "content[2]", "2 cells and the header 3"},
		{"GBP", "reference,amount", `PO-7,1,234.50`, "FILE_INVALID", "content[2]", "3 cells and the header 2"},
		{"GBP", "reference,amount", `PO-"7,1.00`, "FILE_INVALID", "content[2]", "quotation mark"},
		{"GBP", "reference,amount", `"PO-7,1.00`, "FILE_INVALID", "content[2]", "quotation mark"},
		{"GBP", "reference,amount", "PO-7,1.00\nPO-8,\x001.00", "FILE_INVALID", "content[3]", "NUL"},
	} {
		_, err := matching.Read(tt.header+"\n"+tt.row, tt.currency)
		refusal, _ := fault.Of(err)
		if !errors.Is(err, matching.ErrFileInvalid) || len(refusal.Parts) != 1 {
			t.Errorf("%q: got %v", tt.row, err)
			continue
		}
		part := refusal.Parts[0]
		if string(part.Reason) != tt.reason || part.Field != tt.field || !strings.Contains(part.Message, tt.wants) || refusal.Message != part.Message {
			t.Errorf("%q: got %v", tt.row, part)
		}
	}
}

func TestRead_NamesWhatIsWrongWithTheHeader(t *testing.T) {
	for content, wants := range map[string]string{
		"":                                   "empty",
		"\n\n":                               "empty",
		"reference,amount_gbp\nPO-7,1.00":    `no column "amount"`,
		"amount,date\n1.00,2026-03-01":       `no column "reference"`,
		"reference,amount,Partner Reference": `column "reference" means the same`,
		"reference,amount,rate,rate_bps":     `column "rate" means the same`,
		"reference,\"amount\nPO-7,1.00":      "quotation mark",
		"PO-7|2026-03-01|400.00":             "the columns are",
	} {
		_, err := matching.Read(content, "GBP")
		if refusal, _ := fault.Of(err); !errors.Is(err, matching.ErrFileInvalid) || !strings.Contains(refusal.Message, wants) {
			t.Errorf("%q: got %v, want %s", content, err, wants)
		}
	}
}

func TestRead_ListsManyMistakesAtOnce(t *testing.T) {
	_, err := matching.Read("reference,amount,date\nPO-1,a,b\nPO-2,1.00,2026-03-01\nPO-\"3,1.00,2026-03-01\nPO-4,1.00,\n,1.00,", "GBP")
	refusal, _ := fault.Of(err)
	var got []string
	for _, part := range refusal.Parts {
		got = append(got, part.Field)
	}
	if diff := cmp.Diff([]string{"content[2].amount", "content[2].date", "content[4]", "content[6]"}, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(refusal.Message, "(and 3 more mistakes)") || refusal.Facts["mistake_count"] != "4" {
		t.Errorf("got %v", refusal)
	}
}

// A list of mistakes travels in the headers of an answer, of which many clients
// take 8 KiB.
func TestRead_ListsNoMoreMistakesThanTravel(t *testing.T) {
	title := strings.Repeat("x", 500)
	content := "reference,amount,date\n" + strings.Repeat(title+","+title+","+title+"\n", 5000)
	_, err := matching.Read(content, "GBP")
	refusal, _ := fault.Of(err)
	size := 0
	for _, part := range refusal.Parts {
		size += len(part.Field) + len(part.Reason) + len(part.Message)
	}
	if len(refusal.Parts) != 20 || refusal.Facts["mistake_count"] != "15000" || size > 5000 {
		t.Errorf("%d parts of %s, %d bytes", len(refusal.Parts), refusal.Facts["mistake_count"], size)
	}
}

func TestRead_BoundsTheRows(t *testing.T) {
	content := "reference,amount\n" + strings.Repeat("PO-7,1.00\n", matching.MostRows)
	if file, err := matching.Read(content, "GBP"); err != nil || len(file.Rows) != matching.MostRows {
		t.Fatalf("%d rows, %v", len(file.Rows), err)
	}
	_, err := matching.Read(content+"PO-7,1.00\nPO-7,1.00\n", "GBP")
	if refusal, _ := fault.Of(err); refusal == nil || !strings.HasPrefix(refusal.Message, "line 20002: the file has more than 20000 rows") {
		t.Errorf("got %v", err)
	}
}

// The sums of a reconciliation are amounts, too.
func TestRead_RefusesAmountsThatNoSumHolds(t *testing.T) {
	_, err := matching.Read("reference,amount\nPO-7,9000000000000.00\nPO-8,-2000000000000.00\n", "GBP")
	refusal, _ := fault.Of(err)
	if refusal == nil || len(refusal.Parts) != 1 || refusal.Parts[0].Reason != "AMOUNT_OUT_OF_RANGE" || refusal.Parts[0].Field != "content[3].amount" {
		t.Errorf("got %v", err)
	}
}

func TestRead_TakesAFileWithoutRows(t *testing.T) {
	file, err := matching.Read("reference,amount\n", "GBP")
	if err != nil || len(file.Rows) != 0 {
		t.Errorf("got %+v, %v", file, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, content := range []string{"reference,amount\nPO-7,1.00", "line_id;amount;rate\nent_1;2;17.5%", "a\tb\n\"", "\ufeffreference,amount,date\n,,\n"} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		file, err := matching.Read(content, "KWD")
		if err == nil {
			for _, r := range file.Rows {
				if r.Number < 2 || r.Reference == "" && r.LineID == "" || r.Rate < matching.NoRate || r.Rate > money.Whole {
					t.Errorf("row %+v", r)
				}
			}
			return
		}
		refusal, _ := fault.Of(err)
		if !errors.Is(err, matching.ErrFileInvalid) || len(refusal.Parts) == 0 || len(refusal.Parts) > 20 {
			t.Errorf("got %v", err)
		}
		for _, part := range refusal.Parts {
			if !strings.HasPrefix(part.Field, "content") || part.Message == "" {
				t.Errorf("part %+v", part)
			}
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	rows, lines := make([]matching.Row, matching.MostRows), make([]matching.Line, 50_000)
	day := calendar.On(2026, 3, 1)
	for i := range rows {
		rows[i] = matching.Row{Number: i + 2, Reference: fmt.Sprint("PO-", i), Date: day, Amount: int64(i), Rate: 2000}
	}
	for i := range lines {
		lines[i] = matching.Line{ID: fmt.Sprint("ent_", i), PartnerReference: fmt.Sprint("PO-", 2*i), SourceID: fmt.Sprint("sbm_", i), InvoiceID: fmt.Sprint("INV-", i),
			SubscriptionID: fmt.Sprint("sub_", i), Date: day, Amount: int64(i), Rate: 2000}
	}
	b.ReportAllocs()
	for b.Loop() {
		matching.Compare(rows, lines)
	}
}
