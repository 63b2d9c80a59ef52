package finance_test

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// proposes proposes a batch, as fiona.
func (m *machine) proposes() {
	payable := slices.DeleteFunc(slices.Clone(currenciesOfMoney), func(c string) bool { return len(m.model.Proposal(c, sellersOfMoney)) == 0 })
	if m.wrong() {
		payable = currenciesOfMoney
	}
	if len(payable) == 0 {
		m.rt.Skip("nothing is payable")
	}
	currency := drawFrom(m, "currency", payable...)
	want := m.model.Proposal(currency, sellersOfMoney)
	on := m.model.Today + drawFrom(m, "execute in", moneymodel.Day(0), 10, 30, 80)
	n := finance.NewBatch{Currency: currency, ExecuteOn: calendar.Max(day(payday), dateOf(on))}
	ctx := keyed(fiona, m.key("batch"), n)
	proposed, err := m.Finance.CreatePayoutBatch(ctx, n)
	if len(want) == 0 {
		m.wantRefusal(err, "NOTHING_PAYABLE", "a batch of nothing")
		return
	}
	must(m.t, err)
	m.again = append(m.again, func() error {
		_, err := m.Finance.CreatePayoutBatch(ctx, n)
		return err
	})
	batch := &moneymodel.Batch{ID: proposed.ID, Currency: currency, Proposer: "fiona", ExecuteOn: moneymodel.ParseDay(n.ExecuteOn.String()), State: "PROPOSED"}
	got := map[string]int64{}
	for _, p := range proposed.Payouts {
		got[p.PartnerID] = p.Amount.Minor
		o := moneymodel.Owner{Partner: p.PartnerID, Currency: currency}
		of := m.model.Of(o).Latest()
		if of == nil || of.ID != p.StatementID {
			m.rt.Fatalf("payout %+v is not of the latest statement", p)
		}
		batch.Payouts = append(batch.Payouts, &moneymodel.Payout{ID: p.ID, Owner: o, Of: of, Amount: p.Amount.Minor, State: "PROPOSED"})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.rt.Fatalf("proposed (-want +got):\n%s", diff)
	}
	m.model.Batches = append(m.model.Batches, batch)
	m.banked[batch.ID] = batch
}

// drawBatch draws a batch that is in a state, or once in a while any.
func (m *machine) drawBatch(state string) *moneymodel.Batch {
	list := slices.DeleteFunc(slices.Clone(m.model.Batches), func(b *moneymodel.Batch) bool { return b.State != state })
	if m.wrong() {
		list = m.model.Batches
	}
	if len(list) == 0 {
		m.rt.Skip("there is no such batch")
	}
	return list[len(list)-1-rapid.IntRange(0, len(list)-1).Draw(m.rt, "batches ago")]
}

// approves approves a batch as grace, or as fiona, who must not. Its job runs at
// once, or with the next one.
func (m *machine) approves() {
	batch := m.drawBatch("PROPOSED")
	by, name := grace, "grace"
	if m.wrong() {
		by, name = fiona, "fiona"
	}
	ctx := keyed(by, m.key("approve"), batch.ID)
	_, err := m.Finance.ApprovePayoutBatch(ctx, batch.ID, "")
	m.wantRefusal(err, m.model.Approve(batch, name), "the approval of a batch that is "+batch.State)
	if err != nil {
		return
	}
	m.again = append(m.again, func() error {
		_, err := m.Finance.ApprovePayoutBatch(ctx, batch.ID, "")
		return err
	})
	if drawFrom(m, "post", true, true, false) {
		m.work()
	}
}

func (m *machine) cancels() {
	if rapid.IntRange(0, 2).Draw(m.rt, "really") > 0 {
		m.rt.Skip("nobody gives it up")
	}
	batch := m.drawBatch("PROPOSED")
	_, err := m.Finance.CancelPayoutBatch(keyed(grace, m.key("cancel"), batch.ID), batch.ID, "")
	m.wantRefusal(err, m.model.Cancel(batch), "the end of a batch that was "+batch.State)
}

// posts is what a job is about to do.
func (m *machine) posts(batchID string) { m.model.PostBatch(m.banked[batchID]) }

// exports has the file for the bank made, which changes no amount.
func (m *machine) exports() {
	batch := m.drawBatch("POSTED")
	waiting, before := int64(0), m.extent()
	for _, p := range batch.Payouts {
		if p.State == "INSTRUCTED" {
			waiting += p.Amount
		}
	}
	if waiting == 0 {
		m.rt.Skip("nothing waits for the bank")
	}
	order, err := m.Finance.ExportPayoutBatch(as(fiona), batch.ID)
	must(m.t, err)
	total := int64(0)
	for _, t := range order.Transfers {
		total += t.Amount.Minor
	}
	if after := m.extent(); total < waiting || after[0] != before[0] {
		m.rt.Fatalf("the bank is asked for %d; want %d and what it has answered, and no entry", total, waiting)
	}
}

// answers records what the bank says: to what it was asked, twice, late, otherwise,
// or to what it was not asked.
func (m *machine) answers() {
	batch := m.drawBatch("POSTED")
	p := drawFrom(m, "payout", batch.Payouts...)
	a := moneymodel.Answer{State: drawFrom(m, "outcome", "PAID", "PAID", "RETURNED"), Reference: drawFrom(m, "reference", "B-1", "B-1", "B-2"), On: m.drawDay(8)}
	if len(p.Said) > 0 && rapid.Bool().Draw(m.rt, "again") {
		a = drawFrom(m, "said", p.Said...)
	}
	if p.State == "SKIPPED" && !m.wrong() {
		m.rt.Skip("it was not instructed")
	}
	before, known := m.extent(), len(p.Said)
	want := m.model.Answer(p, a)
	_, err := m.answer(p.ID, payout.State(a.State), func(r *payout.Result) {
		r.Reference, r.ValueOn = a.Reference, dateOf(a.On)
	})
	m.wantRefusal(err, want, "the bank's answer")
	if len(p.Said) == known {
		m.wantExtent(before, "an answer that was known, or refused")
	}
}
