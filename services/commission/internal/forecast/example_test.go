package forecast_test

import (
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func examples(t *testing.T, file string) []txtar.File {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return archive.Files
}

// TestR10_Figures reads testdata/R10-figures.txtar.
func TestR10_Figures(t *testing.T) {
	for _, example := range examples(t, "R10-figures.txtar") {
		given, want, _ := strings.Cut(strings.TrimSpace(string(example.Data)), ": ")
		lines, err := readMargins(given)
		if err != nil {
			t.Fatalf("%s: %v", example.Name, err)
		}
		made := forecast.Sum(lines).Totals[0]
		show := func(minor int64) string { return money.Amount{Minor: minor, Currency: made.Currency}.Decimal() }
		f := made.Total
		got := fmt.Sprintf("committed %s, expected %s, upside %s, deviation %s", show(f.Committed), show(f.Expected), show(f.Upside), show(f.Deviation))
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", example.Name, got, want)
		}
	}
}

// readMargins reads "1000.00 GBP committed, 4800.00 GBP at 9000".
func readMargins(text string) (lines []forecast.Line, err error) {
	for _, part := range strings.Split(text, ", ") {
		words := strings.Fields(part)
		amount, err := money.Parse(words[1], words[0])
		if err != nil {
			return nil, err
		}
		line := forecast.Line{Currency: amount.Currency, Mode: margin.Agency, Month: 24_300, Minor: amount.Minor}
		if words[2] == "at" {
			var p forecast.Probabilities
			if _, err := fmt.Sscan(words[3], &p.Open); err != nil {
				return nil, err
			}
			line.State, line.Ahead, line.By, line.Squares = renewal.Open, 1, &p, square(amount.Minor)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func square(minor int64) *big.Int { return new(big.Int).Mul(big.NewInt(minor), big.NewInt(minor)) }

// TestR10_Parts reads testdata/R10-parts.txtar.
func TestR10_Parts(t *testing.T) {
	for _, example := range examples(t, "R10-parts.txtar") {
		lines := strings.SplitN(strings.TrimSpace(string(example.Data)), "\n", 3)
		s, err := readContract(lines[0])
		if err != nil {
			t.Fatalf("%s: %v", example.Name, err)
		}
		today, until, err := readFacts(&s, lines[1])
		if err != nil {
			t.Fatalf("%s: %v", example.Name, err)
		}
		if got, want := shown(s.Parts(today, until)), lines[2]; got != want {
			t.Errorf("%s\n got %s\nwant %s", example.Name, got, want)
		}
	}
}

func readContract(line string) (s forecast.Subscription, err error) {
	c := &s.Contract
	var anchor, start, end, decimal, code string
	_, err = fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "anchor %s term %s to %s %d months %d seats at %s %s uplift %d bps %s",
		&anchor, &start, &end, &c.Months, &c.Seats, &decimal, &code, &c.Uplift, &c.Billing)
	for _, date := range []struct {
		text string
		into *calendar.Date
	}{{anchor, &c.Anchor}, {start, &c.Term.Start}, {end, &c.Term.End}} {
		if err == nil {
			err = date.into.UnmarshalText([]byte(date.text))
		}
	}
	if err == nil {
		c.UnitPrice, err = money.Parse(code, decimal)
	}
	s.Imported = []forecast.Imported{{Term: c.Term, Months: c.Months, Seats: c.Seats, UnitPrice: c.UnitPrice, Billing: c.Billing}}
	s.Renewals = []forecast.Due{{PartnerID: "softcat"}}
	s.Renewals[0].Windows = renewal.Policy{OpenDays: 90, GraceDays: 30, LapsedDays: 60}.Windows(c.Term.End)
	s.Tenures = []forecast.Tenure{{PartnerID: "softcat", From: c.Anchor}}
	return s, err
}

// readFacts reads "on 2026-03-02, locked 2000 bps, declined".
func readFacts(s *forecast.Subscription, text string) (today calendar.Date, until forecast.Month, err error) {
	until = forecast.MonthOf(calendar.On(2028, 12, 1))
	relationship := margin.Relationship{ID: "rel_1", PartnerID: "softcat", From: s.Contract.Anchor, Mode: margin.Resale}
	for _, part := range strings.Split(text, ", ") {
		words := strings.Fields(part)
		day, _ := calendar.ParseDate(words[len(words)-1])
		bps := money.Bps(0)
		if len(words) > 2 {
			_, _ = fmt.Sscan(words[1], &bps)
		}
		switch words[0] {
		case "on":
			today = day
		case "until":
			until = forecast.MonthOf(day)
		case "locked":
			relationship.Lock = margin.Lock{Rate: bps, On: relationship.From}
		case "capped":
			relationship.Cap = &margin.Cap{Rate: bps, Until: day}
		case "raised":
			relationship.Raises = append(relationship.Raises, margin.Raise{Rate: bps, From: day, Proposer: "anna", Approver: "bert"})
		case "declined":
			s.Renewals[0].DeclinedOn = today
		case "cancelled":
			s.CancelledFrom, s.Renewals[0].CancelledFrom = day, day
		default:
			return today, until, fmt.Errorf("unknown fact %q", part)
		}
	}
	s.Relationships = []margin.Relationship{relationship}
	return today, until, nil
}

func shown(parts []forecast.Part) string {
	var lines []string
	for _, p := range parts {
		if p.Unlocked {
			lines = append(lines, p.PartnerID+" has no locked margin")
		}
		for _, term := range p.Terms {
			what := "imported"
			if term.Ahead > 0 {
				what = fmt.Sprint(p.State, " ", term.Ahead)
			}
			line := fmt.Sprintf("%s %s: %d seats at %s, %d bps", term.Start, what, term.Seats, pounds(term.UnitPrice), term.Rate)
			for _, e := range term.Earns {
				line += fmt.Sprintf(", %s %s", e.Month, pounds(e.Minor))
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func pounds(pence int64) string { return money.Amount{Minor: pence, Currency: "GBP"}.Decimal() }
