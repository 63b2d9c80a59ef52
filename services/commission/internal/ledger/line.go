package ledger

import (
	"math/bits"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// FactKind is what billing tells about an invoice after it was issued.
type FactKind string

// The kinds of facts.
const (
	Payment FactKind = "PAYMENT" // the customer paid
	Credit  FactKind = "CREDIT"  // the customer owes less, and the partner earns less
	Excuse  FactKind = "EXCUSE"  // the customer owes less through the vendor's fault, and the partner earns as before
)

// Fact is the part of a payment or credit that falls to one line, in minor
// units. A payment that was taken back has the day of that.
type Fact struct {
	Kind     FactKind
	Cause    string
	On       calendar.Date
	Amount   int64
	Undone   calendar.Date
	UndoneBy string
}

// Line is a line of an invoice, which is an instalment, with all that is known
// of it. Amounts are in minor units of the invoice's currency.
type Line struct {
	Invoice     string
	Amount      int64
	Issued, Due calendar.Date
	HoldDays    int // from a payment until what it settles is payable
	OverdueDays int // from the due date until what is unpaid is taken back
	Facts       []Fact
}

// Claim is what an instalment earns one relationship, as from a day on, in minor
// units. Held is earned beside it unless a verdict stays as it is. The claim
// rests on the units of the line's amount from First on, so many as Span:
// credits eat the line from its end.
type Claim struct {
	From         calendar.Date `json:"from"`
	Earned, Held int64
	First, Span  int64
	Cause        string
}

// Standing is where the amounts of a claim are, in minor units: waiting, due or
// paid, and held.
type Standing struct {
	Accrued int64 `json:"accrued"`
	Payable int64 `json:"payable"`
	Held    int64 `json:"held"`
}

// Plus adds another standing.
func (s Standing) Plus(o Standing) Standing {
	return Standing{s.Accrued + o.Accrued, s.Payable + o.Payable, s.Held + o.Held}
}

func (s Standing) times(n int64) Standing { return Standing{n * s.Accrued, n * s.Payable, n * s.Held} }

// sums are a line's facts by a day.
type sums struct{ credited, settled, cleared int64 }

// by adds up what is known of the line by a day.
func (l Line) by(day calendar.Date) (s sums) {
	for _, f := range l.Facts {
		switch {
		case f.On.After(day):
		case f.Kind == Credit:
			s.credited += f.Amount
		case !f.Undone.IsZero() && !f.Undone.After(day):
		default:
			s.settled += f.Amount
			if !f.On.AddDays(l.HoldDays).After(day) {
				s.cleared += f.Amount
			}
		}
	}
	return s
}

// overdueFrom is the day from which what is unpaid is taken back.
func (l Line) overdueFrom() calendar.Date { return l.Due.AddDays(l.OverdueDays + 1) }

// At returns where a claim on the line stands on a day, by the claim's figures.
func (l Line) At(c Claim, day calendar.Date) Standing {
	if day.Before(l.Issued) || l.Amount == 0 {
		return Standing{}
	}
	s := l.by(day)
	eaten := min(max(c.First+c.Span-(l.Amount-s.credited), 0), c.Span)
	total, held := c.Earned-portion(c.Earned, eaten, c.Span), c.Held-portion(c.Held, eaten, c.Span)
	if !day.Before(l.overdueFrom()) && s.credited+s.settled < l.Amount {
		total = nearer(total, portion(c.Earned, s.settled, l.Amount))
		held = nearer(held, portion(c.Held, s.settled, l.Amount))
	}
	payable := total
	if s.credited+s.cleared < l.Amount {
		payable = nearer(total, portion(c.Earned, s.cleared, l.Amount))
	}
	return Standing{Accrued: total - payable, Payable: payable, Held: held}
}

// portion returns round(of × part ÷ whole), half away from zero; part is
// between 0 and whole.
func portion(of, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(magnitude(of)), uint64(part))
	quotient, rest := bits.Div64(hi, lo, uint64(whole))
	if rest >= uint64(whole)-rest {
		quotient++
	}
	if of < 0 {
		return -int64(quotient)
	}
	return int64(quotient)
}

// nearer returns the one that is nearer to zero; both have one sign.
func nearer(a, b int64) int64 {
	if magnitude(a) < magnitude(b) {
		return a
	}
	return b
}

func magnitude(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// A turn is a day on which a standing may change, and what for.
type turn struct {
	on    calendar.Date
	cause string
}

// turns returns the days on which a claim's standing may change, in order; of
// one day the most telling cause comes first.
func (l Line) turns(claims []Claim) []turn {
	list := make([]turn, 0, 2+len(claims)+2*len(l.Facts))
	list = append(list, turn{l.Issued, "invoice:" + l.Invoice})
	for _, c := range claims[1:] {
		list = append(list, turn{c.From, c.Cause})
	}
	for _, f := range l.Facts {
		list = append(list, turn{f.On, f.Cause})
		if f.Kind == Credit {
			continue
		}
		list = append(list, turn{f.On.AddDays(l.HoldDays), f.Cause})
		if !f.Undone.IsZero() {
			list = append(list, turn{f.Undone, f.UndoneBy})
		}
	}
	list = append(list, turn{l.overdueFrom(), "overdue:" + l.Invoice})
	slices.SortStableFunc(list, func(a, b turn) int { return a.on.Compare(b.on) })
	return list
}

// claimOn returns the claim in force on a day; the first one also before.
func claimOn(claims []Claim, day calendar.Date) Claim {
	current := claims[0]
	for _, c := range claims[1:] {
		if !c.From.After(day) {
			current = c
		}
	}
	return current
}
