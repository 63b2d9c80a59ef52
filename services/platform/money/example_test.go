package money_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// TestR1_WorkedExamples reads testdata/R1.txtar, which is written for people:
// each line is a calculation in words and its result.
func TestR1_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R1.txtar")
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]struct {
		separator string
		compute   func(question string) string
	}{
		"margins":         {" is ", marginOf},
		"equal parts":     {": ", partsOf},
		"parts by weight": {": ", partsOf},
		"refused":         {": ", marginOf},
	}
	for _, section := range archive.Files {
		for line := range strings.Lines(string(section.Data)) {
			question, want, found := strings.Cut(strings.TrimSpace(line), answer[section.Name].separator)
			if !found {
				continue
			}
			if got := answer[section.Name].compute(question); got != plain(want) {
				t.Errorf("%s: %s\n got %s\nwant %s", section.Name, question, got, want)
			}
		}
	}
}

// marginOf answers "24,000.00 GBP at 2000 bps" with the margin or the reason.
func marginOf(question string) string {
	var decimal, code string
	var rate money.Bps
	if _, err := fmt.Sscanf(strings.ReplaceAll(question, ",", ""), "%s %s at %d bps", &decimal, &code, &rate); err != nil {
		return err.Error()
	}
	net, err := money.Parse(code, decimal)
	if err != nil {
		return reasonOf(err)
	}
	margin, err := net.Portion(rate)
	if err != nil {
		return reasonOf(err)
	}
	return margin.Decimal()
}

// partsOf answers "1,000.00 GBP in 12" and "10.00 GBP by 1 0 2" with the runs
// of equal parts.
func partsOf(question string) string {
	words := strings.Fields(strings.ReplaceAll(question, ",", ""))
	total, err := money.Parse(words[1], words[0])
	if err != nil {
		return reasonOf(err)
	}
	var weights []int64
	for _, word := range words[3:] {
		var n int64
		if _, err := fmt.Sscan(word, &n); err != nil {
			return err.Error()
		}
		weights = append(weights, n)
	}
	if words[2] == "in" {
		weights = equal(int(weights[0]))
	}
	parts, err := money.Allocate(total, weights)
	if err != nil {
		return reasonOf(err)
	}
	return runs(parts)
}

func runs(parts []money.Amount) string {
	var text []string
	for i := 0; i < len(parts); {
		n := 1
		for i+n < len(parts) && parts[i+n] == parts[i] {
			n++
		}
		text = append(text, fmt.Sprintf("%d x %s", n, parts[i].Decimal()))
		i += n
	}
	return strings.Join(text, ", ")
}

func equal(n int) []int64 {
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = 1
	}
	return weights
}

func reasonOf(err error) string {
	if refusal, ok := fault.Of(err); ok {
		return string(refusal.Reason)
	}
	return "not a refusal: " + err.Error()
}

// plain takes the thousands separators out of amounts, but leaves the commas
// between parts.
func plain(text string) string {
	words := strings.Split(text, ", ")
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], ",", "")
	}
	return strings.Join(words, ", ")
}
