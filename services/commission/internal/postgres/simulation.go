package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// EachHeld calls fn with every running relationship and the running term of its
// subscription, until fn returns an error. It streams, so that the size of the
// book does not matter.
func (s *Store) EachHeld(ctx context.Context, fn func(cards.Held) error) error {
	rows, _ := s.tx.Query(ctx, `
		SELECT r.partner_id, b.family_id, b.segment, b.currency, b.term_net_minor, b.term_start, r.relationship_id, r.locked_bps, r.lock_date,
			r.cap_bps, r.cap_until_date,
			(SELECT jsonb_agg(jsonb_build_object('rate', bps, 'from', effective_date, 'approver', approver) ORDER BY effective_date)
			FROM raises
			WHERE raises.relationship_id = r.relationship_id
			AND approver <> '')
		FROM relationships r
		JOIN book b USING (subscription_id)
		WHERE r.until_date IS NULL
		AND b.cancel_date IS NULL`) // ForEachRow returns the error
	var h cards.Held
	var capRate *money.Bps
	var limit margin.Cap
	var raises []margin.Raise
	r := &h.Relationship
	_, err := pgx.ForEachRow(rows, []any{
		&h.PartnerID, &h.Kind.Family, &h.Kind.Segment, &h.Kind.Currency, &h.Net.Minor, &h.TermStart, &r.ID, &r.Lock.Rate, &r.Lock.On,
		&capRate, &limit.Until, &raises,
	}, func() error {
		h.Net.Currency = h.Kind.Currency
		r.Cap, r.Raises = nil, raises
		if capRate != nil {
			r.Cap = &margin.Cap{Rate: *capRate, Until: limit.Until}
		}
		err := fn(h)
		raises = nil
		return err
	})
	if err != nil {
		return fmt.Errorf("read the book's relationships: %w", err)
	}
	return nil
}
