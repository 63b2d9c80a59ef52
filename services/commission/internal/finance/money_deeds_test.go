package finance_test

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// adjusts posts an amount by hand.
func (m *machine) adjusts() {
	o, amount := m.drawOwner(), m.drawAmount()
	n := finance.NewAdjustment{PartnerID: o.Partner, Amount: money.Amount{Minor: amount, Currency: money.Currency(o.Currency)}, Reason: "Goodwill."}
	ctx := keyed(fay, m.key("adjust"), n)
	posted, err := m.Finance.PostAdjustment(ctx, n)
	must(m.t, err)
	m.again = append(m.again, func() error {
		_, err := m.Finance.PostAdjustment(ctx, n)
		return err
	})
	m.adjusted = append(m.adjusted, &adjusted{entryID: posted.ID, owner: o, amount: amount})
	m.model.Post(o, moneymodel.Expense, moneymodel.Payable, amount, true)
}

// reverses undoes an entry by hand, perhaps one that is undone.
func (m *machine) reverses() {
	if len(m.adjusted) == 0 {
		m.rt.Skip("nothing was adjusted")
	}
	a := drawFrom(m, "adjustment", m.adjusted...)
	ctx := keyed(fay, m.key("reverse"), a.entryID)
	_, err := m.Finance.ReverseEntry(ctx, a.entryID, "The wrong partner.")
	if a.reversed {
		m.wantRefusal(err, "ALREADY_REVERSED", "a second reversal")
		return
	}
	must(m.t, err)
	m.again = append(m.again, func() error {
		_, err := m.Finance.ReverseEntry(ctx, a.entryID, "The wrong partner.")
		return err
	})
	a.reversed = true
	m.model.Post(a.owner, moneymodel.Payable, moneymodel.Expense, a.amount, true)
}

// disputedBy is a dispute with where it belongs.
type disputedBy struct {
	*moneymodel.Dispute
	id    string
	owner moneymodel.Owner
}

// line is a line of a closed statement.
type line struct {
	ID, Kind string
	Amount   int64
}

func (m *machine) linesOf(statementID string) []line {
	m.t.Helper()
	rows, _ := m.DB.SystemPool().Query(context.Background(), `
		SELECT l.entry_id, e.kind, l.amount_minor
		FROM statement_lines l
		JOIN ledger_entries e USING (entry_id)
		WHERE l.statement_id = $1
		ORDER BY l.effective_date, l.amount_minor, e.kind, l.entry_id`, statementID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
	must(m.t, err)
	return list
}

// disputes objects to a line of a statement, in time or not.
func (m *machine) disputes() {
	owner := m.drawOwner()
	of := m.model.Of(owner)
	if len(of.List) == 0 {
		m.rt.Skip("there is no statement")
	}
	s := of.List[len(of.List)-1-drawFrom(m, "back", 0, 0, 1)%len(of.List)]
	lines := m.linesOf(s.ID)
	if len(lines) == 0 {
		m.rt.Skip("it has no line")
	}
	l := drawFrom(m, "line", lines...)
	want := ""
	switch {
	case of.Disputed(l.ID):
		want = "LINE_ALREADY_DISPUTED"
	case l.Kind == "DISPUTE_HOLD" || l.Kind == "DISPUTE_RELEASE":
		want = "STATE_INVALID"
	case m.model.Today > s.DisputeUntil:
		want = "DISPUTE_WINDOW_CLOSED"
	}
	n := finance.NewDispute{LineID: l.ID, Reason: "It is wrong."}
	ctx := keyed(servertest.Partner(owner.Partner, "statements:write"), m.key("dispute"), n)
	opened, err := m.Finance.OpenDispute(ctx, n)
	m.wantRefusal(err, want, "a dispute")
	if want != "" {
		return
	}
	m.again = append(m.again, func() error {
		_, err := m.Finance.OpenDispute(ctx, n)
		return err
	})
	d := &moneymodel.Dispute{Line: l.ID, Held: l.Amount, On: m.model.Today, Open: true}
	if of.PaidFrom(s.ID) {
		d.Held = 0
	}
	of.Disputes = append(of.Disputes, d)
	m.disputed = append(m.disputed, &disputedBy{d, opened.ID, owner})
	m.model.Post(owner, moneymodel.Payable, moneymodel.Disputed, d.Held, true)
}

// decidesDispute ends a dispute either way, or lets the partner take it back.
func (m *machine) decidesDispute() {
	if len(m.disputed) == 0 {
		m.rt.Skip("nothing is disputed")
	}
	d := drawFrom(m, "dispute", m.disputed...)
	want := ""
	if !d.Open {
		want = "STATE_INVALID"
	}
	how := drawFrom(m, "how", "withdrawn", "rejected", "upheld")
	key, amount, adjustmentID := m.key("decide"), int64(0), ""
	decide := func() error {
		if how == "withdrawn" {
			_, err := m.Finance.WithdrawDispute(keyed(servertest.Partner(d.owner.Partner, "statements:write"), key, d.id), d.id, "")
			return err
		}
		r := finance.DisputeDecision{DisputeID: d.id, Outcome: statement.Rejected, Text: "We have looked into it."}
		if how == "upheld" {
			r.Outcome, r.Adjustment = statement.Upheld, money.Amount{Minor: amount, Currency: money.Currency(d.owner.Currency)}
		}
		decided, err := m.Finance.ResolveDispute(keyed(fiona, key, r), r)
		adjustmentID = decided.AdjustmentEntryID
		return err
	}
	if how == "upheld" {
		amount = m.drawAmount()
	}
	m.wantRefusal(decide(), want, "the end of a dispute")
	if want != "" {
		return
	}
	m.again = append(m.again, decide)
	d.Open = false
	m.model.Post(d.owner, moneymodel.Disputed, moneymodel.Payable, d.Held, true)
	if how == "upheld" {
		m.model.Post(d.owner, moneymodel.Expense, moneymodel.Payable, amount, true)
		m.adjusted = append(m.adjusted, &adjusted{entryID: adjustmentID, owner: d.owner, amount: amount})
	}
}
