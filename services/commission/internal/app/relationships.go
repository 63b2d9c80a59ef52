package app

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// GetRelationship returns a relationship, or records.ErrNoRelationship.
func (a *App) GetRelationship(ctx context.Context, id string) (records.Relationship, error) {
	var found records.Relationship
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Relationship(ctx, id)
		return err
	})
	return found.On(a.today()), err
}

// RelationshipFilter says which relationships to list; empty fields fit all.
type RelationshipFilter = postgres.RelationshipFilter

// ListRelationships returns up to limit relationships with an id above after,
// in the order of their ids.
func (a *App) ListRelationships(ctx context.Context, f RelationshipFilter, after string, limit int) ([]records.Relationship, error) {
	var list []records.Relationship
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Relationships(ctx, f, after, limit)
		return err
	})
	for i := range list {
		list[i] = list[i].On(a.today())
	}
	return list, err
}

// Raise asks to raise the margin of a relationship that the caller has read at
// this etag.
type Raise struct {
	RelationshipID, Etag string
	To                   money.Bps
}

// ProposeRaise proposes a higher margin from the next term on.
func (a *App) ProposeRaise(ctx context.Context, raise Raise) (records.Relationship, error) {
	return a.changeRaise(ctx, raise, "relationship.raise_proposed", func(r margin.Relationship, running calendar.Term) (margin.Relationship, error) {
		return r.ProposeRaise(raise.To, caller.Person(ctx), running)
	})
}

// ApproveRaise approves what another person has proposed.
func (a *App) ApproveRaise(ctx context.Context, raise Raise) (records.Relationship, error) {
	return a.changeRaise(ctx, raise, "relationship.raised", func(r margin.Relationship, running calendar.Term) (margin.Relationship, error) {
		return r.ApproveRaise(caller.Person(ctx), running)
	})
}

type raiseRule func(margin.Relationship, calendar.Term) (margin.Relationship, error)

func (a *App) changeRaise(ctx context.Context, raise Raise, kind string, rule raiseRule) (records.Relationship, error) {
	running, refused := a.runningTerm(ctx, raise.RelationshipID)
	var changed records.Relationship
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &changed, func() error {
			if refused != nil {
				return refused
			}
			current, err := tx.RelationshipForUpdate(ctx, raise.RelationshipID)
			if err != nil {
				return err
			}
			if err := current.Revision.Check(raise.Etag); err != nil {
				return err
			}
			// A term that is booked, or about to be, keeps its margin.
			submitted, err := tx.LastSubmittedEnd(ctx, current.SubscriptionID)
			if err != nil {
				return err
			}
			if submitted.After(running.End) {
				running.End = submitted
			}
			raised, err := rule(current.Relationship, running)
			if err != nil {
				return err
			}
			changed = current.Changed(raised).On(a.today())
			if err := tx.SaveRaise(ctx, changed); err != nil {
				return err
			}
			return a.appendRelationships(ctx, tx, kind, changed)
		})
	})
	return changed, err
}

// runningTerm is the last term of a relationship's subscription.
func (a *App) runningTerm(ctx context.Context, relationshipID string) (calendar.Term, error) {
	r, err := a.GetRelationship(ctx, relationshipID)
	if err != nil {
		return calendar.Term{}, err
	}
	subscription, err := a.subscription(ctx, r.SubscriptionID)
	if err != nil {
		return calendar.Term{}, err
	}
	return subscription.term, nil
}

// served is what relationships depend on of a subscription.
type served struct {
	id, externalID, family, segment string
	partnerID                       string            // of record today
	since                           calendar.Date     // first day of that partner
	first                           calendar.Date     // first day of the subscription
	term                            calendar.Term     // the last one
	partners                        []contract.Tenure // all partners of record, where they were asked for
}

// subscription asks customer for a subscription as this service, which sees
// all its partners of record.
func (a *App) subscription(ctx context.Context, id string) (served, error) {
	answer, err := a.subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: id})
	if err != nil {
		return served{}, fmt.Errorf("subscription %s: %w", id, err)
	}
	return servedFrom(answer)
}

func servedFrom(sub *customerv1.Subscription) (served, error) {
	s := served{
		id: sub.GetSubscriptionId(), externalID: sub.GetExternalId(), family: sub.GetFamilyId(), segment: sub.GetCustomerSegment(),
		partnerID: sub.GetPartnerId(),
	}
	for _, d := range [...]struct {
		into *calendar.Date
		text string
	}{
		{&s.since, sub.GetPartnerFromDate()}, {&s.first, sub.GetFirstStartDate()},
		{&s.term.Start, sub.GetTermStartDate()}, {&s.term.End, sub.GetTermEndDate()},
	} {
		date, err := calendar.ParseOptional(d.text)
		if err != nil {
			return s, fmt.Errorf("subscription %s: %w", s.id, err)
		}
		*d.into = date
	}
	for _, p := range sub.GetPartnersOfRecord() {
		from, err := calendar.ParseOptional(p.GetFromDate())
		if err != nil {
			return s, fmt.Errorf("subscription %s: %w", s.id, err)
		}
		until, err := calendar.ParseOptional(p.GetUntilDate())
		if err != nil {
			return s, fmt.Errorf("subscription %s: %w", s.id, err)
		}
		s.partners = append(s.partners, contract.Tenure{PartnerID: p.GetPartnerId(), From: from, Until: until, TransferID: p.GetTransferId()})
	}
	return s, nil
}

// start is the partner's first day.
func (s served) start() calendar.Date {
	if s.since.IsZero() {
		return s.first
	}
	return s.since
}

// appendRelationships appends an event of the same kind for each.
func (a *App) appendRelationships(ctx context.Context, tx *postgres.Store, kind string, list ...records.Relationship) error {
	all := make([]events.Event, len(list))
	for i, r := range list {
		event, err := events.Showing(events.Event{
			Kind: kind, ResourceID: r.ID, Revision: int64(r.Revision), Actor: caller.Actor(ctx), PartnerID: r.PartnerID, OccurredAt: a.now(),
		}, r)
		if err != nil {
			return err
		}
		all[i] = event
	}
	return events.AppendMany(ctx, tx.Tx(), all)
}
