package cards

import (
	"cmp"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Held is a locked relationship with the running term of its subscription.
type Held struct {
	PartnerID    string
	Kind         Kind // but for the partner type, which only the caller knows
	TermStart    calendar.Date
	Net          money.Amount
	Relationship margin.Relationship
}

// Kind is a kind of sale, as a rate card tells them apart, in one currency.
type Kind struct {
	PartnerType, Family, Segment string
	Currency                     money.Currency
}

// Row adds up the sales of one kind: what they earn by their locks and caps,
// and what new ones like them would earn by the card.
type Row struct {
	Kind
	Relationships int64
	Net, Locked   money.Amount
	Rate          *money.Bps // nil if the card has no rate for them
	Simulated     money.Amount
}

// Simulation applies a card to a book without touching it.
type Simulation struct {
	card margin.RateCard
	rows map[Kind]*Row
}

// Simulate begins a simulation of the card.
func Simulate(v Version) *Simulation {
	return &Simulation{card: v.Card(), rows: map[Kind]*Row{}}
}

// Add adds a relationship. It returns the refusals of money where the sum is
// beyond its range.
func (s *Simulation) Add(h Held) error {
	row := s.row(h.Kind)
	rate, err := h.Relationship.RateOn(h.TermStart)
	if err != nil {
		return err
	}
	earned, err := h.Net.Portion(rate.Effective(h.TermStart))
	if err != nil {
		return err
	}
	row.Relationships++
	if row.Net, err = row.Net.Add(h.Net); err != nil {
		return err
	}
	if row.Locked, err = row.Locked.Add(earned); err != nil || row.Rate == nil {
		return err
	}
	simulated, err := h.Net.Portion(*row.Rate)
	if err != nil {
		return err
	}
	row.Simulated, err = row.Simulated.Add(simulated)
	return err
}

func (s *Simulation) row(k Kind) *Row {
	if row, found := s.rows[k]; found {
		return row
	}
	nothing := money.Amount{Currency: k.Currency}
	row := &Row{Kind: k, Net: nothing, Locked: nothing, Simulated: nothing}
	if rule, err := s.card.RateFor(k.PartnerType, k.Family, k.Segment); err == nil {
		row.Rate = &rule.Rate
	}
	s.rows[k] = row
	return row
}

// Rows returns the result in the order of partner type, family, segment and
// currency.
func (s *Simulation) Rows() []Row {
	rows := make([]Row, 0, len(s.rows))
	for _, row := range s.rows {
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.PartnerType, b.PartnerType), cmp.Compare(a.Family, b.Family),
			cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Currency, b.Currency))
	})
	return rows
}
