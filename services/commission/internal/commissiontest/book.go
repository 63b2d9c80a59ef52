package commissiontest

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// Renewals returns the renewals that fit, by due date.
func (w *World) Renewals(f app.RenewalFilter) []records.Renewal {
	w.T.Helper()
	list, err := w.App.ListRenewals(As(Anna), f, app.ByDueDate, nil, 1000)
	Must(w.T, err)
	return list
}

// RunUntil works on the queue until done is closed, and on what is then under
// way to its end.
func (w *World) RunUntil(done <-chan struct{}) {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() {
		select {
		case <-done:
			cancel()
		case <-ctx.Done():
		}
	}()
	Must(w.T, w.Queue.Run(ctx))
}

// Kinds returns the kinds of events about a resource, oldest first.
func (w *World) Kinds(resource string) (kinds []string) {
	w.T.Helper()
	Must(w.T, w.System(func(ctx context.Context, tx *postgres.Store) error {
		rows, err := tx.Tx().Query(ctx, "SELECT kind FROM events WHERE resource_id = $1 ORDER BY id", resource)
		if err != nil {
			return err
		}
		defer rows.Close()
		for kinds = nil; rows.Next(); {
			var kind string
			if err := rows.Scan(&kind); err != nil {
				return err
			}
			kinds = append(kinds, kind)
		}
		return rows.Err()
	}))
	return kinds
}

// Fill adds n subscriptions like the first one, locked, to the feed.
func (w *World) Fill(prefix string, n int) {
	w.T.Helper()
	first := w.Customer.Get(Subscription)
	for i := range n {
		sub := proto.CloneOf(first)
		sub.SubscriptionId = fmt.Sprintf("sub_%s%d", prefix, i)
		w.Customer.Add(sub)
	}
	Must(w.T, w.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, `
			INSERT INTO relationships (relationship_id, subscription_id, partner_id, from_date, settlement_mode, locked_bps, lock_date, rate_card_id,
				revision, create_time)
			SELECT 'rel_' || $1 || i, 'sub_' || $1 || i, partner_id, from_date, settlement_mode, locked_bps, lock_date, rate_card_id, revision, create_time
			FROM relationships, generate_series(0, $2 - 1) i
			WHERE subscription_id = $3`, prefix, n, Subscription)
		return err
	}))
}
