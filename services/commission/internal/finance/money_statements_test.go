package finance_test

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
)

// stated is a statement as it is stored. Fixed is a digest of what nobody may ever
// change: the statement but for its payment, and every line of it.
type stated struct {
	ID, Partner, Currency          string
	Month                          time.Time
	Opening, Lines, Prior, Closing int64
	Count                          int64
	Until                          time.Time
	Paid                           int64
	State                          string
	Number, Agreement              string
	ListedCount, ListedSum         int64
	Fixed                          string
}

func (s stated) owner() moneymodel.Owner {
	return moneymodel.Owner{Partner: s.Partner, Currency: s.Currency}
}

func (m *machine) statements() []stated {
	m.t.Helper()
	rows, _ := m.DB.SystemPool().Query(context.Background(), `
		SELECT s.statement_id, s.partner_id, s.currency, s.month, s.opening_minor, s.lines_minor, s.prior_minor, s.closing_minor, s.line_count,
			s.dispute_until, s.paid_minor, s.state, coalesce(s.document_number, ''), s.agreement_id, coalesce(l.lines, 0), coalesce(l.amount, 0)::bigint,
			md5((to_jsonb(s) - ARRAY['paid_minor', 'state', 'revision'])::text || coalesce(l.listed, ''))
		FROM statements s
		LEFT JOIN (
			SELECT statement_id, count(*) AS lines, sum(amount_minor) AS amount,
				md5(string_agg(concat_ws(' ', entry_id, effective_date, amount_minor), ',' ORDER BY entry_id)) AS listed
			FROM statement_lines
			WHERE statement_id IS NOT NULL
			GROUP BY statement_id
		) l USING (statement_id)
		ORDER BY s.month, s.partner_id, s.currency`) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stated])
	must(m.t, err)
	return list
}

// adopt closes in the model what the service has closed, and wants the same of it.
// What has become of it since is for checkStatements.
func (m *machine) adopt() {
	m.t.Helper()
	for _, got := range m.statements() {
		if m.frozen[got.ID] != "" {
			continue
		}
		want, err := m.closed(got)
		if err != nil {
			m.rt.Fatalf("%+v: %v", got, err)
		}
		want.ID = got.ID
		if got.Opening != want.Opening || got.Lines != want.Lines || got.Prior != want.Prior || got.Closing != want.Closing ||
			got.Until.Format(time.DateOnly) != want.DisputeUntil.String() {
			m.rt.Fatalf("closed on %s: statement %+v; want %+v", m.model.Today, got, *want)
		}
		if got.Count != got.ListedCount || got.Lines != got.ListedSum {
			m.rt.Fatalf("statement %+v has %d lines of %d", got, got.ListedCount, got.ListedSum)
		}
		m.wantInvoice(got, want)
		m.frozen[got.ID] = got.Fixed
	}
	m.wantNumbers()
}

// closed closes a statement in the model.
func (m *machine) closed(got stated) (*moneymodel.Statement, error) {
	o, month := got.owner(), moneymodel.ParseDay(got.Month.Format(time.DateOnly))
	if m.raced != nil {
		return m.raced.close(m, month, got)
	}
	return m.model.Close(o, month, m.model.Shown(o, month))
}

// checkStatements wants every statement and its lines as they were when it was
// closed, and paid as the model has it.
func (m *machine) checkStatements() {
	m.t.Helper()
	list := m.statements()
	if len(list) != len(m.frozen) {
		m.rt.Fatalf("%d statements; want %d", len(list), len(m.frozen))
	}
	for _, got := range list {
		if m.frozen[got.ID] != got.Fixed {
			m.rt.Fatalf("a closed statement has changed: %+v", got)
		}
		for _, want := range m.model.Of(got.owner()).List {
			if want.ID == got.ID && (got.Paid != want.Paid || got.State != want.State) {
				m.rt.Fatalf("statement %+v; want %s, paid %d", got, want.State, want.Paid)
			}
		}
	}
}

// adjusted is an entry by hand.
type adjusted struct {
	entryID  string
	owner    moneymodel.Owner
	amount   int64
	reversed bool
}

// drawAmount is an amount either way.
func (m *machine) drawAmount() int64 {
	amount := rapid.Int64Range(1, 200_000).Draw(m.rt, "amount")
	if rapid.IntRange(0, 2).Draw(m.rt, "sign") == 0 {
		return -amount
	}
	return amount
}
