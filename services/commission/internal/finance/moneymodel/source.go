package moneymodel

import "slices"

// Verdict is what is decided about how a relationship began.
type Verdict string

// The verdicts.
const (
	Clean     Verdict = "CLEAN"
	Poached   Verdict = "POACHED"   // the difference stays with the vendor
	Contested Verdict = "CONTESTED" // it is held
)

// Relationship is a partner's time with a subscription. Rate is locked; a verdict
// that is not Clean caps it at Cap, for terms that begin before Until.
type Relationship struct {
	Partner string
	Agency  bool
	From    Day
	Rate    int64
	Cap     int64
	Until   Day
	Verdict Verdict
}

// rateOn is the rate of what begins on a day, and whether that is the cap.
func (r *Relationship) rateOn(day Day) (rate int64, capped bool) {
	if r.Verdict != Clean && day < r.Until && r.Cap < r.Rate {
		return r.Cap, true
	}
	return r.Rate, false
}

// Source is what was sold, to be invoiced by instalments.
type Source struct {
	ID       string
	Currency string
	Term     Term
	Parts    []Part // in the order of their days
	Seller   *Relationship
	Base     int64   // of the reward: the net of the first twelve months; 0 for none
	Rewards  []int64 // by instalment of the first twelve months
	Invoiced map[int]string
}

// Part is one relationship's days of a source, of a term that begins on Start. Capped
// says that it was priced at the cap.
type Part struct {
	Of     *Relationship
	Pieces []Piece
	Start  Day
	Capped bool
}

// NewSource is what a relationship has sold. A reward rate of 0 is none.
func NewSource(id, currency string, t Term, by *Relationship, rewardBps int64) *Source {
	rate, capped := by.rateOn(t.Rated())
	whole := Part{Of: by, Pieces: t.pieces(rate), Start: t.Rated(), Capped: capped}
	s := &Source{ID: id, Currency: currency, Term: t, Seller: by, Parts: []Part{whole}, Invoiced: map[int]string{}}
	if rewardBps > 0 {
		s.Base = t.firstYear()
		first := slices.DeleteFunc(slices.Clone(whole.Pieces), func(p Piece) bool { return p.From >= t.Start.PlusMonths(12) })
		s.Rewards = divided(bps(s.Base, rewardBps), nets(first))
	}
	return s
}

// HandOver divides what a relationship that begins has taken over; false if that is
// nothing.
func (s *Source) HandOver(to *Relationship) bool {
	last := s.Parts[len(s.Parts)-1]
	if to.From >= s.Term.End() {
		return false
	}
	old, taken := Part{Of: last.Of, Start: last.Start, Capped: last.Capped}, Part{Of: to, Start: last.Start}
	for _, p := range last.Pieces {
		before, after := p.cut(to.From)
		if before.From < before.Until {
			old.Pieces = append(old.Pieces, before)
		}
		if after.From < after.Until {
			taken.Pieces = append(taken.Pieces, after)
		}
	}
	rate, capped := to.rateOn(max(to.From, s.Term.Start))
	taken.Capped = capped
	earn(taken.Pieces, bps(sum(nets(taken.Pieces)), rate))
	s.Parts = append(s.Parts[:len(s.Parts)-1], old, taken)
	s.Parts = slices.DeleteFunc(s.Parts, func(p Part) bool { return len(p.Pieces) == 0 })
	return true
}

// cut cuts a piece at a day.
func (p Piece) cut(at Day) (before, after Piece) {
	at = min(max(at, p.From), p.Until)
	before, after = p, p
	before.Until, after.From = at, at
	days := []int64{int64(at - p.From), int64(p.Until - at)}
	cutNet, cutMargin := divided(p.Net, days), divided(p.Margin, days)
	before.Net, after.Net = cutNet[0], cutNet[1]
	before.Margin, after.Margin = cutMargin[0], cutMargin[1]
	return before, after
}

// differences are what the cap makes of each piece of a part.
func (p Part) differences() []int64 {
	net, booked := sum(nets(p.Pieces)), sum(margins(p.Pieces))
	none := make([]int64, len(p.Pieces))
	switch {
	case p.Of.Cap >= p.Of.Rate || net == 0:
		return none
	case p.Capped:
		return divided(max(bps(net, p.Of.Rate)-booked, 0), nets(p.Pieces))
	case booked == 0 || p.Start >= p.Of.Until:
		return none
	}
	return divided(max(booked-bps(net, p.Of.Cap), 0), margins(p.Pieces))
}

// earns is what the partner is owed by a piece of a part, and what is held.
func (p Part) earns(i int) (earned, held int64) {
	margin, difference := p.Pieces[i].Margin, p.differences()[i]
	capped, full := margin-difference, margin
	if p.Capped {
		capped, full = margin, margin+difference
	}
	switch {
	case p.Of.Verdict == Clean:
		earned = full
	case p.Of.Verdict == Contested:
		earned, held = capped, difference
	default:
		earned = capped
	}
	if p.Of.Agency {
		return earned, held
	}
	if held != 0 {
		return 0, 0
	}
	return earned - margin, 0
}
