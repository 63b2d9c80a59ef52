package moneymodel

import "math/big"

// stretch is so much of an instalment as lies in one year of a term, at the price
// of a seat for its days.
type stretch struct {
	from, until Day
	price       *big.Rat
}

// piecesByDays are the instalments of what has an end of its own, at a rate.
func (t Term) piecesByDays(rate int64) []Piece {
	net, list, prices := fraction(0, 1), []Piece(nil), []*big.Rat(nil)
	for _, s := range t.stretches() {
		net.Add(net, product(s.price, fraction(t.Seats, 1)))
		if t.Billing == "PREPAID" && len(list) == 1 {
			list[0].Until = s.until
			continue
		}
		list, prices = append(list, Piece{Number: len(list) + 1, From: s.from, Until: s.until}), append(prices, s.price)
	}
	for i, part := range divided(rounded(net), whole(prices)) {
		list[i].Net = part
	}
	earn(list, bps(rounded(net), rate))
	return list
}

// stretches are the days that are sold, by the instalments and years of the term
// that they are days of.
func (t Term) stretches() []stretch {
	of, price, every := t, t.Price, map[string]int{"PREPAID": 12, "ANNUAL": 12, "MONTHLY": 1}[t.Billing]
	if t.Within != nil {
		of = *t.Within
	}
	var list []stretch
	for first := 0; of.month(first) < t.End(); first += 12 {
		if first > 0 && t.Billing != "PREPAID" {
			price += bps(price, t.UpliftBps)
		}
		year := int64(of.month(first+12) - of.month(first))
		for n := first; n < first+12; n += every {
			s := stretch{from: max(of.month(n), t.Start), until: min(of.month(n+every), t.End())}
			if s.from < s.until {
				s.price = product(fraction(price, 1), fraction(int64(s.until-s.from), year))
				list = append(list, s)
			}
		}
	}
	return list
}

// firstYear is the net of the first twelve months.
func (t Term) firstYear() int64 {
	if t.Months > 0 {
		return t.years()[0]
	}
	net := fraction(0, 1)
	for _, s := range t.stretches() {
		if s.from < t.Start.PlusMonths(12) {
			net.Add(net, product(s.price, fraction(t.Seats, 1)))
		}
	}
	return rounded(net)
}

// whole are whole numbers in proportion to exact ones.
func whole(exact []*big.Rat) []int64 {
	var all []int64
	for _, x := range exact {
		all = append(all, rounded(product(x, fraction(365*366, 1))))
	}
	return all
}
