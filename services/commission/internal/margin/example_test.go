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
	asked, err := readExample(archive.Files)
	if err != nil {
		t.Fatal(err)
	}
	want := string(txtar.Format(archive))
	archive.Files = append(asked.questions, asked.answers()...)
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

// example is a sale, or a change of seats in its term, and what is asked of the
// margin afterwards: what a cap withholds, or how a change of partner divides it.
type example struct {
	questions []txtar.File
	sale      margin.Sale
	from      calendar.Date // of a change of seats
	withheld  *money.Bps    // at which cap
	at        calendar.Date // another partner's first day
	partner   margin.Sale   // that partner's rate and mode
}

func readExample(files []txtar.File) (x example, err error) {
	x.questions = files[:1]
	text := string(files[0].Data)
	if x.from, text, err = cut(text, "from"); err != nil {
		return x, err
	}
	if limit, rest, found := cutLine(text, "withheld at"); found {
		x.withheld, text = new(money.Bps), rest
		if _, err = fmt.Sscanf(limit, "%d bps", x.withheld); err != nil {
			return x, err
		}
	}
	if x.sale, err = readSale(text); err != nil || len(files) < 2 || files[1].Name != "another partner" {
		return x, err
	}
	x.questions = files[:2]
	if x.at, text, err = cut(string(files[1].Data), "from"); err == nil {
		x.partner, err = readSale(text)
	}
	return x, err
}

// cut takes the line with this date out of a text, if there is one.
func cut(text, name string) (date calendar.Date, rest string, err error) {
	value, rest, found := cutLine(text, name)
	if !found {
		return date, text, nil
	}
	date, err = calendar.ParseDate(value)
	return date, rest, err
}

func cutLine(text, name string) (value, rest string, found bool) {
	before, after, found := strings.Cut("\n"+text, "\n"+name+": ")
	value, after, _ = strings.Cut(after, "\n")
	return value, before + "\n" + after, found
}

func (x example) calculate() (margin.Calculation, error) {
	s := x.sale
	if x.from.IsZero() {
		return margin.Calculate(s)
	}
	return margin.CalculateSeatChange(margin.SeatChange{
		OldSeats: s.OldSeats, Seats: s.Seats, UnitPrice: s.UnitPrice, Uplift: s.Uplift, Anchor: s.Anchor,
		Term: calendar.Term{Start: s.Start, End: s.End}, Months: s.Months, From: x.from, Billing: s.Billing, Mode: s.Mode, Rate: s.Rate,
	})
}

func (x example) answers() []txtar.File {
	calculation, err := x.calculate()
	if err != nil {
		return refusal(err)
	}
	result := resultOf(calculation)
	if x.withheld != nil {
		w, err := calculation.Withheld(*x.withheld)
		if err != nil {
			return refusal(err)
		}
		result += fmt.Sprintf("withheld:   %s of %s agreed, %s at the cap\n", w.Amount, w.Agreed, w.Capped)
	}
	if !x.at.IsZero() {
		old, new, err := calculation.Share().Split(x.at, x.partner.Rate, x.partner.Mode)
		if err != nil {
			return refusal(err)
		}
		return []txtar.File{{Name: "result", Data: []byte(result)}, {Name: "shares", Data: []byte(shareOf("old", old) + shareOf("new", new))}}
	}
	return []txtar.File{{Name: "result", Data: []byte(result)}, {Name: "explanation", Data: []byte(explanationOf(calculation))}}
}

func refusal(err error) []txtar.File {
	refusal, ok := fault.Of(err)
	if !ok {
		return []txtar.File{{Name: "error", Data: []byte(err.Error() + "\n")}}
	}
	return []txtar.File{{Name: "refusal", Data: fmt.Appendf(nil, "%s\n%s: %s\n", refusal.Reason, refusal.Field, refusal.Message)}}
}

// readSale reads lines such as "seats: 200" and "locked: 2000 bps on 2025-04-01".
func readSale(text string) (s margin.Sale, err error) {
	for line := range strings.Lines(text) {
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
		case "end":
			s.End, err = calendar.ParseDate(value)
		case "reward":
			s.Reward = &margin.Reward{RegistrationID: "reg_1", CodeVersionID: "cod_2026"}
			_, err = fmt.Sscanf(value, "%d bps", &s.Reward.Rate)
		case "no reward":
			s.NoReward = margin.NoReward(value)
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
	case "ordered":
		r.OfferedOn, err = calendar.ParseDate(value)
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
	case "appeal by":
		r.Cap.AppealBy, err = calendar.ParseDate(value)
	case "verdict":
		r.Cap.Because = &margin.Because{Ground: "INSIDE_WINDOW", Clause: margin.EthicalEcosystem, Sentence: value}
	case "case":
		r.Cap.Because.State = margin.CaseState(value)
	default:
		err = fmt.Errorf("an example can't say %q", name)
	}
	return err
}

func readAmount(text string) (money.Amount, error) {
	decimal, code, _ := strings.Cut(text, " ")
	return money.Parse(code, strings.ReplaceAll(decimal, ",", ""))
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
	if c.Reward != nil {
		fmt.Fprintf(&b, "reward:     %s, %d bps of %s\n", c.Reward.Amount, c.Reward.Rate, c.Reward.Base)
	}
	for _, line := range c.Lines {
		seats := ""
		if line.Seats > 0 {
			seats = fmt.Sprintf("%d seats, ", line.Seats)
		}
		fmt.Fprintf(&b, "%-11s %snet %s, margin %s\n", line.Kind+":", seats, line.Net, line.Margin)
	}
	if len(c.Instalments) > 1 {
		b.WriteString(instalmentsOf(c.Instalments, !c.Term.Empty()))
	}
	return b.String()
}

func shareOf(whose string, s margin.Share) string {
	if s.Span.Empty() {
		return fmt.Sprintf("%s:        nothing\n", whose)
	}
	return fmt.Sprintf("%s:        %s, %d days\nnet:        %s\nrate:       %d bps %s\nmargin:     %s\n%s",
		whose, s.Span, s.Span.Days(), s.Net, s.Effective, s.Mode, s.Margin, instalmentsOf(s.Instalments, true))
}

func instalmentsOf(list []margin.Instalment, dated bool) string {
	var nets, margins, rewards []string
	for _, part := range list {
		nets, margins = append(nets, part.Net.Decimal()), append(margins, part.Margin.Decimal())
		if part.Reward.Currency != "" {
			rewards = append(rewards, part.Reward.Decimal())
		}
	}
	text := fmt.Sprintf("invoiced:   %s\nearned:     %s\n", runs(nets), runs(margins))
	if len(rewards) > 0 {
		text += fmt.Sprintf("rewarded:   %s\n", runs(rewards))
	}
	switch n := len(list); {
	case !dated:
	case n == 1:
		text += fmt.Sprintf("from:       %s\n", list[0].Start)
	default:
		text += fmt.Sprintf("from:       %s, then %s, last %s\n", list[0].Start, list[1].Start, list[n-1].Start)
	}
	return text
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
