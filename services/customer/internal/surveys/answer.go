package surveys

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of answers.
var (
	ErrScoreOutOfRange = fault.New("SCORE_OUT_OF_RANGE", "a score is not on its scale")
	ErrEmpty           = fault.New("RESPONSE_EMPTY", "nothing was answered")
	ErrDuplicate       = fault.New("RESPONSE_DUPLICATE", "this has been answered already")
)

// Answer is what somebody answers. A question without an answer is nil.
type Answer struct {
	Needs, Ease, Enjoyment *int32 // 1 to 5
	Recommend              *int32 // 0 to 10
	Comment                string
}

// Check returns the answer with its text trimmed, or ErrScoreOutOfRange or
// ErrEmpty.
func (a Answer) Check() (Answer, error) {
	a.Comment = strings.TrimSpace(a.Comment)
	answered := a.Comment != ""
	for _, q := range []struct {
		field       string
		score       *int32
		least, most int32
	}{
		{"needs", a.Needs, 1, 5}, {"ease", a.Ease, 1, 5}, {"enjoyment", a.Enjoyment, 1, 5}, {"recommend", a.Recommend, 0, 10},
	} {
		if q.score == nil {
			continue
		}
		if *q.score < q.least || *q.score > q.most {
			return a, ErrScoreOutOfRange.Because(fmt.Sprintf("%s is %d; it is a whole number from %d to %d, or left out", q.field, *q.score, q.least, q.most),
				"score", fmt.Sprint(*q.score), "least", fmt.Sprint(q.least), "most", fmt.Sprint(q.most)).On(q.field)
		}
		answered = true
	}
	if !answered {
		return a, ErrEmpty.Because("answer at least one of the questions, or write a sentence")
	}
	return a, nil
}

// Equal reports whether two answers are the same.
func (a Answer) Equal(b Answer) bool {
	return same(a.Needs, b.Needs) && same(a.Ease, b.Ease) && same(a.Enjoyment, b.Enjoyment) && same(a.Recommend, b.Recommend) && a.Comment == b.Comment
}

func same(x, y *int32) bool {
	return (x == nil) == (y == nil) && (x == nil || *x == *y)
}
