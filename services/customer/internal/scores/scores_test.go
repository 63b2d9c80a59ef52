package scores_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// policy is the programme's first.
var policy = scores.Policy{Version: 1, Excellent: 85, Good: 75, Okay: 65, Poor: 55, Minimum: 5, Full: 30, PublishDay: 5, FollowUpDays: 30}

func full(n int64, value int, band scores.Band) scores.Figure {
	return scores.Figure{Standing: scores.Full, N: n, Value: value, Band: band}
}

func TestScores_WorkedExample(t *testing.T) {
	tally := scores.Tally{
		scores.Ratings([5]int64{1, 1, 3, 20, 25}), scores.Ratings([5]int64{2, 3, 5, 20, 20}), scores.Ratings([5]int64{4, 6, 10, 18, 12}),
		{High: 20, Middle: 6, Low: 4},
	}
	want := scores.Scores{
		Needs: full(50, 86, scores.Excellent), Ease: full(50, 70, scores.Okay), Enjoyment: full(50, 40, scores.VeryPoor),
		CXi: full(50, 65, scores.Okay),
		NPS: scores.Promotion{Figure: full(30, 53, ""), Low: 235, High: 735},
	}
	if diff := cmp.Diff(want, policy.Scores(tally, scores.All)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

func TestScores_ShowWhatSmallNumbersAllow(t *testing.T) {
	for n, want := range map[int64]scores.Figure{
		0: {Standing: scores.Hidden}, 4: {Standing: scores.Hidden},
		5:  {Standing: scores.Indicative, N: 5, Value: 100},
		29: {Standing: scores.Indicative, N: 29, Value: 100},
		30: full(30, 100, scores.Excellent),
	} {
		high := scores.Split{High: n}
		got := policy.Scores(scores.Tally{high, high, high, high}, scores.All)
		if diff := cmp.Diff([]scores.Figure{want, want}, []scores.Figure{got.Needs, got.CXi}); diff != "" {
			t.Errorf("%d answers (-want +got):\n%s", n, diff)
		}
	}
}

func TestScores_CountEachQuestionByItsOwnAnswers(t *testing.T) {
	var tally scores.Tally
	for range 40 {
		tally = tally.Add(scores.Answer{Needs: 5, Recommend: -1})
	}
	for range 30 {
		tally = tally.Add(scores.Answer{Ease: 2, Enjoyment: 3, Recommend: 10})
	}
	got := policy.Scores(tally, scores.All)
	want := scores.Scores{
		Needs: full(40, 100, scores.Excellent), Ease: full(30, -100, scores.VeryPoor), Enjoyment: full(30, 0, scores.VeryPoor),
		CXi: full(30, 0, scores.VeryPoor), NPS: scores.Promotion{Figure: full(30, 100, ""), Low: 787, High: 1000},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

func TestScores_AreRoundedHalfAwayFromZero(t *testing.T) {
	for _, tt := range []struct {
		split scores.Split
		want  int
	}{
		{scores.Split{High: 9, Middle: 1, Low: 0}, 90},
		{scores.Split{High: 101, Middle: 99}, 51},    // 50.5
		{scores.Split{Low: 101, Middle: 99}, -51},    // -50.5
		{scores.Split{High: 1, Middle: 199}, 1},      // 0.5
		{scores.Split{Low: 1, Middle: 199}, -1},      // -0.5
		{scores.Split{High: 49, Middle: 9951}, 0},    // 0.49
		{scores.Split{Low: 1499, Middle: 98501}, -1}, // -1.499
	} {
		if got := policy.Scores(scores.Tally{tt.split}, scores.All).Needs.Value; got != tt.want {
			t.Errorf("%+v: got %d, want %d", tt.split, got, tt.want)
		}
	}
}

func TestBand_IsReadFromTheShownInteger(t *testing.T) {
	for value, want := range map[int64]scores.Band{
		85: scores.Excellent, 84: scores.Good, 75: scores.Good, 74: scores.Okay, 65: scores.Okay, 64: scores.Poor, 55: scores.Poor, 54: scores.VeryPoor,
	} {
		exact := policy.Scores(scores.Tally{{High: value, Middle: 100 - value}}, scores.All).Needs
		shown := policy.Scores(scores.Tally{{High: 10*value - 4, Middle: 1004 - 10*value}}, scores.All).Needs // 0.4 below, shown as value
		if exact.Band != want || shown.Value != int(value) || shown.Band != want {
			t.Errorf("%d: got %s, and %d %s, want %s", value, exact.Band, shown.Value, shown.Band, want)
		}
	}
}

func TestInterval_IsClampedAndSigned(t *testing.T) {
	for _, tt := range []struct {
		split scores.Split
		low   string
		high  string
	}{
		{scores.Split{High: 20, Middle: 6, Low: 4}, "23.5", "73.5"},
		{scores.Split{High: 4, Middle: 6, Low: 20}, "-73.5", "-23.5"},
		{scores.Split{High: 5}, "17.5", "100.0"},
		{scores.Split{Low: 5}, "-100.0", "-17.5"},
		{scores.Split{Middle: 1000}, "-0.2", "0.2"},
		{scores.Split{High: 5_000_000, Low: 5_000_000}, "-0.1", "0.1"},
	} {
		low, high := tt.split.Interval()
		if low.String() != tt.low || high.String() != tt.high {
			t.Errorf("%+v: got [%s, %s], want [%s, %s]", tt.split, low, high, tt.low, tt.high)
		}
	}
}

func TestSuppress_HidesAnotherRowWhereSubtractionWouldTell(t *testing.T) {
	for _, tt := range []struct {
		name string
		ns   []int64
		want []bool
	}{
		{"nothing to hide", []int64{5, 9, 0}, []bool{true, true, false}},
		{"one small row takes the smallest with it", []int64{40, 3, 12}, []bool{true, false, false}},
		{"of equals the last", []int64{12, 3, 12, 40}, []bool{true, false, false, true}},
		{"two small rows hide each other", []int64{40, 3, 2}, []bool{true, false, false}},
		{"or not", []int64{40, 1, 2}, []bool{false, false, false}},
		{"nothing but small", []int64{1, 2}, []bool{false, false}},
	} {
		if diff := cmp.Diff(tt.want, policy.Suppress(tt.ns)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestPolicy_RefusesNumbersThatContradict(t *testing.T) {
	if err := policy.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*scores.Policy){
		"bands that rise": func(p *scores.Policy) { p.Okay = 80 }, "a band above 100": func(p *scores.Policy) { p.Excellent = 101 },
		"a minimum of one": func(p *scores.Policy) { p.Minimum = 1 }, "full below the minimum": func(p *scores.Policy) { p.Full = 4 },
		"a day that February lacks": func(p *scores.Policy) { p.PublishDay = 29 },
		"follow-ups for no day":     func(p *scores.Policy) { p.FollowUpDays = 0 },
	} {
		wrong := policy
		spoil(&wrong)
		if err := wrong.Check(); !errors.Is(err, scores.ErrPolicyInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDetractor_IsZeroToSix(t *testing.T) {
	for recommend := -1; recommend <= 11; recommend++ {
		if got, want := scores.Detractor(recommend), recommend >= 0 && recommend <= 6; got != want {
			t.Errorf("%d: got %t", recommend, got)
		}
	}
}

func TestScores_AsJSON(t *testing.T) {
	for name, c := range map[string]struct {
		tally scores.Tally
		want  string
	}{
		"indicative, of no balance": {even(3), `{"standing":"INDICATIVE","n":6,"value":0,"low":-59.6,"high":59.6}`},
		"full":                      {even(30), `{"standing":"FULL","n":60,"value":0,"low":-24.4,"high":24.4}`},
		"too few":                   {even(2), `{"standing":"HIDDEN"}`},
		"none":                      {scores.Tally{}, `{"standing":"HIDDEN"}`},
	} {
		want := policy.Scores(c.tally, scores.All)
		text, err := json.Marshal(want)
		if err != nil || !strings.Contains(string(text), `"nps":`+c.want) {
			t.Errorf("%s: %s, %v; want %s", name, text, err, c.want)
		}
		var got scores.Scores
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("%s is read as %+v, %v", name, got, err)
		}
	}
	var frozen scores.Promotion
	if err := json.Unmarshal([]byte(`{"standing":"FULL","n":30,"value":53,"low":235,"high":735}`), &frozen); err != nil || frozen.Low != 235 || frozen.High != 735 {
		t.Errorf("what was frozen before is read as %+v, %v", frozen, err)
	}
}

// even is as many at the top as at the bottom.
func even(n int64) scores.Tally {
	s := scores.Split{High: n, Low: n}
	return scores.Tally{s, s, s, s}
}
