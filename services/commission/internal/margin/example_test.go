package margin_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var update = flag.Bool("update", false, "write results and explanations into testdata")

// TestCalculate_WorkedExamples checks testdata/*.txtar, which are written for
// people: a sale in words, what it earns, and the explanation as the partner
// reads it.
func TestCalculate_WorkedExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkExample(t, file) })
	}
}

func checkExample(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sale, err := readSale(string(archive.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	got := []txtar.File{archive.Files[0]}
	calculation, err := margin.Calculate(sale)
	if refusal, ok := fault.Of(err); ok {
		got = append(got, txtar.File{Name: "refusal", Data: fmt.Appendf(nil, "%s\n%s: %s\n", refusal.Reason, refusal.Field, refusal.Message)})
	} else {
		got = append(got, txtar.File{Name: "result", Data: []byte(resultOf(calculation))},
			txtar.File{Name: "explanation", Data: []byte(explanationOf(calculation))})
	}
	want := string(txtar.Format(archive))
	archive.Files = got
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(txtar.Format(archive))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// readSale reads lines such as "seats: 200" and "locked: 2000 bps on 2025-04-01".
func readSale(text string) (s margin.Sale, err error) {
	for line := range strings.Lines(strings.ReplaceAll(text, ",", "")) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || err != nil {
			continue
		}
		value = strings.TrimSpace(value)
		switch name {
		case "net":
			s.Net, err = readAmount(value)
		case "seats":
			_, err = fmt.Sscan(value, &s.Seats)
		case "seats before":
			_, err = fmt.Sscan(value, &s.OldSeats)
		case "price":
			s.UnitPrice, err = readAmount(value)
		case "price before":
			s.OldUnitPrice, err = readAmount(value)
		case "uplift":
			_, err = fmt.Sscanf(value, "%d bps", &s.Uplift)
		case "anchor":
			s.Anchor, err = calendar.ParseDate(value)
		case "start":
			s.Start, err = calendar.ParseDate(value)
		case "months":
			_, err = fmt.Sscan(value, &s.Months)
		case "billing":
			s.Billing = margin.Billing(value)
		case "mode":
			s.Mode = margin.Mode(value)
		default:
			err = readRate(&s.Rate, name, value)
		}
	}
	return s, err
}

func readRate(r *margin.Rate, name, value string) (err error) {
	var date string
	switch name {
	case "card":
		_, err = fmt.Sscanf(value, "%d bps", &r.Locked)
		r.RateCardID = "rat_2026"
	case "locked":
		if _, err = fmt.Sscanf(value, "%d bps on %s", &r.Locked, &date); err == nil {
			r.LockedOn, err = calendar.ParseDate(date)
		}
	case "raised":
		if _, err = fmt.Sscanf(value, "%d bps from %s", &r.Raised, &date); err == nil {
			r.RaisedFrom, err = calendar.ParseDate(date)
		}
	case "cap":
		r.Cap = &margin.Cap{CodeVersionID: "cod_2026"}
		if _, err = fmt.Sscanf(value, "%d bps until %s", &r.Cap.Rate, &date); err == nil {
			r.Cap.Until, err = calendar.ParseDate(date)
		}
	default:
		err = fmt.Errorf("an example can't say %q", name)
	}
	return err
}

func readAmount(text string) (money.Amount, error) {
	decimal, code, _ := strings.Cut(text, " ")
	return money.Parse(code, decimal)
}

func resultOf(c margin.Calculation) string {
	var b strings.Builder
	if !c.Term.Empty() {
		fmt.Fprintf(&b, "term:       %s\n", c.Term)
	}
	fmt.Fprintf(&b, "net:        %s\nrate:       %d bps\nmargin:     %s\n", c.Net, c.Effective, c.Margin)
	if c.Mode == margin.Resale {
		fmt.Fprintf(&b, "buy price:  %s\n", c.BuyPrice)
	}
	for _, line := range c.Lines {
		seats := ""
		if line.Seats > 0 {
			seats = fmt.Sprintf("%d seats, ", line.Seats)
		}
		fmt.Fprintf(&b, "%-11s %snet %s, margin %s\n", line.Kind+":", seats, line.Net, line.Margin)
	}
	if n := len(c.Instalments); n > 1 {
		var nets, margins []string
		for _, part := range c.Instalments {
			nets, margins = append(nets, part.Net.Decimal()), append(margins, part.Margin.Decimal())
		}
		fmt.Fprintf(&b, "invoiced:   %s\nearned:     %s\n", runs(nets), runs(margins))
		if !c.Term.Empty() {
			fmt.Fprintf(&b, "from:       %s, then %s, last %s\n", c.Instalments[0].Start, c.Instalments[1].Start, c.Instalments[n-1].Start)
		}
	}
	return b.String()
}

func runs(parts []string) string {
	var text []string
	for i := 0; i < len(parts); {
		n := 1
		for i+n < len(parts) && parts[i+n] == parts[i] {
			n++
		}
		text = append(text, fmt.Sprintf("%d x %s", n, parts[i]))
		i += n
	}
	return strings.Join(text, ", ")
}

func explanationOf(c margin.Calculation) string {
	var b strings.Builder
	for _, step := range c.Steps {
		fmt.Fprintf(&b, "%d. %s (%s)\n   %s\n", step.Number, step.Rule, step.Clause, step.Sentence)
	}
	return b.String()
}
