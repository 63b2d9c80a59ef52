package moneymodel

// Claim is what a relationship earns by an invoice's line, from a day on. It rests
// on the units of the line's amount from First to First+Span.
type Claim struct {
	From         Day
	Earned, Held int64
	First, Span  int64
}

// worth reports whether the claim is worth a record.
func (c Claim) worth() bool { return c.Earned != 0 || c.Held != 0 }

// key tells apart what one line earns.
type key struct {
	of   *Relationship
	kind string // MARGIN, or REWARD
}

// piece returns what a part has of an instalment; none if nothing.
func (p Part) piece(number int) (int, bool) {
	for i, piece := range p.Pieces {
		if piece.Number == number {
			return i, true
		}
	}
	return 0, false
}

// claims is who earns what by an instalment that was invoiced with an amount.
func (s *Source) claims(number int, amount int64) map[key]Claim {
	all := map[key]Claim{}
	var spans []int64
	for _, p := range s.Parts {
		if i, has := p.piece(number); has {
			spans = append(spans, p.Pieces[i].Net)
		}
	}
	spans = divided(amount, spans)
	first, n := int64(0), 0
	for _, p := range s.Parts {
		i, has := p.piece(number)
		if !has {
			continue
		}
		c := Claim{First: first, Span: spans[n]}
		c.Earned, c.Held = p.earns(i)
		all[key{p.Of, "MARGIN"}] = c
		first, n = first+spans[n], n+1
	}
	if reward, has := s.reward(number, amount); has {
		all[key{s.Seller, "REWARD"}] = reward
	}
	return all
}

// reward is what an instalment earns of the reward. It rests on what of it pays for
// the first twelve months.
func (s *Source) reward(number int, amount int64) (Claim, bool) {
	if number > len(s.Rewards) {
		return Claim{}, false
	}
	net, before := int64(0), int64(0)
	for _, p := range s.Parts {
		for _, piece := range p.Pieces {
			switch {
			case piece.Number == number:
				net += piece.Net
			case piece.Number < number:
				before += piece.Net
			}
		}
	}
	base := min(net, s.Base-before)
	c := Claim{Span: rounded(product(fraction(amount, 1), fraction(base, net)))}
	switch s.Seller.Verdict {
	case Clean:
		c.Earned = s.Rewards[number-1]
	case Contested:
		c.Held = s.Rewards[number-1]
	}
	return c, true
}

// Net is what an instalment comes to, and Price what a partner that keeps its
// margin is invoiced.
func (s *Source) Net(number int) (net, price int64) {
	for _, p := range s.Parts {
		if i, has := p.piece(number); has {
			net += p.Pieces[i].Net
			price += p.Pieces[i].Net
			if !p.Of.Agency {
				price -= p.Pieces[i].Margin
			}
		}
	}
	return net, price
}

// Instalments is how many there are.
func (s *Source) Instalments() (count int) {
	for _, p := range s.Parts {
		for _, piece := range p.Pieces {
			count = max(count, piece.Number)
		}
	}
	return count
}
