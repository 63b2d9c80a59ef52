package matching_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// The laws hold for few references, days and amounts, so that much is alike.

func days() *rapid.Generator[calendar.Date] {
	return rapid.Custom(func(t *rapid.T) calendar.Date {
		return calendar.On(2026, 3, 1).AddDays(rapid.IntRange(0, 2).Draw(t, "day"))
	})
}

func amounts() *rapid.Generator[int64] { return rapid.Int64Range(-3, 3) }

func rates() *rapid.Generator[money.Bps] {
	return rapid.SampledFrom([]money.Bps{matching.NoRate, 1500, 2000})
}

func statements() *rapid.Generator[[]matching.Line] {
	return rapid.Custom(func(t *rapid.T) []matching.Line {
		lines := make([]matching.Line, rapid.IntRange(0, 12).Draw(t, "lines"))
		for i := range lines {
			lines[i] = matching.Line{
				ID: fmt.Sprint("ent_", i), Date: days().Draw(t, "date"), Amount: amounts().Draw(t, "amount"), Rate: rates().Draw(t, "rate"),
			}
			if rapid.Bool().Draw(t, "earned") {
				lines[i].PartnerReference = rapid.SampledFrom([]string{"", "PO-1", "PO-2"}).Draw(t, "reference")
				lines[i].SourceID = rapid.SampledFrom([]string{"sbm_1", "sbm_2"}).Draw(t, "source")
				lines[i].InvoiceID = rapid.SampledFrom([]string{"INV-1", "INV-2", "PO-1"}).Draw(t, "invoice")
				lines[i].SubscriptionID = rapid.SampledFrom([]string{"sub_1", "sub_2"}).Draw(t, "subscription")
			}
		}
		return lines
	})
}

func files() *rapid.Generator[[]matching.Row] {
	return rapid.Custom(func(t *rapid.T) []matching.Row {
		rows := make([]matching.Row, rapid.IntRange(0, 12).Draw(t, "rows"))
		for i := range rows {
			rows[i] = matching.Row{
				Number: i + 2, Amount: amounts().Draw(t, "amount"), Rate: rates().Draw(t, "rate"),
				Reference: rapid.SampledFrom([]string{"PO-1", "PO-2", "sbm_1", "INV-1", "sub_1", "sub_2", "ent_0", "elsewhere"}).Draw(t, "reference"),
			}
			if rapid.Bool().Draw(t, "dated") {
				rows[i].Date = days().Draw(t, "date")
			}
			if rapid.IntRange(0, 4).Draw(t, "names a line") == 0 {
				rows[i].LineID = rapid.SampledFrom([]string{"ent_0", "ent_1", "ent_99"}).Draw(t, "line")
			}
		}
		return rows
	})
}

func TestLaw_EveryRowAndLineIsThereOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, lines := files().Draw(t, "file"), statements().Draw(t, "statement")
		var gotRows []matching.Row
		var gotLines []matching.Line
		for _, p := range matching.Compare(rows, lines) {
			if p.Row != nil {
				gotRows = append(gotRows, *p.Row)
			}
			if p.Line != nil {
				gotLines = append(gotLines, *p.Line)
			}
		}
		slices.SortFunc(gotLines, func(a, b matching.Line) int { return cmp.Compare(a.ID, b.ID) })
		slices.SortFunc(lines, func(a, b matching.Line) int { return cmp.Compare(a.ID, b.ID) })
		if !slices.Equal(gotRows, rows) || !slices.Equal(gotLines, lines) {
			t.Fatalf("rows %v, lines %v", gotRows, gotLines)
		}
	})
}

func TestLaw_SumsAreThoseOfBothSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, lines := files().Draw(t, "file"), statements().Draw(t, "statement")
		sums := matching.AddUp(matching.Compare(rows, lines))
		want := matching.Sum{}
		for _, s := range sums.ByOutcome {
			want = matching.Sum{Pairs: want.Pairs + s.Pairs, File: want.File + s.File, Statement: want.Statement + s.Statement}
		}
		var file, stated int64
		for _, r := range rows {
			file += r.Amount
		}
		for _, l := range lines {
			stated += l.Amount
		}
		if sums.Total != want || sums.Total.File != file || sums.Total.Statement != stated || sums.Rows != len(rows) || sums.Lines != len(lines) {
			t.Fatalf("got %+v; the outcomes come to %+v, the sides to %d and %d", sums, want, file, stated)
		}
		if sums.ByOutcome[matching.Matched].File != sums.ByOutcome[matching.Matched].Statement {
			t.Fatalf("matched: %+v", sums.ByOutcome[matching.Matched])
		}
	})
}

