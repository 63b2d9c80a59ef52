package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// sourceLocks is among how many advisory locks sources are divided. Recorders
// share them, so that only a restatement of one of the same part waits.
const sourceLocks = 64

// ShareSources keeps restatements of sources waiting until the transaction ends:
// what is read of the sources afterwards stays as it is.
func (s *Store) ShareSources(ctx context.Context, ids []string) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock_shared(hashtext('holdfast sources'), part)
		FROM (SELECT DISTINCT abs(hashtext(id) % $2) AS part FROM unnest($1::text[]) AS id ORDER BY part) parts`, ids, sourceLocks)
	if err != nil {
		return fmt.Errorf("share %d sources: %w", len(ids), err)
	}
	return nil
}

// LockSources waits for those who share the sources, and locks them until the
// transaction ends.
func (s *Store) LockSources(ctx context.Context, ids []string) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('holdfast sources'), part)
		FROM (SELECT DISTINCT abs(hashtext(id) % $2) AS part FROM unnest($1::text[]) AS id ORDER BY part) parts`, ids, sourceLocks)
	if err != nil {
		return fmt.Errorf("lock %d sources: %w", len(ids), err)
	}
	return nil
}

// BookedSources returns what was booked by submissions, by their ids.
func (s *Store) BookedSources(ctx context.Context, ids []string) (map[string]*earnings.Source, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT b.submission_id, b.subscription_id, b.partner_id, b.relationship_id, b.calculation_id,
			coalesce(k.customer_id, s.customer_id, ''), coalesce(k.customer_name, s.ordered -> 'customer' ->> 'name', ''),
			coalesce(k.product_id, s.ordered ->> 'product_id', ''), coalesce(k.family_id, s.ordered ->> 'family_id', ''),
			coalesce(k.segment, s.ordered -> 'customer' ->> 'segment', ''), s.partner_reference, c.body
		FROM booked_terms b
		JOIN submissions s ON s.submission_id = b.submission_id
		JOIN calculations c ON c.calculation_id = b.calculation_id
		LEFT JOIN book k ON k.subscription_id = b.subscription_id
		WHERE b.submission_id = ANY ($1)`, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*earnings.Source, error) {
		o := new(earnings.Source)
		err := row.Scan(&o.ID, &o.SubscriptionID, &o.PartnerID, &o.RelationshipID, &o.CalculationID, &o.CustomerID, &o.CustomerName,
			&o.ProductID, &o.FamilyID, &o.Segment, &o.PartnerReference, &o.Calculation)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("what %d submissions booked: %w", len(ids), err)
	}
	found := make(map[string]*earnings.Source, len(list))
	for _, o := range list {
		found[o.ID] = o
	}
	return found, nil
}

// DividedImports returns imported terms that transfers have divided, by their ids.
// Their calculations have nothing but the currency: what they earn, their shares
// say, which Outcomes adds.
func (s *Store) DividedImports(ctx context.Context, ids []string) (map[string]*earnings.Source, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT DISTINCT ON (d.source_id) d.source_id, d.subscription_id, d.currency, coalesce(k.customer_id, ''), coalesce(k.customer_name, ''),
			coalesce(k.product_id, ''), coalesce(k.family_id, ''), coalesce(k.segment, '')
		FROM term_shares d
		LEFT JOIN book k ON k.subscription_id = d.subscription_id
		WHERE d.source_id = ANY ($1)
		AND NOT EXISTS (SELECT FROM booked_terms WHERE submission_id = d.source_id)
		ORDER BY d.source_id`, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*earnings.Source, error) {
		o := new(earnings.Source)
		err := row.Scan(&o.ID, &o.SubscriptionID, &o.Calculation.Net.Currency, &o.CustomerID, &o.CustomerName, &o.ProductID, &o.FamilyID, &o.Segment)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("which of %d imported terms are divided: %w", len(ids), err)
	}
	found := make(map[string]*earnings.Source, len(list))
	for _, o := range list {
		found[o.ID] = o
	}
	return found, nil
}

// CalculationsOfSources returns the calculations by which sources were invoiced
// before.
func (s *Store) CalculationsOfSources(ctx context.Context, ids []string) (map[string]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT DISTINCT ON (source_id) source_id, calculation_id
		FROM accruals
		WHERE source_id = ANY ($1)
		AND calculation_id <> ''
		ORDER BY source_id, accrual_id`, ids) // ForEachRow returns the error
	found := make(map[string]string)
	var source, calculation string
	_, err := pgx.ForEachRow(rows, []any{&source, &calculation}, func() error {
		found[source] = calculation
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("calculations of %d sources: %w", len(ids), err)
	}
	return found, nil
}

// Outcomes adds to sources how transfers have divided them and what verdicts
// withhold.
func (s *Store) Outcomes(ctx context.Context, sources map[string]*earnings.Source) error {
	ids := make([]string, 0, 2*len(sources))
	owner := make(map[string]*earnings.Source, 2*len(sources))
	for id, source := range sources {
		ids = append(ids, id, records.RewardSource(id))
		owner[id], owner[records.RewardSource(id)] = source, source
	}
	shares, err := s.shares(ctx, `
		WHERE source_id = ANY ($1)
		AND replaced_by = ''
		ORDER BY source_id, from_date`, ids)
	if err != nil {
		return err
	}
	for _, share := range shares {
		ids = append(ids, share.ID)
		owner[share.ID] = owner[share.SourceID]
		owner[share.SourceID].Shares = append(owner[share.SourceID].Shares, share)
	}
	rows, _ := s.tx.Query(ctx, selectWithholding+`
		WHERE source_id = ANY ($1)
		ORDER BY withholding_id`, ids) // CollectRows returns the error
	withheld, err := pgx.CollectRows(rows, scanWithholding)
	if err != nil {
		return fmt.Errorf("withholdings of %d sources: %w", len(sources), err)
	}
	for _, w := range withheld {
		owner[w.SourceID].Withholdings = append(owner[w.SourceID].Withholdings, w)
	}
	return nil
}

// InvoicedInstalments returns the instalments of sources that stand on an
// invoice, each with it.
func (s *Store) InvoicedInstalments(ctx context.Context, sourceIDs []string) (map[Instalment]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT source_id, instalment, invoice_id
		FROM invoice_lines
		WHERE source_id = ANY ($1)
		AND NOT voided`, sourceIDs) // ForEachRow returns the error
	invoiced := make(map[Instalment]string)
	var i Instalment
	var invoiceID string
	_, err := pgx.ForEachRow(rows, []any{&i.SourceID, &i.Number, &invoiceID}, func() error {
		invoiced[i] = invoiceID
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("invoiced instalments of %d sources: %w", len(sourceIDs), err)
	}
	return invoiced, nil
}

// Instalment names an instalment of a source.
type Instalment struct {
	SourceID string
	Number   int
}

// RootSource returns the source that a withholding is about: the share's, the
// reward's, or its own.
func (s *Store) RootSource(ctx context.Context, withheld string) (string, error) {
	var root string
	err := s.tx.QueryRow(ctx, "SELECT coalesce((SELECT source_id FROM term_shares WHERE term_share_id = $1), $1)", withheld).Scan(&root)
	if err != nil {
		return "", fmt.Errorf("source of withholding: %w", err)
	}
	return root, nil
}
