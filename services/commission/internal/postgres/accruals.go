package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const selectAccrual = `
	SELECT a.accrual_id, a.invoice_id, a.line_number, a.relationship_id, a.kind, a.partner_id, a.subscription_id, a.source_id, a.instalment,
		a.calculation_id, a.customer_id, a.customer_name, a.product_id, a.family_id, a.segment, a.partner_reference, a.service_date, a.settlement_mode,
		a.currency, a.net_minor, a.rate_bps, a.fx_set_id, a.accrued_minor, a.payable_minor, a.held_minor, a.next_date, a.revision, a.create_time
	FROM accruals a`

func scanAccrual(row pgx.CollectableRow) (earnings.Accrual, error) {
	var a earnings.Accrual
	err := row.Scan(&a.ID, &a.InvoiceID, &a.LineNumber, &a.RelationshipID, &a.Kind, &a.PartnerID, &a.SubscriptionID, &a.SourceID, &a.Instalment,
		&a.CalculationID, &a.CustomerID, &a.CustomerName, &a.ProductID, &a.FamilyID, &a.Segment, &a.PartnerReference, &a.ServiceDate, &a.Mode,
		&a.Currency, &a.Net, &a.Rate, &a.FxSetID, &a.Accrued, &a.Payable, &a.Held, &a.Next, &a.Revision, &a.CreateTime)
	a.CreateTime = a.CreateTime.UTC()
	return a, err
}

func (s *Store) accruals(ctx context.Context, sql string, args ...any) ([]earnings.Accrual, error) {
	rows, _ := s.tx.Query(ctx, selectAccrual+sql, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanAccrual)
	if err != nil {
		return nil, fmt.Errorf("list accruals: %w", err)
	}
	return list, nil
}

// Accrual returns earnings.ErrNoAccrual when there is no such accrual in the
// scope.
func (s *Store) Accrual(ctx context.Context, id string) (earnings.Accrual, error) {
	rows, _ := s.tx.Query(ctx, selectAccrual+`
		WHERE a.accrual_id = $1`, id) // CollectExactlyOneRow returns the error
	a, err := pgx.CollectExactlyOneRow(rows, scanAccrual)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, earnings.ErrNoAccrual
	}
	if err != nil {
		return a, fmt.Errorf("accrual %s: %w", id, err)
	}
	return a, nil
}

// AccrualFilter says which accruals to list; empty fields fit all.
type AccrualFilter struct {
	PartnerID, SubscriptionID, SourceID, InvoiceID string
}

