package matching_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// TestReconciliation_WorkedExamples reads testdata/reconciliation.txtar, which is
// written for people.
func TestReconciliation_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/reconciliation.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+2 < len(archive.Files); i += 3 {
		t.Run(archive.Files[i].Name, func(t *testing.T) {
			file, err := matching.Read(strings.TrimSpace(string(archive.Files[i].Data)), "GBP")
			if err != nil {
				t.Fatal(err)
			}
			pairs := matching.Compare(file.Rows, statement(t, string(archive.Files[i+1].Data)))
			if diff := cmp.Diff(strings.TrimSpace(string(archive.Files[i+2].Data)), told(pairs)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func statement(t *testing.T, text string) (lines []matching.Line) {
	t.Helper()
	for row := range strings.Lines(strings.TrimSpace(text)) {
		cells := strings.Split(row, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		amount, err := money.Parse("GBP", cells[6])
		if err != nil {
			t.Fatal(err)
		}
		day, err := calendar.ParseDate(cells[5])
		if err != nil {
			t.Fatal(err)
		}
		l := matching.Line{
			ID: cells[0], PartnerReference: cells[1], SourceID: cells[2], InvoiceID: cells[3], SubscriptionID: cells[4], Date: day, Amount: amount.Minor,
			Rate: matching.NoRate,
		}
		if n, err := strconv.Atoi(cells[7]); err == nil {
			l.Rate = money.Bps(n)
		}
		lines = append(lines, l)
	}
	return lines
}

func told(pairs []matching.Pair) string {
	var text strings.Builder
	for _, p := range pairs {
		words := []string{"-", string(p.Outcome())}
		if p.Row != nil {
			words[0] = strconv.Itoa(p.Row.Number)
		}
		if p.Line != nil {
			words = append(words, p.Line.ID)
		}
		for _, d := range p.Differences() {
			words = append(words, string(d))
		}
		fmt.Fprintln(&text, strings.Join(words, " "))
	}
	gbp := func(minor int64) string { return money.Amount{Minor: minor, Currency: "GBP"}.Decimal() }
	sum := matching.AddUp(pairs).Total
	fmt.Fprintf(&text, "file %s, statement %s, difference %s", gbp(sum.File), gbp(sum.Statement), gbp(sum.File-sum.Statement))
	return text.String()
}
