package retention_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// TestR11_WorkedExamples reads testdata/R11.txtar, which is written for people.
func TestR11_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R11.txtar")
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]func([]retention.Change) string{"books": rates, "undefined": rates, "movements": first}
	for _, section := range archive.Files {
		for line := range strings.Lines(string(section.Data)) {
			question, want, found := strings.Cut(strings.TrimSpace(line), ": ")
			if !found {
				continue
			}
			if got := answer[section.Name](book(t, question)); got != want {
				t.Errorf("%s: %s\n got %s\nwant %s", section.Name, question, got, want)
			}
		}
	}
}

// book reads "100 to 99; 100 gone; 100 lost".
func book(t *testing.T, question string) (changes []retention.Change) {
	t.Helper()
	if question == "nobody" {
		return nil
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(question, ",", ""), "; ") {
		words := strings.Fields(part)
		c := retention.Change{Start: pounds(t, words[0]), End: pounds(t, "0")}
		switch words[1] {
		case "to":
			c.Active, c.End = true, pounds(t, words[2])
		case "lost":
			c.Moved = true
		}
		changes = append(changes, c)
	}
	return changes
}

func pounds(t *testing.T, decimal string) money.Amount {
	t.Helper()
	a, err := money.Parse("GBP", decimal)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func rates(changes []retention.Change) string {
	figures, err := retention.Sum("GBP", tallied(changes))
	if err == nil {
		err = figures.Defined()
	}
	if refusal, ok := fault.Of(err); ok {
		return string(refusal.Reason)
	}
	word := func(b money.Bps, ok bool) string {
		if !ok {
			return "none"
		}
		return fmt.Sprint(b)
	}
	return fmt.Sprintf("GRR %s, NRR %s, logo %s", word(figures.GRR()), word(figures.NRR()), word(figures.Logo()))
}

func first(changes []retention.Change) string { return string(changes[0].Movement()) }

// tallied counts each customer by itself.
func tallied(changes []retention.Change) []retention.Tally {
	list := make([]retention.Tally, len(changes))
	for i, c := range changes {
		list[i] = retention.Tally{Movement: c.Movement(), Customers: 1, Start: c.Start, End: c.End}
	}
	return list
}

func TestSum_RefusesWhatCannotBeAdded(t *testing.T) {
	most := money.Amount{Minor: money.MaxMinor, Currency: "GBP"}
	huge := retention.Tally{Movement: retention.Retained, Customers: 1, Start: most, End: most}
	if _, err := retention.Sum("GBP", []retention.Tally{huge, huge}); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("got %v", err)
	}
	if _, err := retention.Sum("USD", []retention.Tally{huge}); !errors.Is(err, money.ErrMismatch) {
		t.Errorf("got %v", err)
	}
}
