package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Answer is what somebody at a customer has said about a moment of its journey,
// before the vendor moved to Holdfast.
type Answer struct {
	Customer string // by its external id
	*customerv1.ImportedResponse
}

// moment is a touchpoint: how often there are answers about it, and how content
// people are, from 1 to 5.
type moment struct {
	touchpoint string
	weight     int
	content    float64
}

// moments are the thirteen. People like to be helped and trained; they like
// neither the day of the cut-over nor invoices.
var moments = []moment{
	{"discover", 4, 3.9}, {"proof-of-value", 5, 4.2}, {"quote-and-order", 6, 3.7}, {"kick-off", 6, 4.4}, {"mail-flow-cut-over", 6, 3.2},
	{"administrator-training", 7, 4.5}, {"administration-console", 9, 3.6}, {"end-user-experience", 10, 3.9}, {"support-case", 25, 4.3},
	{"incident-communication", 4, 3.4}, {"success-review", 7, 4.2}, {"billing-and-changes", 7, 3.1}, {"renewal-decision", 4, 4.0},
}

// words are what people write, by how content they are.
var words = map[bool][]string{
	true: {
		"Quick, friendly and right the first time.", "The engineer knew our set-up before we had explained it.", "Clear plan, no surprises.",
		"It just works, and our people noticed nothing.", "Good training, we could use it the same day.", "You listened to what we asked for last time.",
	},
	false: {
		"We had to explain the same thing three times.", "The invoice did not match the order, again.", "The cut-over took a weekend longer than planned.",
		"The console is slow when we search the archive.", "Nobody told us that the case was closed.", "Too many steps to release one message.",
	},
}

const (
	answeredMonths = 7   // whole ones, before the running one
	askedOften     = 100 // every so many customers say something again and again
	oftenPercent   = 25  // of all answers are theirs
)

// Answers makes the answers of the months before a day, the earliest first: one
// for every four customers, a quarter of them from one in a hundred. The same seed
// and day make the same ones.
func (book *Book) Answers(seed uint64, today calendar.Date) []Answer {
	rnd := rand.New(rand.NewPCG(seed, 0x616e7377657273))
	total := 0
	for _, m := range moments {
		total += m.weight
	}
	_, _, day := today.Civil()
	first := today.AddDays(1 - day).AddMonths(-answeredMonths)
	moods := book.moods(rnd)
	answers := make([]Answer, len(book.Customers)/4)
	for i := range answers {
		m := pickMoment(rnd.IntN(total))
		day := first.AddDays(rnd.IntN(first.DaysUntil(today) - 3))
		at := rnd.IntN(len(book.Customers))
		if rnd.IntN(100) < oftenPercent {
			at -= at % askedOften
		}
		m.content += moods[at]
		answers[i] = Answer{book.Customers[at].ExternalId, said(rnd, i, m, day, first)}
	}
	slices.SortStableFunc(answers, func(a, b Answer) int { return a.AnswerTime.AsTime().Compare(b.AnswerTime.AsTime()) })
	return answers
}

// moods are by how much each customer is more content than others.
func (book *Book) moods(rnd *rand.Rand) []float64 {
	moods := make([]float64, len(book.Customers))
	for i := range moods {
		moods[i] = 0.4 * rnd.NormFloat64()
	}
	return moods
}

// pickMoment is the moment that has the nth of all weights.
func pickMoment(n int) moment {
	for _, m := range moments {
		if n < m.weight {
			return m
		}
		n -= m.weight
	}
	return moments[len(moments)-1]
}

// said is an answer about a moment on a day. The vendor gets a little better
// from month to month.
func said(rnd *rand.Rand, number int, m moment, day, first calendar.Date) *customerv1.ImportedResponse {
	occurred := day.Time().Add(time.Duration(8*60+rnd.IntN(9*60)) * time.Minute)
	content := m.content + 0.04*float64(first.MonthsUntil(day)) + 0.45*rnd.NormFloat64()
	score := func() *int32 {
		if rnd.IntN(100) < 6 {
			return nil // skipped
		}
		return within(content+0.5*rnd.NormFloat64(), 1, 5)
	}
	r := &customerv1.ImportedResponse{
		TouchpointEvent: &customerv1.TouchpointEvent{
			ExternalId: fmt.Sprintf("answer-%05d", number+1), TouchpointId: m.touchpoint, OccurTime: timestamppb.New(occurred),
		},
		Needs: score(), Ease: score(), Enjoyment: score(), Recommend: within(2.4*content-1.6+rnd.NormFloat64(), 0, 10),
		AnswerTime: timestamppb.New(occurred.Add(time.Duration(5+rnd.IntN(48*60)) * time.Minute)),
	}
	if rnd.IntN(100) < 30 {
		list := words[content >= 3.5]
		r.Comment = list[rnd.IntN(len(list))]
	}
	return r
}

// within is the nearest whole number of a scale.
func within(x float64, least, most int32) *int32 {
	n := min(max(int32(x+0.5), least), most)
	return &n
}
