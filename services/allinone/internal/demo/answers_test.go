package demo

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func TestAnswers_AreBelievable(t *testing.T) {
	today := calendar.On(2026, time.November, 22)
	book := Build(1, today, 2000)
	answers, again := book.Answers(1, today), book.Answers(1, today)
	if len(answers) != 500+33+25 || len(answers) != book.AnswerCount() {
		t.Fatalf("%d answers", len(answers))
	}
	sum, scored, touchpoints, commented := map[string]int32{}, map[string]int32{}, map[string]bool{}, 0
	by, often := map[string]int{}, 0
	for i, a := range answers {
		if !proto.Equal(a.ImportedResponse, again[i].ImportedResponse) || a.Customer != again[i].Customer {
			t.Fatal("the same seed makes another answer")
		}
		at, of := a.AnswerTime.AsTime(), a.TouchpointEvent.OccurTime.AsTime()
		if !of.Before(at) || !at.Before(today.Time()) || a.GetRecommend() < 0 || a.GetRecommend() > 10 {
			t.Errorf("%v", a)
		}
		if i > 0 && at.Before(answers[i-1].AnswerTime.AsTime()) {
			t.Errorf("answer %d comes before the one before", i)
		}
		if a.Customer != "" {
			by[a.Customer]++
		} else if partner := strings.HasPrefix(a.TouchpointEvent.TouchpointId, "partner-"); partner != (a.TouchpointEvent.PartnerId != "") {
			t.Errorf("%v", a)
		}
		touchpoints[a.TouchpointEvent.TouchpointId] = true
		if a.Needs != nil {
			sum[a.TouchpointEvent.TouchpointId] += a.GetNeeds()
			scored[a.TouchpointEvent.TouchpointId]++
		}
		if a.Comment != "" {
			commented++
		}
	}
	for _, count := range by {
		if count >= 5 {
			often++
		}
	}
	if often < 5 || often > 20 {
		t.Errorf("%d customers have answered five times", often)
	}
	if len(touchpoints) != 13+4+3 || commented < 110 || commented > 220 {
		t.Errorf("%d touchpoints, %d comments", len(touchpoints), commented)
	}
	if sum["support-case"]*scored["billing-and-changes"] <= sum["billing-and-changes"]*scored["support-case"] {
		t.Error("people like invoices better than help")
	}
}
