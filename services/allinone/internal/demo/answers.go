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

// Answer is what somebody has said about a moment of a journey, before the vendor
// moved to Holdfast.
type Answer struct {
	Customer string // by its external id; empty for partners and the vendor's people
	*customerv1.ImportedResponse
}

const (
	answeredMonths = 7   // whole ones, before the running one
	askedOften     = 100 // every so many customers say something again and again
	oftenPercent   = 25  // of all answers are theirs
)

// Answers makes the answers of the months before a day, the earliest first: those of
// customers, a quarter of them from one in a hundred, of partners' people and of the
// vendor's own. The same seed and day make the same ones.
func (book *Book) Answers(seed uint64, today calendar.Date) []Answer {
	rnd := rand.New(rand.NewPCG(seed, 0x616e7377657273))
	_, _, day := today.Civil()
	first := today.AddDays(1 - day).AddMonths(-answeredMonths)
	someDay := func() calendar.Date { return first.AddDays(rnd.IntN(first.DaysUntil(today) - 3)) }
	moods := book.moods(rnd)
	answers := make([]Answer, 0, book.AnswerCount())
	for i := range book.count(atCustomers) {
		m, day := atCustomers.pick(rnd), someDay()
		at := rnd.IntN(len(book.Customers))
		if rnd.IntN(100) < oftenPercent {
			at -= at % askedOften
		}
		m.content += moods[at]
		answers = append(answers, Answer{book.Customers[at].ExternalId, atCustomers.said(rnd, i, m, day, first)})
	}
	for _, c := range []crowd{atPartners, atVendor} {
		for i := range book.count(c) {
			a := Answer{ImportedResponse: c.said(rnd, i, c.pick(rnd), someDay(), first)}
			if c.prefix == atPartners.prefix {
				a.TouchpointEvent.PartnerId = book.Partners[rnd.IntN(len(book.Partners))].ID
			}
			answers = append(answers, a)
		}
	}
	slices.SortStableFunc(answers, func(a, b Answer) int { return a.AnswerTime.AsTime().Compare(b.AnswerTime.AsTime()) })
	return answers
}

// AnswerCount is how many answers the book has.
func (book *Book) AnswerCount() int {
	return book.count(atCustomers) + book.count(atPartners) + book.count(atVendor)
}

func (book *Book) count(c crowd) int { return len(book.Customers) / c.share }

// moods are by how much each customer is more content than others.
func (book *Book) moods(rnd *rand.Rand) []float64 {
	moods := make([]float64, len(book.Customers))
	for i := range moods {
		moods[i] = 0.4 * rnd.NormFloat64()
	}
	return moods
}

// said is an answer about a moment on a day. The vendor gets a little better
// from month to month.
func (c crowd) said(rnd *rand.Rand, number int, m moment, day, first calendar.Date) *customerv1.ImportedResponse {
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
			ExternalId: fmt.Sprintf("%s-%05d", c.prefix, number+1), TouchpointId: m.touchpoint, OccurTime: timestamppb.New(occurred),
		},
		Needs: score(), Ease: score(), Enjoyment: score(), Recommend: within(2.4*content-1.6+rnd.NormFloat64(), 0, 10),
		AnswerTime: timestamppb.New(occurred.Add(time.Duration(5+rnd.IntN(48*60)) * time.Minute)),
	}
	if rnd.IntN(100) < 30 {
		list := c.words[content >= 3.5]
		r.Comment = list[rnd.IntN(len(list))]
	}
	return r
}

// within is the nearest whole number of a scale.
func within(x float64, least, most int32) *int32 {
	n := min(max(int32(x+0.5), least), most)
	return &n
}
