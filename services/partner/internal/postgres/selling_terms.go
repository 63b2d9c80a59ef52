package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// agreementInForce finds the one agreement of a partner that holds a day.
const agreementInForce = selectAgreement + `
	WHERE partner_id = $1
	AND from_date <= $2
	AND (until_date IS NULL OR until_date > $2)`

// SellingTerms returns the partner with what is in force on a day, or
// partners.ErrNotFound. It asks for all three in one round trip.
func (s *Store) SellingTerms(ctx context.Context, id partners.ID, on calendar.Date) (terms selling.Terms, err error) {
	var batch pgx.Batch
	batch.Queue(selectPartner+` WHERE partner_id = $1`, id).Query(func(rows pgx.Rows) (err error) {
		terms.Partner, err = exactly(rows, partners.ErrNotFound, scanPartner)
		return err
	})
	batch.Queue(agreementInForce, id, on).Query(func(rows pgx.Rows) (err error) {
		terms.Agreement, err = atMostOne(rows, scanAgreement)
		return err
	})
	batch.Queue(versionInForce, on).Query(func(rows pgx.Rows) (err error) {
		terms.Code, err = atMostOne(rows, scanVersion)
		return err
	})
	err = s.tx.SendBatch(ctx, &batch).Close()
	return terms, err
}

func atMostOne[T any](rows pgx.Rows, scan pgx.RowToFunc[T]) (*T, error) {
	found, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return &found, err
}
