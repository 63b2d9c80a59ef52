package app

import (
	"context"
	"encoding/json"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateRateCard stores a draft with the name, date and rules of v.
func (a *App) CreateRateCard(ctx context.Context, v cards.Version) (cards.Version, error) {
	refused := a.checkFamilies(ctx, v)
	var created cards.Version
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &created, func() (err error) {
			if refused != nil {
				return refused
			}
			if created, err = cards.Write(v, a.now()); err != nil {
				return err
			}
			created.ID = ident.New("rat_")
			if err := tx.InsertRateCard(ctx, created); err != nil {
				return err
			}
			return a.appendCard(ctx, tx, "rate_card.created", created)
		})
	})
	return created, err
}

// checkFamilies refuses rates for families that do not exist.
func (a *App) checkFamilies(ctx context.Context, v cards.Version) error {
	known, err := a.loadFamilies(ctx, struct{}{})
	if err != nil {
		return err
	}
	for i, rule := range v.Rules {
		if rule.Family == "" {
			continue
		}
		if err := checkFamily(known, rule.Family, fmt.Sprintf("rate_card.rates[%d].family_id", i)); err != nil {
			return err
		}
	}
	return nil
}

// GetRateCard returns a card, or cards.ErrNotFound.
func (a *App) GetRateCard(ctx context.Context, id string) (cards.Version, error) {
	var found cards.Version
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.RateCard(ctx, id)
		return err
	})
	return found, err
}

// RateCardKey is a card's place in the list of cards.
type RateCardKey = postgres.RateCardKey

// ListRateCards returns up to limit cards after a key, newest effective date
// first.
func (a *App) ListRateCards(ctx context.Context, after RateCardKey, limit int) ([]cards.Version, error) {
	var list []cards.Version
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.RateCards(ctx, after, limit)
		return err
	})
	return list, err
}

// RateCardInForce returns the card in force on a day, as a list of one, or of
// none.
func (a *App) RateCardInForce(ctx context.Context, on calendar.Date) ([]cards.Version, error) {
	var list []cards.Version
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.RateCardInForce(ctx, on)
		return err
	})
	return list, err
}

// SimulateRateCard applies a card, in any state, to the live book.
func (a *App) SimulateRateCard(ctx context.Context, id string) ([]cards.Row, error) {
	types, err := a.partnerTypes(ctx)
	if err != nil {
		return nil, err
	}
	var simulation *cards.Simulation
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		card, err := tx.RateCard(ctx, id)
		if err != nil {
			return err
		}
		simulation = cards.Simulate(card)
		return tx.EachHeld(ctx, func(h cards.Held) error {
			h.Kind.PartnerType = types[h.PartnerID]
			return simulation.Add(h)
		})
	})
	if err != nil {
		return nil, err
	}
	return simulation.Rows(), nil
}

// partnerTypes asks for the type of every partner, page by page.
func (a *App) partnerTypes(ctx context.Context) (map[string]string, error) {
	types := map[string]string{}
	request := &partnerv1.ListPartnersRequest{PageSize: 1000}
	for {
		answer, err := a.partners.ListPartners(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list partners: %w", err)
		}
		for _, p := range answer.GetPartners() {
			types[p.GetPartnerId()] = partnerTypeName(p.GetType())
		}
		if answer.GetNextPageToken() == "" {
			return types, nil
		}
		request.PageToken = answer.GetNextPageToken()
	}
}

// ProposeRateCard makes a draft wait for a second person.
func (a *App) ProposeRateCard(ctx context.Context, id, etag string) (cards.Version, error) {
	return a.decideCard(ctx, id, etag, "rate_card.proposed", cards.Version.Propose)
}

// ApproveRateCard makes a proposed card take effect on its date.
func (a *App) ApproveRateCard(ctx context.Context, id, etag string) (cards.Version, error) {
	return a.decideCard(ctx, id, etag, "rate_card.approved", cards.Version.Approve)
}

// decideCard decides one at a time, so that only one card can be the first.
func (a *App) decideCard(ctx context.Context, id, etag, kind string, decide func(cards.Version, cards.Decision) (cards.Version, error)) (cards.Version, error) {
	var decided cards.Version
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &decided, func() error {
			if err := tx.LockApprovals(ctx); err != nil {
				return err
			}
			current, err := tx.RateCardForUpdate(ctx, id)
			if err != nil {
				return err
			}
			if err := current.Revision.Check(etag); err != nil {
				return err
			}
			any, err := tx.AnyRateCardApproved(ctx)
			if err != nil {
				return err
			}
			decided, err = decide(current, cards.Decision{By: caller.Person(ctx), At: a.now(), Today: a.today(), First: !any})
			if err != nil {
				return err
			}
			if err := tx.DecideRateCard(ctx, decided); err != nil {
				return err
			}
			return a.appendCard(ctx, tx, kind, decided)
		})
	})
	return decided, err
}

func (a *App) appendCard(ctx context.Context, tx *postgres.Store, kind string, v cards.Version) error {
	snapshot, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("snapshot of rate card %s: %w", v.ID, err)
	}
	return events.Append(ctx, tx.Tx(), events.Event{
		Kind: kind, ResourceID: v.ID, Revision: int64(v.Revision), Actor: caller.Actor(ctx), OccurredAt: a.now(), Snapshot: snapshot,
	})
}
