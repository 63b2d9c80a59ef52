package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// PurgeIdempotencyKeys deletes the answers that have been kept long enough.
func (a *App) PurgeIdempotencyKeys(ctx context.Context) error {
	ctx = pg.WithScope(ctx, pg.System())
	for more := true; more; {
		err := a.store.InTx(ctx, func(tx *postgres.Store) error {
			purged, err := idem.Purge(ctx, tx.Tx(), a.instant())
			more = purged > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
