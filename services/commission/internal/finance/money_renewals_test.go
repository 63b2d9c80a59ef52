package finance_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

// renews books the next term of a subscription, in the time when that is open.
func (m *machine) renews() {
	open := slices.DeleteFunc(slices.Clone(m.sold), func(s *sold) bool {
		end := s.last().Term.End()
		return s.planned != nil || s.serving[len(s.serving)-1].From > end || m.model.Today < end-90 || m.model.Today >= end+30
	})
	if len(open) == 0 {
		m.rt.Skip("nothing can be renewed now")
	}
	s := drawFrom(m, "renewed", open...)
	serving, old := s.serving[len(s.serving)-1], s.last().Term
	id := "rnw_" + strings.TrimPrefix(s.id, "sub_") + "_" + strings.ReplaceAll(old.End().String(), "-", "")
	next := old.Renewed()
	next.Seats = s.seats(old)
	o, key := app.Order{Offer: app.Offer{RenewalID: id}}, m.key("renew")
	if drawFrom(m, "common end", false, false, true) {
		next.Months, next.Until = 0, m.drawEnd(next.Start)
		o.Wish = renewal.Wish{End: dateOf(next.Until)}
	}
	renewed, err := m.App.SubmitRenewal(keyed(anna, key, o), o)
	must(m.t, err)
	if renewed.State != records.Booked {
		m.rt.Fatalf("the renewal is %s: %v", renewed.State, renewed.Rejection)
	}
	m.again = append(m.again, func() error {
		_, err := m.App.SubmitRenewal(keyed(anna, key, o), o)
		return err
	})
	s.sources = append(s.sources, moneymodel.NewSource(renewed.ID, s.last().Currency, next, serving, 0))
	m.Project()
	m.work()
	m.wantCalculation(renewed.Calculation, s.last())
}

// drawEnd is a common end of what begins on a day: in three years at the latest.
func (m *machine) drawEnd(start moneymodel.Day) moneymodel.Day {
	return start + moneymodel.Day(rapid.IntRange(1, 3*365).Draw(m.rt, "days"))
}

// adds adds seats to a running term, from a day of it on.
func (m *machine) adds() {
	s := drawFrom(m, "sold", m.sold...)
	serving, running := s.serving[len(s.serving)-1], s.on(m.model.Today)
	from := m.model.Today + drawFrom(m, "from", moneymodel.Day(0), 0, 1, 20, 400)
	if s.planned != nil || running == nil || from >= running.Term.End() || serving.From > m.model.Today {
		m.rt.Skip("it can't have more seats then")
	}
	within := running.Term
	within.Anchor = s.last().Term.Anchor
	if s.last().Term.Months == 0 {
		within.Anchor = s.last().Term.End()
	}
	added := within
	added.Within, added.Start, added.Months, added.Until = &within, from, 0, within.End()
	added.Seats = rapid.Int64Range(1, 40).Draw(m.rt, "seats")
	n := app.NewSeats{SubscriptionID: s.id, Seats: s.seats(running.Term) + added.Seats, From: dateOf(from)}
	key := m.key("seats")
	changed, err := m.App.SubmitSeatChange(keyed(anna, key, n), n)
	must(m.t, err)
	if changed.State != records.Booked {
		m.rt.Fatalf("the change of seats is %s: %v", changed.State, changed.Rejection)
	}
	m.again = append(m.again, func() error {
		_, err := m.App.SubmitSeatChange(keyed(anna, key, n), n)
		return err
	})
	s.sources = append(s.sources, moneymodel.NewSource(changed.ID, running.Currency, added, serving, 0))
	m.Project()
	m.work()
	m.wantCalculation(changed.Calculation, s.sources[len(s.sources)-1])
}
