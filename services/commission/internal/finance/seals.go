package finance

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

const (
	// sealBatch is the most that one seal covers.
	sealBatch = 5000
	// refusedShown is how many refused entries an error names.
	refusedShown = 10
)

// SealLedger seals every committed entry that has no position yet, and returns
// how many. What must not be sealed is returned as an error, each time anew, when
// everything else is sealed. Of several processes one works.
func (a *App) SealLedger(ctx context.Context) (sealed int, err error) {
	ctx = caller.AsItself(ctx)
	var r sealing
	for more := true; more; {
		before := r
		err := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
			r = before
			more, err = a.sealNext(ctx, tx, &r)
			return err
		})
		if err != nil {
			return sealed, err
		}
		sealed += r.sealed
	}
	return sealed, r.problem()
}

// sealing is a run of the sealer: which id it has come to, how many entries it
// sealed last, and what it refused.
type sealing struct {
	after   string
	sealed  int
	refused []seal.Refused
}

// sealNext closes the next seal, if there is anything to seal, and reports whether
// more may be waiting.
func (a *App) sealNext(ctx context.Context, tx *postgres.Store, r *sealing) (more bool, err error) {
	r.sealed = 0
	if ours, err := tx.LockSeals(ctx); err != nil || !ours {
		return false, err
	}
	last, err := tx.LastSeal(ctx)
	if err != nil {
		return false, err
	}
	scanFrom := ident.Since("ent_", seal.Patience) // before looking: what is not there yet is younger
	waiting, err := tx.Unsealed(ctx, max(r.after, last.ScanFrom), sealBatch)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	more = len(waiting) == sealBatch
	if reached := waiting[len(waiting)-1].ID; more {
		scanFrom, r.after = min(scanFrom, reached), reached+"\x01" // "after", as what comes at or above
	}
	made, entries, refused := seal.Close(last, waiting, a.now())
	r.refused = append(r.refused[:len(r.refused):len(r.refused)], refused...)
	if made.Number == 0 {
		return more, nil
	}
	for _, one := range r.refused { // they are looked at until somebody has cleared them up
		scanFrom = min(scanFrom, one.EntryID)
	}
	made.ScanFrom = max(scanFrom, last.ScanFrom)
	r.sealed = len(entries)
	if err := tx.AddSeal(ctx, made, entries); err != nil {
		return false, err
	}
	return more, a.appendEvent(ctx, tx, events.Event{
		Kind: "ledger.sealed", ResourceID: strconv.FormatInt(made.Number, 10), Revision: 1, Actor: caller.Actor(ctx),
	}, made)
}

// problem names the entries that were refused.
func (r sealing) problem() error {
	if len(r.refused) == 0 {
		return nil
	}
	var named []string
	for _, one := range r.refused[:min(len(r.refused), refusedShown)] {
		named = append(named, fmt.Sprintf("%s (%s: %s)", one.EntryID, one.Fault, one.Detail))
	}
	return fmt.Errorf("%d ledger entries are not sealed, as the service did not write them so; verify the ledger: %s", len(r.refused), strings.Join(named, "; "))
}

// ListSeals returns up to limit seals before a number, newest first; 0 begins
// with the newest.
func (a *App) ListSeals(ctx context.Context, before int64, limit int) ([]seal.Seal, error) {
	var list []seal.Seal
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Seals(ctx, before, limit)
		return err
	})
	return list, err
}
