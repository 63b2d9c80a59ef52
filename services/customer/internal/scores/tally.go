package scores

// Question is one of the four.
type Question int

// The questions.
const (
	Needs Question = iota
	Ease
	Enjoyment
	Recommend
)

// Questions are all of them, in the order in which they are asked.
var Questions = [...]Question{Needs, Ease, Enjoyment, Recommend}

// Split is how many answered a question high, in the middle and low: 4 and 5,
// 3, 1 and 2; or, of the recommendation, 9 and 10, 7 and 8, 0 to 6.
type Split struct {
	High   int64 `json:"h"`
	Middle int64 `json:"m"`
	Low    int64 `json:"l"`
}

// Ratings splits the counts of 1, 2, 3, 4 and 5.
func Ratings(counts [5]int64) Split {
	return Split{High: counts[3] + counts[4], Middle: counts[2], Low: counts[0] + counts[1]}
}

// N is how many answered.
func (s Split) N() int64 { return s.High + s.Middle + s.Low }

// Plus is the split of both crowds.
func (s Split) Plus(o Split) Split {
	return Split{High: s.High + o.High, Middle: s.Middle + o.Middle, Low: s.Low + o.Low}
}

// Minus is the split of those that o leaves over.
func (s Split) Minus(o Split) Split {
	return Split{High: s.High - o.High, Middle: s.Middle - o.Middle, Low: s.Low - o.Low}
}

// negative reports whether any count is below zero.
func (s Split) negative() bool { return s.High < 0 || s.Middle < 0 || s.Low < 0 }

// Tally is the split of each question.
type Tally [len(Questions)]Split

// Plus is the tally of both crowds.
func (t Tally) Plus(o Tally) Tally {
	for q := range t {
		t[q] = t[q].Plus(o[q])
	}
	return t
}

// Minus is the tally of those that o leaves over.
func (t Tally) Minus(o Tally) Tally {
	for q := range t {
		t[q] = t[q].Minus(o[q])
	}
	return t
}

// Empty reports whether nobody answered anything.
func (t Tally) Empty() bool { return t == Tally{} }

// Negative reports whether any count is below zero.
func (t Tally) Negative() bool {
	for _, s := range t {
		if s.negative() {
			return true
		}
	}
	return false
}

// Answer is what one person said; zero ratings and a negative recommendation
// are questions left out.
type Answer struct {
	Needs, Ease, Enjoyment int
	Recommend              int
}

// Add counts an answer.
func (t Tally) Add(a Answer) Tally {
	for q, rating := range []int{a.Needs, a.Ease, a.Enjoyment} {
		if rating >= 1 && rating <= 5 {
			var counts [5]int64
			counts[rating-1] = 1
			t[q] = t[q].Plus(Ratings(counts))
		}
	}
	t[Recommend] = t[Recommend].Plus(vote(a.Recommend))
	return t
}

// The limits of the recommendation's three groups.
const (
	promoterFrom = 9
	passiveFrom  = 7
)

// Detractor reports whether a recommendation is so low that somebody should
// call.
func Detractor(recommend int) bool { return recommend >= 0 && recommend < passiveFrom }

func vote(recommend int) Split {
	switch {
	case recommend < 0 || recommend > 10:
		return Split{}
	case recommend >= promoterFrom:
		return Split{High: 1}
	case recommend >= passiveFrom:
		return Split{Middle: 1}
	default:
		return Split{Low: 1}
	}
}
