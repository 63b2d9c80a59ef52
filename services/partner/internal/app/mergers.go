package app

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Merge is the wish to merge a partner into another.
type Merge struct {
	Survivor, Absorbed partners.ID
	ValidateOnly       bool
}

// Merged is a merger, or the preview of one, with what people should know.
type Merged struct {
	Merger        mergers.Merger `json:"merger"`
	Notices       []string       `json:"notices"`
	Subscriptions int64          `json:"subscriptions"` // that the survivor will act for
}

// MergePartners lets a partner act for another, from now on.
func (a *App) MergePartners(ctx context.Context, m Merge) (merged Merged, err error) {
	behind, err := a.subscriptionsBehind(ctx, m.Absorbed)
	if err != nil {
		return Merged{}, err
	}
	prepare := func(tx *postgres.Store) (err error) {
		merged, err = a.prepareMerger(ctx, tx, m)
		merged.Subscriptions = behind
		return err
	}
	if m.ValidateOnly {
		err = a.store.InReadTx(ctx, prepare)
		return merged, err
	}
	err = once(ctx, a, &merged, func(tx *postgres.Store) error {
		if err := tx.LockMergers(ctx); err != nil {
			return err
		}
		if err := prepare(tx); err != nil {
			return err
		}
		merged.Merger.ID = mergers.ID(ident.New("mrg_"))
		if err := tx.InsertMerger(ctx, merged.Merger); err != nil {
			return err
		}
		return a.recordMerger(ctx, tx, "merger.made", merged.Merger)
	})
	return merged, err
}

// prepareMerger checks a merger and says what people should know of it.
func (a *App) prepareMerger(ctx context.Context, tx *postgres.Store, m Merge) (Merged, error) {
	var outlook mergers.Outlook
	var err error
	if outlook.Survivor, err = tx.SellingTerms(ctx, m.Survivor, a.today()); err != nil {
		return Merged{}, fault.At("partner_id", err)
	}
	if outlook.Absorbed, err = tx.SellingTerms(ctx, m.Absorbed, a.today()); err != nil {
		return Merged{}, fault.At("absorbed_partner_id", err)
	}
	policy, err := policyOn(ctx, tx, a.today())
	if err != nil {
		return Merged{}, err
	}
	names, err := tx.MergedNames(ctx)
	if err != nil {
		return Merged{}, err
	}
	merger, err := names.Make(mergers.Proposal{
		Survivor: outlook.Survivor.Partner, Absorbed: outlook.Absorbed.Partner, RevertDays: policy.MergerRevertDays,
		By: actor(ctx), On: a.today(), At: a.instant(),
	})
	if err != nil {
		return Merged{}, err
	}
	outlook.Open, err = tx.OpenBetween(ctx, names.ActsFor(m.Survivor), names.ActsFor(m.Absorbed), a.today())
	return Merged{Merger: merger, Notices: outlook.Notices()}, err
}

// subscriptionsBehind counts what a partner serves, and those that it acts for.
// It calls customer and must not be called within a transaction.
func (a *App) subscriptionsBehind(ctx context.Context, partner partners.ID) (n int64, err error) {
	var names mergers.Names
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		names, err = tx.MergedNames(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range names.ActsFor(partner) {
		served, err := a.subscriptionsServed(ctx, id)
		if err != nil {
			return 0, fmt.Errorf("subscriptions of partner %s: %w", id, err)
		}
		n += served
	}
	return n, nil
}

func (a *App) subscriptionsServed(ctx context.Context, partner partners.ID) (n int64, err error) {
	request := &customerv1.ListSubscriptionsRequest{
		PageSize: mostAtOnce, PartnerId: string(partner), State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
	}
	for {
		answer, err := a.peers.Subscriptions.ListSubscriptions(ctx, request)
		if err != nil {
			return 0, err
		}
		n += int64(len(answer.GetSubscriptions()))
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			return n, nil
		}
	}
}

// RevertMerger ends a merger, within its days.
func (a *App) RevertMerger(ctx context.Context, t Target[mergers.ID]) (mergers.Merger, error) {
	var reverted mergers.Merger
	err := once(ctx, a, &reverted, func(tx *postgres.Store) error {
		if err := tx.LockMergers(ctx); err != nil {
			return err
		}
		current, err := tx.Merger(ctx, t.ID)
		if err != nil {
			return err
		}
		if err := current.Revision.Check(t.Etag); err != nil {
			return err
		}
		if reverted, err = current.Revert(a.today()); err != nil {
			return err
		}
		if err := tx.RevertMerger(ctx, reverted); err != nil {
			return err
		}
		return a.recordMerger(ctx, tx, "merger.reverted", reverted)
	})
	return reverted, err
}

// ListMergers lists mergers, newest first.
func (a *App) ListMergers(ctx context.Context, q mergers.Query) (found []mergers.Merger, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Mergers(ctx, q)
		return err
	})
	return found, err
}

func (a *App) recordMerger(ctx context.Context, tx *postgres.Store, kind string, m mergers.Merger) error {
	return a.record(ctx, tx, change{kind: kind, id: string(m.ID), partner: string(m.PartnerID), revision: m.Revision, snapshot: m})
}