// Accruals returns up to limit accruals before an id, newest first; "" begins
// with the newest.
func (s *Store) Accruals(ctx context.Context, f AccrualFilter, before string, limit int) ([]earnings.Accrual, error) {
	return s.accruals(ctx, `
		WHERE (@before = '' OR a.accrual_id < @before)
		AND (@partner = '' OR a.partner_id = @partner)
		AND (@subscription = '' OR a.subscription_id = @subscription)
		AND (@source = '' OR a.source_id = @source)
		AND (@invoice = '' OR a.invoice_id = @invoice)
		ORDER BY a.accrual_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "partner": f.PartnerID, "subscription": f.SubscriptionID, "source": f.SourceID, "invoice": f.InvoiceID, "limit": limit,
		})
}

// AccrualsOf returns the accruals of invoices, by those, in the order of lines
// and ids.
func (s *Store) AccrualsOf(ctx context.Context, invoiceIDs []string) (map[string][]earnings.Accrual, error) {
	list, err := s.accruals(ctx, accrualsOfInvoices, invoiceIDs)
	of := make(map[string][]earnings.Accrual, len(invoiceIDs))
	for _, a := range list {
		of[a.InvoiceID] = append(of[a.InvoiceID], a)
	}
	return of, err
}

const accrualsOfInvoices = `
		WHERE a.invoice_id = ANY ($1)
		ORDER BY a.invoice_id, a.line_number, a.accrual_id`

// AccrualsForSettling returns the accruals of invoices, with all that was claimed
// and posted, in the order of lines and ids. The invoices are locked.
func (s *Store) AccrualsForSettling(ctx context.Context, invoiceIDs []string) ([]earnings.Accrual, error) {
	if len(invoiceIDs) == 0 {
		return nil, nil
	}
	list, err := s.accruals(ctx, accrualsOfInvoices, invoiceIDs)
	if err != nil || len(list) == 0 {
		return list, err
	}
	ids := make([]string, len(list))
	byID := make(map[string]*earnings.Accrual, len(list))
	for i := range list {
		ids[i], byID[list[i].ID] = list[i].ID, &list[i]
	}
	var batch pgx.Batch
	queueClaims(&batch, ids, byID)
	queuePosted(&batch, ids, byID)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("read what %d accruals claim: %w", len(ids), err)
	}
	return list, nil
}

func queueClaims(batch *pgx.Batch, ids []string, byID map[string]*earnings.Accrual) {
	batch.Queue(`
		SELECT accrual_id, from_date, earned_minor, held_minor, first_minor, span_minor, cause
		FROM claims
		WHERE accrual_id = ANY ($1)
		ORDER BY accrual_id, number`, ids).Query(func(rows pgx.Rows) error {
		var id string
		var c ledger.Claim
		_, err := pgx.ForEachRow(rows, []any{&id, &c.From, &c.Earned, &c.Held, &c.First, &c.Span, &c.Cause}, func() error {
			byID[id].Claims = append(byID[id].Claims, c)
			return nil
		})
		return err
	})
}

func queuePosted(batch *pgx.Batch, ids []string, byID map[string]*earnings.Accrual) {
	batch.Queue(`
		SELECT e.accrual_id, e.effective_date,
			coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account = 'ACCRUED'), 0)::bigint,
			coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account IN ('PAYABLE', 'RECEIVABLE')), 0)::bigint,
			coalesce(sum(p.credit_minor - p.debit_minor) FILTER (WHERE p.account = 'HELD'), 0)::bigint
		FROM ledger_entries e
		JOIN ledger_postings p ON p.entry_id = e.entry_id
		WHERE e.accrual_id = ANY ($1)
		GROUP BY e.accrual_id, e.effective_date
		ORDER BY e.accrual_id, e.effective_date`, ids).Query(func(rows pgx.Rows) error {
		var id string
		var p ledger.Posted
		_, err := pgx.ForEachRow(rows, []any{&id, &p.On, &p.Accrued, &p.Payable, &p.Held}, func() error {
			byID[id].Posted = append(byID[id].Posted, p)
			return nil
		})
		return err
	})
	batch.Queue(`
		SELECT l.accrual_id, sum(p.credit_minor - p.debit_minor)::bigint
		FROM statement_lines l
		JOIN ledger_postings p ON p.entry_id = l.entry_id
		WHERE l.accrual_id = ANY ($1)
		AND l.statement_id IS NULL
		AND p.account = 'PAYABLE'
		GROUP BY l.accrual_id`, ids).Query(func(rows pgx.Rows) error {
		var id string
		var open int64
		_, err := pgx.ForEachRow(rows, []any{&id, &open}, func() error {
			byID[id].Open = open
			return nil
		})
		return err
	})
}

type accrualRow struct {
	ID               string         `json:"accrual_id"`
	InvoiceID        string         `json:"invoice_id"`
	LineNumber       int            `json:"line_number"`
	RelationshipID   string         `json:"relationship_id"`
	Kind             string         `json:"kind"`
	PartnerID        string         `json:"partner_id"`
	SubscriptionID   string         `json:"subscription_id"`
	SourceID         string         `json:"source_id"`
	Instalment       int            `json:"instalment"`
	CalculationID    string         `json:"calculation_id"`
	CustomerID       string         `json:"customer_id"`
	CustomerName     string         `json:"customer_name"`
	ProductID        string         `json:"product_id"`
	FamilyID         string         `json:"family_id"`
	Segment          string         `json:"segment"`
	PartnerReference string         `json:"partner_reference"`
	ServiceDate      calendar.Date  `json:"service_date"`
	Mode             string         `json:"settlement_mode"`
	Currency         money.Currency `json:"currency"`
	Net              int64          `json:"net_minor"`
	Rate             int32          `json:"rate_bps"`
	FxSetID          string         `json:"fx_set_id"`
	Accrued          int64          `json:"accrued_minor"`
	Payable          int64          `json:"payable_minor"`
	Held             int64          `json:"held_minor"`
	Next             *calendar.Date `json:"next_date"`
	Revision         int64          `json:"revision"`
	CreateTime       time.Time      `json:"create_time"`
}

type claimRow struct {
	AccrualID string        `json:"accrual_id"`
	Number    int           `json:"number"`
	From      calendar.Date `json:"from_date"`
	Earned    int64         `json:"earned_minor"`
	Held      int64         `json:"held_minor"`
	First     int64         `json:"first_minor"`
	Span      int64         `json:"span_minor"`
	Cause     string        `json:"cause"`
}

// SaveAccruals adds accruals at their first revision and saves later ones, each
// with the last so many of its claims that are new.
func (s *Store) SaveAccruals(ctx context.Context, list []earnings.Accrual) error {
	if len(list) == 0 {
		return nil
	}
	rows := make([]accrualRow, len(list))
	var claims []claimRow
	for i, a := range list {
		rows[i] = accrualRowOf(a)
		for n := len(a.Claims) - a.NewClaims; n < len(a.Claims); n++ {
			c := a.Claims[n]
			claims = append(claims, claimRow{a.ID, n + 1, c.From, c.Earned, c.Held, c.First, c.Span, c.Cause})
		}
	}
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO accruals (
			accrual_id, invoice_id, line_number, relationship_id, kind, partner_id, subscription_id, source_id, instalment, calculation_id,
			customer_id, customer_name, product_id, family_id, segment, partner_reference, service_date, settlement_mode, currency, net_minor,
			rate_bps, fx_set_id, accrued_minor, payable_minor, held_minor, next_date, revision, create_time)
		SELECT
			accrual_id, invoice_id, line_number, relationship_id, kind, partner_id, subscription_id, source_id, instalment, calculation_id,
			customer_id, customer_name, product_id, family_id, segment, partner_reference, service_date, settlement_mode, currency, net_minor,
			rate_bps, fx_set_id, accrued_minor, payable_minor, held_minor, next_date, revision, create_time
		FROM jsonb_populate_recordset(NULL::accruals, $1)
		ON CONFLICT (accrual_id) DO UPDATE
		SET accrued_minor = excluded.accrued_minor, payable_minor = excluded.payable_minor, held_minor = excluded.held_minor,
			next_date = excluded.next_date, revision = excluded.revision`, rows)
	if len(claims) > 0 {
		batch.Queue(`
			INSERT INTO claims (accrual_id, number, from_date, earned_minor, held_minor, first_minor, span_minor, cause)
			SELECT accrual_id, number, from_date, earned_minor, held_minor, first_minor, span_minor, cause
			FROM jsonb_populate_recordset(NULL::claims, $1)`, claims)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save %d accruals: %w", len(list), err)
	}
	return nil
}

