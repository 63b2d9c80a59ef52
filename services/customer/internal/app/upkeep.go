package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// PurgeIdempotencyKeys deletes the answers that have been kept long enough. The
// commit points remember theirs for good, in their bookings.
func (a *App) PurgeIdempotencyKeys(ctx context.Context) error {
	ctx = pg.WithScope(ctx, pg.System())
	for more := true; more; {
		err := a.store.InTx(ctx, func(tx *postgres.Store) error {
			purged, err := idem.Purge(ctx, tx.Tx(), a.now())
			more = purged > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
