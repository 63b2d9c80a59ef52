package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// InsertCalculation adds a calculation, which nobody can change from then on.
func (s *Store) InsertCalculation(ctx context.Context, c records.Calculation) error {
	body, err := json.Marshal(c.Calculation)
	if err != nil {
		return fmt.Errorf("write calculation %s: %w", c.ID, err)
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO calculations (calculation_id, partner_id, subscription_id, relationship_id, fingerprint, body, create_time)
		VALUES (@id, @partner, @subscription, @relationship, @fingerprint, @body, @created)`,
		pgx.StrictNamedArgs{
			"id": c.ID, "partner": c.PartnerID, "subscription": c.SubscriptionID, "relationship": c.RelationshipID,
			"fingerprint": c.Fingerprint, "body": body, "created": c.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert calculation %s: %w", c.ID, err)
	}
	return nil
}

// Calculation returns records.ErrNoCalculation when there is no such
// calculation in the scope.
func (s *Store) Calculation(ctx context.Context, id string) (records.Calculation, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT calculation_id, partner_id, subscription_id, relationship_id, body, create_time
		FROM calculations
		WHERE calculation_id = $1`, id) // CollectExactlyOneRow returns the error
	c, err := pgx.CollectExactlyOneRow(rows, scanCalculation)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, records.ErrNoCalculation
	}
	if err != nil {
		return c, fmt.Errorf("calculation %s: %w", id, err)
	}
	return c, nil
}

func scanCalculation(row pgx.CollectableRow) (records.Calculation, error) {
	var c records.Calculation
	err := row.Scan(&c.ID, &c.PartnerID, &c.SubscriptionID, &c.RelationshipID, &c.Calculation, &c.CreateTime)
	c.CreateTime = c.CreateTime.UTC()
	return c, err
}