func accrualRowOf(a earnings.Accrual) accrualRow {
	row := accrualRow{
		a.ID, a.InvoiceID, a.LineNumber, a.RelationshipID, string(a.Kind), a.PartnerID, a.SubscriptionID, a.SourceID, a.Instalment, a.CalculationID,
		a.CustomerID, a.CustomerName, a.ProductID, a.FamilyID, a.Segment, a.PartnerReference, a.ServiceDate, string(a.Mode), a.Currency, a.Net, int32(a.Rate),
		a.FxSetID, a.Accrued, a.Payable, a.Held, nil, int64(a.Revision), a.CreateTime,
	}
	if !a.Next.IsZero() {
		row.Next = &a.Next
	}
	return row
}

// DueInvoices returns up to limit invoices of which something changes by time
// alone by a day, after an id.
func (s *Store) DueInvoices(ctx context.Context, by calendar.Date, after string, limit int) ([]string, error) {
	return s.ids(ctx, "due invoices", `
		SELECT DISTINCT invoice_id
		FROM accruals
		WHERE next_date <= $1
		AND invoice_id > $2
		ORDER BY invoice_id
		LIMIT $3`, by, after, limit)
}

// InvoicesOfSources returns the invoices with an instalment of one of the sources.
func (s *Store) InvoicesOfSources(ctx context.Context, sourceIDs []string) ([]string, error) {
	return s.ids(ctx, "invoices of sources", `
		SELECT DISTINCT invoice_id
		FROM invoice_lines
		WHERE source_id = ANY ($1)
		ORDER BY invoice_id`, sourceIDs)
}
