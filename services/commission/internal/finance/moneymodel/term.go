package moneymodel

// Term is what was sold for some months, or until a day. Months are counted from the
// anchor, if that leads to the start, and otherwise from there.
type Term struct {
	Start, Anchor Day
	Months        int // 0 if it has an end of its own, which is Until
	Until         Day
	Within        *Term  // that seats were added to, from Start on; nil for a term itself
	Billing       string // PREPAID, ANNUAL or MONTHLY
	Seats         int64
	Price         int64 // of a seat and year
	UpliftBps     int64
}

// Piece is one partner's part of an instalment. Of and From say which days it pays
// for.
type Piece struct {
	Number      int
	From, Until Day
	Net, Margin int64
}

// month is the first day of the term's n-th month.
func (t Term) month(n int) Day {
	if t.Months > 0 {
		for k := -longest; k <= longest; k++ {
			if t.Anchor.PlusMonths(k) == t.Start {
				return t.Anchor.PlusMonths(k + n)
			}
		}
	}
	return t.Start.PlusMonths(n)
}

// longest is more months than a contract has.
const longest = 360

// End is the day after the last.
func (t Term) End() Day {
	if t.Months == 0 {
		return t.Until
	}
	return t.month(t.Months)
}

// Rated is the first day of the term that decides about the rate.
func (t Term) Rated() Day {
	if t.Within != nil {
		return t.Within.Start
	}
	return t.Start
}

// Renewed is the term that follows: the price rises once more for each year that is
// over at the end, or once if it was paid ahead. One with an end of its own is
// followed by a year that is counted from there.
func (t Term) Renewed() Term {
	next := t
	next.Start = t.End()
	if t.Months == 0 {
		next.Months, next.Anchor, next.Until = 12, t.End(), 0
	}
	for years := 1; t.Start.PlusMonths(12*years) <= t.End(); years++ {
		if years == 1 || t.Billing != "PREPAID" {
			next.Price += bps(next.Price, t.UpliftBps)
		}
	}
	return next
}

// years are the nets of the term's years.
func (t Term) years() []int64 {
	if t.Billing == "PREPAID" {
		var years []int64
		for range t.Months / 12 {
			years = append(years, t.Price*t.Seats)
		}
		return years
	}
	var years []int64
	price := t.Price
	for range t.Months / 12 {
		years = append(years, price*t.Seats)
		price += bps(price, t.UpliftBps)
	}
	return years
}

// pieces are the instalments at a rate.
func (t Term) pieces(rate int64) []Piece {
	if t.Months == 0 {
		return t.piecesByDays(rate)
	}
	var list []Piece
	every := map[string]int{"PREPAID": t.Months, "ANNUAL": 12, "MONTHLY": 1}[t.Billing]
	whole := int64(0)
	for i := range t.Months / every {
		list = append(list, Piece{Number: i + 1, From: t.month(i * every), Until: t.month((i + 1) * every)})
	}
	for year, net := range t.years() {
		whole += net
		switch t.Billing {
		case "PREPAID":
			list[0].Net += net
		case "ANNUAL":
			list[year].Net = net
		case "MONTHLY":
			for i, part := range divided(net, []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}) {
				list[12*year+i].Net = part
			}
		}
	}
	earn(list, bps(whole, rate))
	return list
}

// earn divides a margin among pieces in proportion to their nets.
func earn(list []Piece, margin int64) {
	for i, part := range divided(margin, nets(list)) {
		list[i].Margin = part
	}
}

func nets(list []Piece) []int64 { return each(list, func(p Piece) int64 { return p.Net }) }

func margins(list []Piece) []int64 { return each(list, func(p Piece) int64 { return p.Margin }) }

func each(list []Piece, what func(Piece) int64) []int64 {
	var all []int64
	for _, p := range list {
		all = append(all, what(p))
	}
	return all
}

func sum(list []int64) (total int64) {
	for _, n := range list {
		total += n
	}
	return total
}
