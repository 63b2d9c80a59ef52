package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// ErrTold is returned for facts of which another transaction has stored some
// meanwhile: whoever tells them looks again.
var ErrTold = fault.New("IDEMPOTENCY_KEY_IN_FLIGHT", "the same facts are being recorded by another call; repeat this one in a moment")

// LockInvoices locks those of the invoices that are recorded, and those that
// payments belong to, until the transaction ends, and returns their ids. What is
// read after it is what the locks' last holders committed.
func (s *Store) LockInvoices(ctx context.Context, ids, paymentIDs []string) ([]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT invoice_id
		FROM invoices
		WHERE invoice_id = ANY ($1)
		OR invoice_id IN (SELECT invoice_id FROM billing_facts WHERE kind = 'PAYMENT' AND external_id = ANY ($2))
		ORDER BY invoice_id
		FOR UPDATE`, ids, paymentIDs) // CollectRows returns the error
	locked, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("lock invoices: %w", err)
	}
	return locked, nil
}

// Invoices returns invoices with their lines and facts, by id.
func (s *Store) Invoices(ctx context.Context, ids []string) (map[string]*billing.Invoice, error) {
	found := make(map[string]*billing.Invoice, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var batch pgx.Batch
	batch.Queue(`
		SELECT invoice_id, currency, issue_date, due_date, hold_days, overdue_days, code_version_id, fx_set_id, fingerprint, actor, record_time
		FROM invoices
		WHERE invoice_id = ANY ($1)`, ids).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanInvoice)
		for _, i := range list {
			found[i.ID] = i
		}
		return err
	})
	batch.Queue(`
		SELECT invoice_id, line_number, source_id, instalment, subscription_id, amount_minor, voided
		FROM invoice_lines
		WHERE invoice_id = ANY ($1)
		ORDER BY invoice_id, line_number`, ids).Query(func(rows pgx.Rows) error {
		var id string
		var l billing.Line
		_, err := pgx.ForEachRow(rows, []any{&id, &l.Number, &l.SourceID, &l.Instalment, &l.SubscriptionID, &l.Amount, &l.Voided}, func() error {
			found[id].Lines = append(found[id].Lines, l)
			return nil
		})
		return err
	})
	batch.Queue(selectFact+`
		WHERE f.invoice_id = ANY ($1)
		ORDER BY f.record_time, f.kind, f.external_id`, ids).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanFact)
		for _, f := range list {
			found[f.InvoiceID].Facts = append(found[f.InvoiceID].Facts, f)
		}
		return err
	})
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("read %d invoices: %w", len(ids), err)
	}
	return found, nil
}

func scanInvoice(row pgx.CollectableRow) (*billing.Invoice, error) {
	i := new(billing.Invoice)
	err := row.Scan(&i.ID, &i.Currency, &i.Issued, &i.Due, &i.HoldDays, &i.OverdueDays, &i.CodeVersionID, &i.FxSetID, &i.Fingerprint, &i.Actor, &i.Recorded)
	i.Recorded = i.Recorded.UTC()
	return i, err
}

const selectFact = `
	SELECT f.kind, f.external_id, f.invoice_id, f.value_date, f.amount_minor, f.cause, coalesce(f.reverses, ''), f.fingerprint, f.actor, f.record_time, (
		SELECT jsonb_agg(jsonb_build_object('LineNumber', l.line_number, 'Amount', l.amount_minor) ORDER BY l.line_number)
		FROM billing_fact_lines l
		WHERE l.kind = f.kind AND l.external_id = f.external_id)
	FROM billing_facts f`

func scanFact(row pgx.CollectableRow) (billing.Fact, error) {
	var f billing.Fact
	err := row.Scan(&f.Kind, &f.ID, &f.InvoiceID, &f.On, &f.Amount, &f.Cause, &f.Reverses, &f.Fingerprint, &f.Actor, &f.Recorded, &f.Parts)
	f.Recorded = f.Recorded.UTC()
	return f, err
}

// FactKey names a fact.
type FactKey struct {
	Kind billing.Kind
	ID   string
}

// KnownFacts returns those of the facts that are recorded, of whatever invoice.
func (s *Store) KnownFacts(ctx context.Context, keys []FactKey) (map[FactKey]billing.Fact, error) {
	known := make(map[FactKey]billing.Fact)
	if len(keys) == 0 {
		return known, nil
	}
	kinds, ids := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		kinds[i], ids[i] = string(k.Kind), k.ID
	}
	rows, _ := s.tx.Query(ctx, selectFact+`
		JOIN unnest($1::text[], $2::text[]) AS asked (kind, external_id) ON asked.kind = f.kind AND asked.external_id = f.external_id`, kinds, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanFact)
	if err != nil {
		return nil, fmt.Errorf("look up %d facts: %w", len(keys), err)
	}
	for _, f := range list {
		known[FactKey{f.Kind, f.ID}] = f
	}
	return known, nil
}

type invoiceRow struct {
	ID            string        `json:"invoice_id"`
	Currency      string        `json:"currency"`
	Issued        calendar.Date `json:"issue_date"`
	Due           calendar.Date `json:"due_date"`
	Amount        int64         `json:"amount_minor"`
	HoldDays      int           `json:"hold_days"`
	OverdueDays   int           `json:"overdue_days"`
	CodeVersionID string        `json:"code_version_id"`
	FxSetID       string        `json:"fx_set_id"`
	Fingerprint   string        `json:"fingerprint"`
	Actor         string        `json:"actor"`
	Recorded      time.Time     `json:"record_time"`
}

type invoiceLineRow struct {
	InvoiceID      string `json:"invoice_id"`
	Number         int    `json:"line_number"`
	SourceID       string `json:"source_id"`
	Instalment     int    `json:"instalment"`
	SubscriptionID string `json:"subscription_id"`
	Amount         int64  `json:"amount_minor"`
	Voided         bool   `json:"voided"`
}

type factRow struct {
	Kind        billing.Kind  `json:"kind"`
	ID          string        `json:"external_id"`
	InvoiceID   string        `json:"invoice_id"`
	On          calendar.Date `json:"value_date"`
	Amount      int64         `json:"amount_minor"`
	Cause       billing.Cause `json:"cause"`
	Reverses    *string       `json:"reverses"`
	Fingerprint string        `json:"fingerprint"`
	Actor       string        `json:"actor"`
	Recorded    time.Time     `json:"record_time"`
}

type factLineRow struct {
	Kind       billing.Kind `json:"kind"`
	ID         string       `json:"external_id"`
	LineNumber int          `json:"line_number"`
	Amount     int64        `json:"amount_minor"`
}

// Told is what a transaction stores of what billing told. Voided are lines that
// were recorded before.
type Told struct {
	Invoices []*billing.Invoice // new ones, with their lines
	Facts    []billing.Fact
	Voided   []VoidedLine
}

// VoidedLine names a line of an invoice.
type VoidedLine struct {
	InvoiceID string
	Number    int
}

// AddTold stores what billing told. It returns ErrTold if another transaction
// has stored some of it since this one looked.
func (s *Store) AddTold(ctx context.Context, t Told) error {
	var batch pgx.Batch
	for _, v := range t.Voided {
		batch.Queue("UPDATE invoice_lines SET voided = true WHERE invoice_id = $1 AND line_number = $2", v.InvoiceID, v.Number)
	}
	queueInvoices(&batch, t.Invoices)
	queueFacts(&batch, t.Facts)
	err := s.tx.SendBatch(ctx, &batch).Close()
	switch pg.Constraint(err) {
	case "invoices_pkey", "billing_facts_pkey", "invoice_lines_invoiced_once", "billing_facts_reversed_once":
		return ErrTold
	}
	if err != nil {
		return fmt.Errorf("add %d invoices and %d facts: %w", len(t.Invoices), len(t.Facts), err)
	}
	return nil
}

func queueInvoices(batch *pgx.Batch, list []*billing.Invoice) {
	if len(list) == 0 {
		return
	}
	invoices := make([]invoiceRow, len(list))
	var lines []invoiceLineRow
	for n, i := range list {
		invoices[n] = invoiceRow{
			i.ID, string(i.Currency), i.Issued, i.Due, i.Amount(), i.HoldDays, i.OverdueDays, i.CodeVersionID, i.FxSetID, byteaText(i.Fingerprint), i.Actor, i.Recorded,
		}
		for _, l := range i.Lines {
			lines = append(lines, invoiceLineRow{i.ID, l.Number, l.SourceID, l.Instalment, l.SubscriptionID, l.Amount, l.Voided})
		}
	}
	batch.Queue(`
		INSERT INTO invoices (
			invoice_id, currency, issue_date, due_date, amount_minor, hold_days, overdue_days, code_version_id, fx_set_id, fingerprint, actor, record_time)
		SELECT invoice_id, currency, issue_date, due_date, amount_minor, hold_days, overdue_days, code_version_id, fx_set_id, fingerprint, actor, record_time
		FROM jsonb_populate_recordset(NULL::invoices, $1)`, invoices)
	batch.Queue(`
		INSERT INTO invoice_lines (invoice_id, line_number, source_id, instalment, subscription_id, amount_minor, voided)
		SELECT invoice_id, line_number, source_id, instalment, subscription_id, amount_minor, voided
		FROM jsonb_populate_recordset(NULL::invoice_lines, $1)`, lines)
}

func queueFacts(batch *pgx.Batch, list []billing.Fact) {
	if len(list) == 0 {
		return
	}
	facts := make([]factRow, len(list))
	var lines []factLineRow
	for n, f := range list {
		facts[n] = factRow{f.Kind, f.ID, f.InvoiceID, f.On, f.Amount, f.Cause, optional(f.Reverses), byteaText(f.Fingerprint), f.Actor, f.Recorded}
		for _, p := range f.Parts {
			lines = append(lines, factLineRow{f.Kind, f.ID, p.LineNumber, p.Amount})
		}
	}
	batch.Queue(`
		INSERT INTO billing_facts (kind, external_id, invoice_id, value_date, amount_minor, cause, reverses, fingerprint, actor, record_time)
		SELECT kind, external_id, invoice_id, value_date, amount_minor, cause, reverses, fingerprint, actor, record_time
		FROM jsonb_populate_recordset(NULL::billing_facts, $1)`, facts)
	batch.Queue(`
		INSERT INTO billing_fact_lines (kind, external_id, line_number, amount_minor)
		SELECT kind, external_id, line_number, amount_minor
		FROM jsonb_populate_recordset(NULL::billing_fact_lines, $1)`, lines)
}
