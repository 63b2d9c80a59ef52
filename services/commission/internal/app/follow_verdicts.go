package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const partnerFeed = "partner"

// PullVerdicts applies the next batch of partner's feed to caps and
// withholdings, in the same way as PullBook projects customer's.
func (a *App) PullVerdicts(ctx context.Context, after int64) (position int64, more bool, err error) {
	ctx = caller.AsItself(ctx)
	if after == FeedStart {
		if after, err = a.feedPosition(ctx, partnerFeed); err != nil {
			return FeedStart, false, err
		}
	}
	answer, err := a.verdicts.ListEvents(ctx, &partnerv1.ListEventsRequest{After: after, PageSize: feedBatch})
	if err != nil {
		return FeedStart, false, fmt.Errorf("partner's feed after %d: %w", after, rpcerr.FromStatus(err))
	}
	batch := answer.GetEvents()
	if len(batch) == 0 {
		return after, false, nil
	}
	latest, err := latestVerdicts(batch)
	if err != nil {
		return FeedStart, false, err
	}
	reached, err := a.applyVerdicts(ctx, after, batch[len(batch)-1].GetPosition(), latest)
	return reached, err == nil, err
}

// AwaitVerdicts returns when partner's feed has an event after a position. It
// costs nothing while there is none.
func (a *App) AwaitVerdicts(ctx context.Context, position int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	feed, err := a.verdicts.WatchEvents(ctx, &partnerv1.WatchEventsRequest{After: position})
	if err == nil {
		_, err = feed.Recv()
	}
	if err != nil {
		return fmt.Errorf("watch partner's feed after %d: %w", position, rpcerr.FromStatus(err))
	}
	return nil
}

// latestVerdicts reads the last word of a batch on each case, in the order of
// their ids.
func latestVerdicts(batch []*partnerv1.Event) ([]records.Verdict, error) {
	latest := map[string]records.Verdict{}
	for _, e := range batch {
		if e.GetCase() == nil {
			continue
		}
		v, err := verdictOf(e.GetCase())
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", e.GetPosition(), err)
		}
		latest[v.ID] = v
	}
	var list []records.Verdict
	for _, id := range slices.Sorted(maps.Keys(latest)) {
		list = append(list, latest[id])
	}
	return list, nil
}

// applyVerdicts applies a batch unless another replica was faster, and returns
// the position that is reached then.
func (a *App) applyVerdicts(ctx context.Context, after, until int64, latest []records.Verdict) (reached int64, err error) {
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if reached, err = events.LoadPosition(ctx, tx.Tx(), partnerFeed); err != nil || reached != after {
			return err
		}
		if err := a.rule(ctx, tx, latest...); err != nil {
			return err
		}
		reached = until
		return events.SavePosition(ctx, tx.Tx(), partnerFeed, until)
	})
	if err != nil {
		return FeedStart, fmt.Errorf("apply %d verdicts: %w", len(latest), err)
	}
	return reached, nil
}
