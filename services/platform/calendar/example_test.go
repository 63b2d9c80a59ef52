package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// TestR5_WorkedExamples reads testdata/R5.txtar, which is written for people:
// each line is a question in words and its answer.
func TestR5_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R5.txtar")
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]func(question string) (string, error){
		"months from a date":    monthsFrom,
		"terms from the anchor": termsFrom,
		"refused terms":         termFrom,
		"refused dates":         date,
		"refused ranges":        dateRange,
	}
	for _, section := range archive.Files {
		separator := ": "
		if section.Name == "months from a date" {
			separator = " is "
		}
		for line := range strings.Lines(string(section.Data)) {
			question, want, found := strings.Cut(strings.TrimSpace(line), separator)
			if !found {
				continue
			}
			got, err := answer[section.Name](question)
			if refusal, ok := fault.Of(err); ok {
				got = string(refusal.Reason)
			} else if err != nil {
				t.Fatalf("%s: %s: %v", section.Name, question, err)
			}
			if got != want {
				t.Errorf("%s: %s\n got %s\nwant %s", section.Name, question, got, want)
			}
		}
	}
}

func monthsFrom(question string) (string, error) {
	var d calendar.Date
	var n int
	if _, err := fmt.Sscanf(question, "%10s + %d months", text{&d}, &n); err != nil {
		return "", err
	}
	return d.AddMonths(n).String(), nil
}

func termsFrom(question string) (string, error) {
	var anchor calendar.Date
	var count, months int
	if _, err := fmt.Sscanf(question, "%10s, %d terms of %d months", text{&anchor}, &count, &months); err != nil {
		return "", err
	}
	var terms []string
	for start := anchor; len(terms) < count; {
		term, err := calendar.TermFrom(anchor, start, months)
		if err != nil {
			return "", err
		}
		terms, start = append(terms, term.String()), term.End
	}
	return strings.Join(terms, " "), nil
}

func termFrom(question string) (string, error) {
	var anchor, start calendar.Date
	var months int
	if _, err := fmt.Sscanf(question, "%10s from %10s for %d months", text{&anchor}, text{&start}, &months); err != nil {
		return "", err
	}
	term, err := calendar.TermFrom(anchor, start, months)
	return term.String(), err
}

func date(question string) (string, error) {
	d, err := calendar.ParseDate(question)
	return d.String(), err
}

func dateRange(question string) (string, error) {
	var start, end calendar.Date
	if _, err := fmt.Sscanf(question, "%10s to %10s", text{&start}, text{&end}); err != nil {
		return "", err
	}
	term, err := calendar.NewTerm(start, end)
	return term.String(), err
}

// text lets fmt.Sscanf read a date.
type text struct{ *calendar.Date }

func (t text) Scan(state fmt.ScanState, _ rune) error {
	token, err := state.Token(true, nil)
	if err != nil {
		return err
	}
	return t.UnmarshalText(token)
}
