package finance_test

import (
	"context"
	"maps"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// check holds today's accounts against the model, and every few steps another
// day's, the balance that the service tells, and what must always be so.
func (m *machine) check() {
	m.t.Helper()
	m.checkDay(m.model.Today)
	if m.checked++; m.checked%2 == 0 {
		other := m.model.Today - moneymodel.Day(rapid.IntRange(1, 400).Draw(m.rt, "checked days ago"))
		m.checkBalance(m.drawOwner(), other, m.checkDay(other))
	}
	if m.checked%8 == 0 {
		m.checkStatements()
	}
	if m.checked%16 == 0 {
		m.wantNone("laws that a step has broken", broken)
	}
}

// sheet adds up the accounts by a day, straight from the postings.
func (m *machine) sheet(on moneymodel.Day) map[moneymodel.Account]int64 {
	m.t.Helper()
	sheet := map[moneymodel.Account]int64{}
	rows, err := m.DB.SystemPool().Query(context.Background(), `
		SELECT partner_id, currency, account, sum(credit_minor - debit_minor)::bigint
		FROM ledger_postings
		WHERE effective_date <= $1
		GROUP BY 1, 2, 3
		HAVING sum(credit_minor - debit_minor) <> 0`, dateOf(on))
	must(m.t, err)
	defer rows.Close()
	for rows.Next() {
		var a moneymodel.Account
		var minor int64
		must(m.t, rows.Scan(&a.Partner, &a.Currency, &a.Name, &minor))
		sheet[a] = minor
	}
	must(m.t, rows.Err())
	return sheet
}

// checkDay returns the sheet of a day, when it is sure that the ledger has the same.
func (m *machine) checkDay(on moneymodel.Day) map[moneymodel.Account]int64 {
	m.t.Helper()
	want, got := m.model.Sheet(on), m.sheet(on)
	if !maps.Equal(want, got) {
		m.rt.Fatalf("accounts of %s, on %s (-want +got):\n%s", on, m.model.Today, cmp.Diff(want, got))
	}
	zero := map[string]int64{}
	for account, minor := range got {
		zero[account.Currency] += minor
	}
	for currency, minor := range zero {
		if minor != 0 {
			m.rt.Fatalf("all accounts in %s come to %d", currency, minor)
		}
	}
	return want
}

// checkBalance asks the service for a balance, which it may have kept.
func (m *machine) checkBalance(o moneymodel.Owner, on moneymodel.Day, sheet map[moneymodel.Account]int64) {
	m.t.Helper()
	found, err := m.Finance.GetBalance(as(fiona), finance.BalanceQuery{PartnerID: o.Partner, Currency: money.Currency(o.Currency), Effective: dateOf(on)})
	must(m.t, err)
	for _, account := range ledger.Accounts() {
		if want := sheet[moneymodel.Account{Partner: o.Partner, Currency: o.Currency, Name: string(account)}]; found.Accounts[account] != want {
			m.rt.Fatalf("%s of %+v on %s is kept as %d; want %d", account, o, on, found.Accounts[account], want)
		}
	}
}

// broken finds what must never be, whatever the model says: entries that do not
// balance or mix currencies; statements that do not leave what they say on one of
// two accounts; statements that are paid twice; lines that are not an entry's; and
// RESALE margins.
const broken = `
	SELECT 'entry ' || entry_id
	FROM ledger_entries e
	JOIN ledger_postings p USING (entry_id)
	GROUP BY entry_id
	HAVING sum(debit_minor) <> sum(credit_minor) OR count(*) FILTER (WHERE p.currency <> e.currency OR p.partner_id <> e.partner_id) > 0
	UNION ALL
	SELECT 'statement ' || s.statement_id
	FROM statements s
	JOIN (
		SELECT e.partner_id, e.currency, coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE account = 'PAYABLE'), 0) AS payable,
			coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE account = 'RECEIVABLE'), 0) AS receivable
		FROM ledger_entries e
		JOIN ledger_postings p USING (entry_id)
		LEFT JOIN statement_lines l USING (entry_id)
		WHERE l.statement_id IS NOT NULL OR e.kind IN ('SET_OFF', 'PAYOUT')
		GROUP BY 1, 2
	) a USING (partner_id, currency)
	WHERE NOT EXISTS (SELECT FROM statements later WHERE later.previous_statement_id = s.statement_id)
	AND (a.payable <> greatest(s.closing_minor, 0) - s.paid_minor OR a.receivable <> least(s.closing_minor, 0))
	UNION ALL
	SELECT 'payouts of statement ' || statement_id
	FROM payouts
	WHERE state IN ('INSTRUCTED', 'PAID', 'RETURNED')
	GROUP BY statement_id
	HAVING count(*) > 1
	UNION ALL
	SELECT 'accrual ' || accrual_id
	FROM accruals
	WHERE kind = 'MARGIN' AND settlement_mode = 'RESALE'`

func (m *machine) wantNone(what, sql string) {
	m.t.Helper()
	rows, err := m.DB.SystemPool().Query(context.Background(), sql)
	must(m.t, err)
	defer rows.Close()
	for rows.Next() {
		var found string
		must(m.t, rows.Scan(&found))
		m.rt.Errorf("%s: %s", what, found)
	}
	must(m.t, rows.Err())
}

// checkAll holds every day on which anything has changed against the model, and the
// ledger against itself.
func (m *machine) checkAll() {
	m.t.Helper()
	rows, err := m.DB.SystemPool().Query(context.Background(), "SELECT DISTINCT effective_date::text FROM ledger_entries ORDER BY 1")
	must(m.t, err)
	var days []string
	for rows.Next() {
		var text string
		must(m.t, rows.Scan(&text))
		days = append(days, text)
	}
	must(m.t, rows.Err())
	for _, text := range days {
		m.checkDay(moneymodel.ParseDay(text))
	}
	m.checkStatements()
	m.wantLastNumber()
	m.wantNone("laws that a step has broken", broken)
	m.wantNone("laws that a run has broken", brokenAtTheEnd)
	m.seals()
	verified, err := m.Finance.VerifyLedger(as(fiona), finance.KeptSeal{}, func(f seal.Finding) { m.rt.Errorf("%+v", f) })
	must(m.t, err)
	if !verified.Sound() {
		m.rt.Errorf("the ledger is not sound: %+v", verified)
	}
}

// countInto counts what the run has met: entries, statements, of these the
// self-billed ones, payouts, and refusals.
func (m *machine) countInto(met tally) {
	m.t.Helper()
	rows, err := m.DB.SystemPool().Query(context.Background(), `
		SELECT 'entry ' || kind, count(*) FROM ledger_entries GROUP BY 1
		UNION ALL
		SELECT 'statement ' || state, count(*) FROM statements GROUP BY 1
		UNION ALL
		SELECT 'payout ' || state, count(*) FROM payouts GROUP BY 1
		UNION ALL
		SELECT 'self-billed statement', count(*) FROM statements WHERE self_billed`)
	must(m.t, err)
	defer rows.Close()
	for rows.Next() {
		var what string
		var count int
		must(m.t, rows.Scan(&what, &count))
		met[what] += count
	}
	must(m.t, rows.Err())
	for reason, count := range m.refused {
		met["refusal "+reason] += count
	}
}

// brokenAtTheEnd finds reversals that do not undo their entry, more taken back than
// was accrued, entries without their line and lines without their entry, and
// amounts kept beside the entries that are not theirs.
const brokenAtTheEnd = `
	SELECT 'reversal ' || r.entry_id
	FROM ledger_entries r
	JOIN ledger_postings p ON p.entry_id = r.entry_id
	FULL JOIN ledger_postings q ON q.entry_id = r.reverses AND q.account = p.account
	WHERE r.reverses IS NOT NULL
	AND (p.debit_minor IS DISTINCT FROM q.credit_minor OR p.credit_minor IS DISTINCT FROM q.debit_minor)
	UNION ALL
	SELECT 'accrual ' || e.accrual_id
	FROM ledger_entries e
	JOIN ledger_postings p USING (entry_id)
	WHERE p.account = 'EXPENSE' AND e.accrual_id IS NOT NULL
	GROUP BY e.accrual_id
	HAVING least(sum(debit_minor), sum(credit_minor)) > 0 AND sign(sum(debit_minor - credit_minor)) NOT IN (0, (
		SELECT sign(first.debit_minor - first.credit_minor)
		FROM ledger_postings first
		JOIN ledger_entries f USING (entry_id)
		WHERE f.accrual_id = e.accrual_id AND first.account = 'EXPENSE'
		ORDER BY f.entry_id
		LIMIT 1))
	UNION ALL
	SELECT 'line ' || coalesce(e.entry_id, l.entry_id)
	FROM (
		SELECT entry_id, sum(credit_minor - debit_minor) AS minor
		FROM ledger_entries
		JOIN ledger_postings p USING (entry_id)
		WHERE p.account IN ('PAYABLE', 'RECEIVABLE') AND kind NOT IN ('SET_OFF', 'PAYOUT', 'PAYOUT_PAID')
		GROUP BY entry_id
	) e
	FULL JOIN statement_lines l USING (entry_id)
	WHERE e.minor IS DISTINCT FROM l.amount_minor`
