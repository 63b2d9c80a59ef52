package scores_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// TestR12_WorkedExamples reads testdata/R12.txtar, which is written for people.
func TestR12_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R12.txtar")
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]func(*testing.T, string) string{"questions": questions, "recommendations": recommendations, "tables": table}
	for _, section := range archive.Files {
		for line := range strings.Lines(string(section.Data)) {
			question, want, found := strings.Cut(strings.TrimSpace(line), ": ")
			if !found {
				continue
			}
			if got := answer[section.Name](t, question); got != want {
				t.Errorf("%s: %s\n got %s\nwant %s", section.Name, question, got, want)
			}
		}
	}
}

// questions reads "1 1 3 20 25, 2 3 5 20 20, 4 6 10 18 12".
func questions(t *testing.T, text string) string {
	var tally scores.Tally
	for i, counts := range strings.Split(text, ", ") {
		var n [5]int64
		scan(t, counts, "%d %d %d %d %d", &n[0], &n[1], &n[2], &n[3], &n[4])
		tally[i] = scores.Ratings(n)
	}
	s := policy.Scores(tally, scores.All)
	indices := make([]string, 0, 3)
	for _, f := range []scores.Figure{s.Needs, s.Ease, s.Enjoyment} {
		value, _, _ := strings.Cut(figure(f), " ")
		indices = append(indices, value)
	}
	return strings.Join(indices, " ") + ", CXi " + figure(s.CXi)
}

// recommendations reads "20 promoters, 6 passives, 4 detractors".
func recommendations(t *testing.T, text string) string {
	var s scores.Split
	scan(t, text, "%d promoters, %d passives, %d detractors", &s.High, &s.Middle, &s.Low)
	nps := policy.Scores(scores.Tally{scores.Recommend: s}, scores.All).NPS
	if !nps.Shown() {
		return figure(nps.Figure)
	}
	return fmt.Sprintf("NPS %d [%s, %s] of %d %s", nps.Value, nps.Low, nps.High, nps.N, strings.ToLower(string(nps.Standing)))
}

// table reads the numbers of answers of the rows, "12 30 8".
func table(t *testing.T, text string) string {
	rows := strings.Fields(text)
	ns := make([]int64, len(rows))
	for i, row := range rows {
		scan(t, row, "%d", &ns[i])
	}
	for i, shown := range policy.Suppress(ns) {
		if !shown {
			rows[i] = "hidden"
		}
	}
	return strings.Join(rows, " ")
}

// figure writes "65 of 50 OKAY", "100 of 29 indicative" or "hidden".
func figure(f scores.Figure) string {
	switch {
	case !f.Shown():
		return "hidden"
	case f.Band == "":
		return fmt.Sprintf("%d of %d %s", f.Value, f.N, strings.ToLower(string(f.Standing)))
	default:
		return fmt.Sprintf("%d of %d %s", f.Value, f.N, f.Band)
	}
}

func scan(t *testing.T, text, format string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscanf(text, format, into...); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}
