package moneymodel

import "slices"

// Batch is what one person has proposed to pay out, in one currency.
type Batch struct {
	ID, Currency, Proposer string
	ExecuteOn              Day
	State                  string // PROPOSED, APPROVED, POSTED or CANCELLED
	Payouts                []*Payout
}

// Payout pays one statement. Answer is what the bank said last.
type Payout struct {
	ID string
	Owner
	Of     *Statement
	Amount int64
	State  string // PROPOSED, INSTRUCTED, PAID, RETURNED, SKIPPED or CANCELLED
	On     Day    // instructed, and then paid
	Said   []Answer
}

// Answer is what the bank says.
type Answer struct {
	State     string
	Reference string
	On        Day
}

// Proposal is what a batch in a currency would pay today, by partner.
func (b *Book) Proposal(currency string, partners []string) map[string]int64 {
	all := map[string]int64{}
	for _, partner := range partners {
		o := Owner{partner, currency}
		if payable := b.Payable(o); payable > 0 && !b.inBatch(b.Of(o).Latest()) {
			all[partner] = payable
		}
	}
	return all
}

func (b *Book) inBatch(s *Statement) bool {
	for _, batch := range b.Batches {
		for _, p := range batch.Payouts {
			if p.Of == s && slices.Contains([]string{"PROPOSED", "INSTRUCTED", "PAID"}, p.State) {
				return true
			}
		}
	}
	return false
}

// Approve lets a batch be posted, and returns why it can't be, or "".
func (b *Book) Approve(batch *Batch, by string) string {
	switch {
	case batch.State != "PROPOSED":
		return "STATE_INVALID"
	case batch.Proposer == by:
		return "SAME_DECIDER"
	case batch.ExecuteOn < b.Today:
		return "STATE_INVALID"
	}
	batch.State = "APPROVED"
	return ""
}

// Cancel gives a batch up, and returns why it can't be, or "".
func (b *Book) Cancel(batch *Batch) string {
	if batch.State != "PROPOSED" {
		return "STATE_INVALID"
	}
	batch.State = "CANCELLED"
	for _, p := range batch.Payouts {
		p.State = "CANCELLED"
	}
	return ""
}

// PostBatch instructs the bank to pay what is as it was approved.
func (b *Book) PostBatch(batch *Batch) {
	if batch.State != "APPROVED" {
		return
	}
	batch.State = "POSTED"
	for _, p := range batch.Payouts {
		if p.Of != b.Of(p.Owner).Latest() || p.Of.State != "CLOSED" || b.Of(p.Owner).Left()-b.Of(p.Owner).held() != p.Amount {
			p.State = "SKIPPED"
			continue
		}
		p.State, p.On = "INSTRUCTED", b.Today
		p.Of.State, p.Of.Paid = "PAYING", p.Amount
		b.Post(p.Owner, Payable, InTransit, p.Amount, false)
	}
}

// Answer records what the bank says, and returns why it can't, or "".
func (b *Book) Answer(p *Payout, a Answer) string {
	if slices.Contains(p.Said, a) {
		return ""
	}
	switch {
	case p.State == "RETURNED", p.State == "PAID" && a.State == "PAID":
		return "PAYOUT_ALREADY_DECIDED"
	case p.State != "INSTRUCTED" && p.State != "PAID":
		return "STATE_INVALID"
	case a.On < p.On || a.On > b.Today:
		return "DATE_INVALID"
	}
	m := Move{Owner: p.Owner, On: a.On, From: InTransit, To: Cash, Amount: p.Amount}
	p.Of.State = "PAID"
	if a.State == "RETURNED" {
		m.To, m.Stated, p.Of.State = Payable, true, "CARRIED"
		if p.State == "PAID" {
			m.From = Cash
		}
	}
	b.Moves = append(b.Moves, m)
	p.State, p.On = a.State, a.On
	p.Said = append(p.Said, a)
	return ""
}
