package app

import (
	"context"
	"fmt"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	customerFeed = "customer"
	feedBatch    = 1000
)

// FeedStart is the position to give to PullBook and PullVerdicts when it is not
// known.
const FeedStart int64 = -1

// PullBook projects the next batch of customer's feed onto the book and the
// renewals, and stores the position with it. It returns the position that was
// reached and whether there may be more. After an error nothing of the batch is
// stored, and the next call begins with FeedStart.
//
// Any number of replicas may run it: the position is locked, and whoever comes
// second with the same events skips them.
func (a *App) PullBook(ctx context.Context, after int64) (position int64, more bool, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	if after == FeedStart {
		if after, err = a.feedPosition(ctx, customerFeed); err != nil {
			return FeedStart, false, err
		}
	}
	answer, err := a.feed.ListEvents(ctx, &customerv1.ListEventsRequest{After: after, PageSize: feedBatch})
	if err != nil {
		return FeedStart, false, fmt.Errorf("customer's feed after %d: %w", after, rpcerr.FromStatus(err))
	}
	if len(answer.GetEvents()) == 0 {
		return after, false, nil
	}
	news, err := a.digest(ctx, answer.GetEvents())
	if err != nil {
		return FeedStart, false, err
	}
	reached, err := a.project(ctx, after, news)
	return reached, err == nil, err
}

// AwaitBook returns when customer's feed has an event after a position. It costs
// nothing while there is none.
func (a *App) AwaitBook(ctx context.Context, position int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	feed, err := a.feed.WatchEvents(ctx, &customerv1.WatchEventsRequest{After: position})
	if err != nil {
		return fmt.Errorf("watch customer's feed after %d: %w", position, rpcerr.FromStatus(err))
	}
	if _, err := feed.Recv(); err != nil {
		return fmt.Errorf("watch customer's feed after %d: %w", position, rpcerr.FromStatus(err))
	}
	return nil
}

func (a *App) feedPosition(ctx context.Context, feed string) (position int64, err error) {
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		position, err = events.LoadPosition(ctx, tx.Tx(), feed)
		return err
	})
	return position, err
}

// news is what a batch of events says, with the last word on each resource.
type news struct {
	position    int64
	customers   []postgres.BookCustomer
	experiences []postgres.BookExperience
	entries     []postgres.BookEntry
}

func (a *App) digest(ctx context.Context, batch []*customerv1.Event) (news, error) {
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return news{}, err
	}
	n := news{position: batch[len(batch)-1].GetPosition()}
	seen := make(map[string]bool, len(batch))
	for _, e := range slices.Backward(batch) { // of each resource the last is enough
		if seen[e.GetResourceId()] {
			continue
		}
		seen[e.GetResourceId()] = true
		switch resource := e.GetResource().(type) {
		case *customerv1.Event_Customer:
			n.customers = append(n.customers, bookCustomer(resource.Customer, e.GetRevision()))
		case *customerv1.Event_CustomerExperience:
			n.experiences = append(n.experiences, bookExperience(resource.CustomerExperience, e.GetRevision()))
		case *customerv1.Event_Subscription:
			entry, err := bookEntry(resource.Subscription, policies)
			if err != nil {
				return news{}, fmt.Errorf("event %d: %w", e.GetPosition(), err)
			}
			n.entries = append(n.entries, entry)
		}
	}
	return n, nil
}

// project stores the news unless another replica was faster, and returns the
// position that the book has then.
func (a *App) project(ctx context.Context, after int64, n news) (reached int64, err error) {
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if reached, err = events.LoadPosition(ctx, tx.Tx(), customerFeed); err != nil || reached != after {
			return err
		}
		if err := tx.ProjectCustomers(ctx, n.customers); err != nil {
			return err
		}
		if err := tx.ProjectExperiences(ctx, n.experiences); err != nil {
			return err
		}
		if err := tx.ProjectSubscriptions(ctx, n.entries); err != nil {
			return err
		}
		if err := a.projectHandovers(ctx, tx, n.entries); err != nil {
			return err
		}
		reached = n.position
		return events.SavePosition(ctx, tx.Tx(), customerFeed, n.position)
	})
	if err != nil {
		return FeedStart, fmt.Errorf("project %d events: %w", len(n.entries)+len(n.customers), err)
	}
	return reached, nil
}

// refreshBook projects one subscription at once, for those who can't wait for
// the feed.
func (a *App) refreshBook(ctx context.Context, subscriptionID string) error {
	ctx = pg.WithScope(context.WithoutCancel(ctx), pg.System())
	answer, err := a.subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: subscriptionID})
	if err != nil {
		return fmt.Errorf("subscription %s: %w", subscriptionID, rpcerr.FromStatus(err))
	}
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return err
	}
	entry, err := bookEntry(answer, policies)
	if err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		return tx.ProjectSubscriptions(ctx, []postgres.BookEntry{entry})
	})
}

// RefreshWindows gives the renewals of terms that begin under a newer code
// version its windows, and returns how many.
func (a *App) RefreshWindows(ctx context.Context) (moved int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return 0, err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		moved, err = tx.MoveWindows(ctx, policies.Windows())
		return err
	})
	return moved, err
}
