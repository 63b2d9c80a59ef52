package finance_test

import (
	"context"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// orders sells something new, perhaps with the reward for new business.
func (m *machine) orders() {
	if len(m.sold) >= 12 {
		m.rt.Skip("there is enough")
	}
	currency, partner := drawFrom(m, "currency", currenciesOfMoney...), drawFrom(m, "partner", sellersOfMoney...)
	term := m.drawTerm()
	term.Start, term.Anchor, term.Price = m.model.Today, m.model.Today, pricesOfMoney[currency]
	n := m.number()
	o := harbour(func(o *app.NewOrder) {
		o.Domain, o.Currency, o.Seats, o.Months = fmt.Sprintf("money%d.example", n), money.Currency(currency), term.Seats, term.Months
		o.Billing = margin.Billing(term.Billing)
		if drawFrom(m, "common end", false, false, true) {
			term.Months, term.Until = 0, m.drawEnd(term.Start)
			o.Months, o.Coterm = 0, dateOf(term.Until)
		}
	})
	reward := drawFrom(m, "reward", rewardBps, rewardBps, 0)
	if reward > 0 {
		o.DealRegistrationID = fmt.Sprint("dre_", n)
	}
	ctx := keyed(servertest.Partner(partner, "orders:write"), m.key("order"), o)
	s, err := m.App.SubmitOrder(ctx, o)
	must(m.t, err)
	if s.State != records.Booked {
		m.rt.Fatalf("the order is %s: %v", s.State, s.Rejection)
	}
	m.again = append(m.again, func() error {
		_, err := m.App.SubmitOrder(ctx, o)
		return err
	})
	serving := beginning(partner, term.Start, moneymodel.Clean)
	added := &sold{id: s.SubscriptionID, serving: []*moneymodel.Relationship{serving}}
	added.sources = append(added.sources, moneymodel.NewSource(s.ID, currency, term, serving, int64(reward)))
	m.sold = append(m.sold, added)
	m.cases = append(m.cases, &underCase{caseID: "cas_" + s.ID, of: serving, in: added})
	m.Project()
	m.work()
	m.wantCalculation(s.Calculation, added.last())
}

// wantCalculation wants instalments that are the model's, and add up.
func (m *machine) wantCalculation(c records.Calculation, s *moneymodel.Source) {
	m.t.Helper()
	var net, earned, reward int64
	pieces := s.Parts[0].Pieces
	if len(c.Instalments) != len(pieces) {
		m.rt.Fatalf("%d instalments; want %d", len(c.Instalments), len(pieces))
	}
	for i, got := range c.Instalments {
		want, wantReward := pieces[i], int64(0)
		if i < len(s.Rewards) {
			wantReward = s.Rewards[i]
		}
		if got.Number != want.Number || got.Start != dateOf(want.From) || got.Net.Minor != want.Net || got.Margin.Minor != want.Margin || got.Reward.Minor != wantReward {
			m.rt.Fatalf("instalment %+v; want %+v with a reward of %d", got, want, wantReward)
		}
		net, earned, reward = net+got.Net.Minor, earned+got.Margin.Minor, reward+got.Reward.Minor
	}
	if net != c.Net.Minor || earned != c.Margin.Minor || c.Reward != nil && reward != c.Reward.Amount.Minor {
		m.rt.Fatalf("instalments come to %d, %d and %d of %+v", net, earned, reward, c)
	}
}

// transfers moves a subscription to another partner, by days that are to come or,
// as the news is late, over.
func (m *machine) transfers() {
	s := m.sold[len(m.sold)-1-rapid.IntRange(0, len(m.sold)-1).Draw(m.rt, "sold before")]
	last := s.serving[len(s.serving)-1]
	from := m.model.Today + drawFrom(m, "from", moneymodel.Day(0), 0, 0, 0, 1, 20, 45, -3, -25)
	if s.planned != nil || from <= last.From || from >= s.last().Term.End() {
		m.rt.Skip("it can't move then")
	}
	to := drawFrom(m, "to", slices.DeleteFunc(slices.Clone(sellersOfMoney), func(p string) bool { return p == last.Partner })...)
	trf := m.key("trf")
	verdict := m.drawVerdict()
	s.planned = beginning(to, from, verdict)
	m.cases = append(m.cases, &underCase{caseID: "cas_" + trf, of: s.planned, in: s})
	m.Transfer(trf, s.id, to, from.String(), ruling(verdict, from))
	m.Project()
	if drawFrom(m, "at once", true, true, false) {
		m.handOver()
	}
}

func (m *machine) drawVerdict() moneymodel.Verdict {
	return drawFrom(m, "verdict", moneymodel.Clean, moneymodel.Poached, moneymodel.Contested)
}

// beginning is a relationship that begins under the card, on a day.
func beginning(partner string, from moneymodel.Day, v moneymodel.Verdict) *moneymodel.Relationship {
	return &moneymodel.Relationship{
		Partner: partner, Agency: partner != "cdw", From: from, Rate: cardBps, Cap: capBps, Until: from.PlusMonths(12), Verdict: v,
	}
}

// ruling is a case with a verdict about a relationship that begins on a day.
func ruling(v moneymodel.Verdict, from moneymodel.Day) func(*partnerv1.Case) {
	until := from.PlusMonths(12).String()
	switch v {
	case moneymodel.Poached:
		return poached(until)
	case moneymodel.Contested:
		return appealed(until)
	}
	return clean
}

// handOver lets transfers take effect whose day has come, unless nothing divides
// terms for now.
func (m *machine) handOver() {
	m.t.Helper()
	_, err := m.App.SweepHandovers(context.Background(), jobs.DivideTerms{}.Kind())
	must(m.t, err)
	m.work()
	for _, s := range m.sold {
		if s.planned != nil && s.planned.From <= m.model.Today && !m.stalled {
			m.rt.Fatalf("on %s, nobody has divided %s from %s on", m.model.Today, s.id, s.planned.From)
		}
	}
}

// divides is what a job has done.
func (m *machine) divides(subscription string) {
	s := m.sold[slices.IndexFunc(m.sold, func(s *sold) bool { return s.id == subscription })]
	if s.planned == nil || s.planned.From > m.model.Today {
		return
	}
	began := s.planned
	s.serving, s.planned = append(s.serving, began), nil
	var divided []*moneymodel.Source
	for _, source := range s.sources {
		if source.HandOver(began) {
			divided = append(divided, source)
		}
	}
	m.model.Restate(began.From, divided...)
}

// rules decides a case otherwise, or for good.
func (m *machine) rules() {
	if len(m.cases) == 0 {
		m.rt.Skip("there is no case")
	}
	c := drawFrom(m, "case", m.cases...)
	if c.final {
		m.rt.Skip("it is over")
	}
	verdict := m.drawVerdict()
	how := ruling(verdict, c.of.From)
	if c.final = verdict != moneymodel.Contested && rapid.IntRange(0, 3).Draw(m.rt, "final") == 0; c.final {
		how = final(how)
	}
	m.Conduct.Decide(c.caseID, func(k *partnerv1.Case) {
		k.State, k.AppealByDate = partnerv1.CaseState_CASE_STATE_DECIDED, "2026-04-01"
		how(k)
	})
	m.Hear()
	c.of.Verdict = verdict
	m.model.Restate(m.model.Today, c.in.sources...)
	m.work()
}
