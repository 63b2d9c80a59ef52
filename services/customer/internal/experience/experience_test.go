package experience_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var (
	policy = scores.Policy{Version: 1, Excellent: 85, Good: 75, Okay: 65, Poor: 55, Minimum: 5, Full: 30, PublishDay: 5, FollowUpDays: 30}
	noon   = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
)

// rated counts one answer for each rating, the same for all three questions, from
// people who would not recommend.
func rated(ratings ...int) (t scores.Tally) {
	for _, r := range ratings {
		t = t.Add(scores.Answer{Needs: r, Ease: r, Enjoyment: r, Recommend: 6})
	}
	return t
}

func indicative(n int64, value int) scores.Figure {
	return scores.Figure{Standing: scores.Indicative, N: n, Value: value}
}

func TestNow_WorkedExample(t *testing.T) {
	e := experience.Unknown("cus_1")
	if e.ID() != "exp_1" {
		t.Errorf("id %s", e.ID())
	}
	for _, c := range []struct {
		name string
		told bool
		by   scores.Tally
		want experience.Experience
	}{
		{"nobody has answered", false, rated(), experience.Unknown("cus_1")},
		{"four are unknown", false, rated(5, 4, 4, 3), experience.Unknown("cus_1")},
		{"five are indicative", true, rated(5, 4, 4, 3, 2), experience.Experience{CXi: indicative(5, 40), NPS: indicative(5, -100), Poor: true}},
		{"the same is no news", false, rated(5, 4, 4, 3, 2), experience.Experience{CXi: indicative(5, 40), NPS: indicative(5, -100), Poor: true}},
		{"better", true, rated(5, 4, 4, 3, 2, 5, 5, 5, 5, 5), experience.Experience{CXi: indicative(10, 70), NPS: indicative(10, -100)}},
		{"too old again", true, rated(5, 5), experience.Unknown("cus_1")},
	} {
		before := e
		now, told := e.Now(policy, c.by, noon)
		e = now
		c.want.Customer, c.want.Revision, c.want.UpdateTime = "cus_1", before.Revision, before.UpdateTime
		if c.told {
			c.want.Revision, c.want.UpdateTime = before.Revision+1, noon
		}
		if diff := cmp.Diff(c.want, now); diff != "" || told != c.told {
			t.Errorf("%s: told %t; %s", c.name, told, diff)
		}
	}
}

func TestNow_IsPoorBelowOkayOnly(t *testing.T) {
	for high, poor := range map[int64]bool{64: true, 65: false} {
		split := scores.Split{High: high, Middle: 100 - high}
		e, _ := experience.Unknown("cus_1").Now(policy, scores.Tally{split, split, split}, noon)
		if e.Poor != poor || e.NPS != (scores.Figure{Standing: scores.Hidden}) || e.CXi.Standing != scores.Full {
			t.Errorf("%d: %+v", high, e)
		}
	}
}

func TestNow_CountsAQuestionThatFewAnswerAsUnknown(t *testing.T) {
	low := scores.Split{Low: 9}
	e, told := experience.Unknown("cus_1").Now(policy, scores.Tally{low, low, {Low: 4}, {}}, noon)
	if told || e != experience.Unknown("cus_1") {
		t.Errorf("%+v", e)
	}
}

func TestUntil_IsTheDayAfterTheLastThatCounts(t *testing.T) {
	for _, day := range []calendar.Date{calendar.On(2023, time.February, 28), calendar.On(2024, time.February, 29), calendar.On(2025, time.December, 31)} {
		until := experience.Until(day)
		if experience.Since(until.AddDays(-1)).After(day) || !experience.Since(until).After(day) {
			t.Errorf("%s is counted until %s", day, until)
		}
	}
}