// signatures say who is paired with whom, whatever the order was.
func signatures(pairs []matching.Pair) []string {
	var list []string
	for _, p := range pairs {
		row, line := "", ""
		if p.Row != nil {
			r := *p.Row
			r.Number = 0
			row = fmt.Sprint(r)
		}
		if p.Line != nil {
			line = p.Line.ID
		}
		list = append(list, row+" "+line+" "+string(p.Outcome()))
	}
	slices.Sort(list)
	return list
}

func TestLaw_TheOrderOfEitherSideChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, lines := files().Draw(t, "file"), statements().Draw(t, "statement")
		want := signatures(matching.Compare(rows, lines))
		shuffled := rapid.Permutation(rows).Draw(t, "another order")
		for i := range shuffled {
			shuffled[i].Number = i + 2
		}
		got := signatures(matching.Compare(shuffled, rapid.Permutation(lines).Draw(t, "another order of lines")))
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestLaw_WhatIsLeftNamesNothingThatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := matching.Compare(files().Draw(t, "file"), statements().Draw(t, "statement"))
		for _, p := range pairs {
			for _, q := range pairs {
				if p.Line == nil && q.Row == nil && namesLine(*p.Row, *q.Line) {
					t.Fatalf("%v and %v are both left", *p.Row, *q.Line)
				}
			}
			if p.Row != nil && p.Line != nil && !namesLine(*p.Row, *p.Line) {
				t.Fatalf("%v is paired with %v", *p.Row, *p.Line)
			}
		}
	})
}

func namesLine(r matching.Row, l matching.Line) bool {
	if r.LineID != "" {
		return r.LineID == l.ID
	}
	return slices.Contains([]string{l.ID, l.PartnerReference, l.SourceID, l.InvoiceID, l.SubscriptionID}, r.Reference)
}

// A pair that could be MATCHED is never given up for a worse one.
func TestLaw_NoRowAndLineThatAgreeArePairedWithOthersThatDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := matching.Compare(files().Draw(t, "file"), statements().Draw(t, "statement"))
		worse := func(p matching.Pair) bool {
			return slices.Contains(p.Differences(), matching.Amount) || p.Outcome() != matching.Matched && p.Outcome() != matching.Different
		}
		for _, p := range pairs {
			for _, q := range pairs {
				if p.Row == nil || q.Line == nil || !worse(p) || !worse(q) || !namesLine(*p.Row, *q.Line) {
					continue
				}
				if p.Row.Amount == q.Line.Amount {
					t.Fatalf("%v and %v have one amount, and both are paired worse", *p.Row, *q.Line)
				}
			}
		}
	})
}

// exported writes a statement as its export does, as far as it matters here.
func exported(lines []matching.Line, c money.Currency) string {
	var text strings.Builder
	out := csv.NewWriter(&text)
	_ = out.Write([]string{"line_id", "section", "effective_date", "amount", "currency_code", "partner_reference", "rate_bps", "customer_name"})
	for _, l := range lines {
		rate := ""
		if l.Rate != matching.NoRate {
			rate = fmt.Sprint(int32(l.Rate))
		}
		_ = out.Write([]string{l.ID, "CURRENT", l.Date.String(), money.Amount{Minor: l.Amount, Currency: c}.Decimal(), string(c), l.PartnerReference, rate, "=Müller, \"GmbH\""})
	}
	out.Flush()
	return text.String()
}

func TestLaw_AStatementsOwnExportMatchesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := statements().Draw(t, "statement")
		currency := rapid.SampledFrom([]money.Currency{"GBP", "JPY", "KWD"}).Draw(t, "currency")
		file, err := matching.Read(exported(lines, currency), currency)
		if err != nil {
			t.Fatal(err)
		}
		sums := matching.AddUp(matching.Compare(file.Rows, lines))
		if matched := sums.ByOutcome[matching.Matched]; matched.Pairs != len(lines) || sums.Total != matched {
			t.Fatalf("got %+v", sums)
		}
	})
}

// Whichever name a file uses throughout, it matches the statement that it was
// made from.
func TestLaw_AStatementNamedInOneWayMatchesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := statements().Draw(t, "statement")
		name := rapid.SampledFrom([]func(matching.Line) string{
			func(l matching.Line) string { return l.ID }, func(l matching.Line) string { return l.SourceID }, func(l matching.Line) string { return l.SubscriptionID },
		}).Draw(t, "name")
		lines = slices.DeleteFunc(lines, func(l matching.Line) bool { return name(l) == "" })
		rows := make([]matching.Row, len(lines))
		for i, l := range lines {
			rows[i] = matching.Row{Number: i + 2, Reference: name(l), Date: l.Date, Amount: l.Amount, Rate: l.Rate}
		}
		if sums := matching.AddUp(matching.Compare(rows, lines)); sums.ByOutcome[matching.Matched].Pairs != len(lines) {
			t.Fatalf("got %+v", sums)
		}
	})
}
