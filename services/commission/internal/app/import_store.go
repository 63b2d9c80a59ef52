package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// runImport stores what is new. A row that collides with one stored meanwhile
// is decided again, by what that one says.
func (a *App) runImport(ctx context.Context, tx *postgres.Store, plan []planned) ([]Imported, error) {
	results := make([]Imported, len(plan))
	open := make([]int, 0, len(plan))
	for i, p := range plan {
		if results[i].Refused = p.refused; p.refused == nil {
			open = append(open, i)
		}
	}
	for range 2 {
		if len(open) == 0 {
			return results, nil
		}
		var err error
		if open, err = a.importOpen(ctx, tx, plan, open, results); err != nil {
			return nil, err
		}
	}
	for _, i := range open {
		results[i].Refused = margin.ErrExists
	}
	return results, nil
}

// importOpen decides the open rows on what is stored and returns those that
// collided.
func (a *App) importOpen(ctx context.Context, tx *postgres.Store, plan []planned, open []int, results []Imported) ([]int, error) {
	subscriptions := make([]string, len(open))
	for n, i := range open {
		subscriptions[n] = plan[i].begun.SubscriptionID
	}
	stored, err := tx.RelationshipsOf(ctx, subscriptions...)
	if err != nil {
		return nil, err
	}
	ordered, err := tx.OrderedBy(ctx, subscriptions...)
	if err != nil {
		return nil, err
	}
	var fresh, again []int
	claimed := map[string]bool{}
	for _, i := range open {
		id := plan[i].begun.SubscriptionID
		if exists, done := existing(plan[i], stored[id]); done {
			results[i] = exists
		} else if ordered[id] == plan[i].begun.PartnerID {
			results[i].Refused = lockedByOrder(id)
		} else if claimed[id] { // by a row before it
			again = append(again, i)
		} else {
			claimed[id] = true
			fresh = append(fresh, i)
		}
	}
	collided, err := a.insertAgreed(ctx, tx, plan, fresh, results)
	return append(again, collided...), err
}

// insertAgreed stores rows, with an event each, and returns those for whose
// subscription another transaction has stored a relationship meanwhile.
func (a *App) insertAgreed(ctx context.Context, tx *postgres.Store, plan []planned, rows []int, results []Imported) (collided []int, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list := make([]records.Relationship, len(rows))
	for n, i := range rows {
		begun := plan[i].begun
		begun.ID = ident.New("rel_")
		list[n] = records.Relationship{Relationship: begun, Revision: 1, CreateTime: a.now()}.On(a.today())
	}
	added, err := tx.InsertRelationships(ctx, list)
	if err != nil {
		return nil, err
	}
	var locked []records.Relationship
	for n, i := range rows {
		if !added[list[n].ID] {
			collided = append(collided, i)
			continue
		}
		results[i] = Imported{RelationshipID: list[n].ID}
		locked = append(locked, list[n])
	}
	return collided, a.appendRelationships(ctx, tx, "relationship.locked", locked...)
}

// existing answers a row for a subscription that has a relationship: with its
// id, if it is the one that the row would begin, or RELATIONSHIP_EXISTS.
func existing(p planned, stored []records.Relationship) (Imported, bool) {
	for _, r := range stored {
		if !r.Until.IsZero() && !r.Until.After(p.begun.From) {
			continue
		}
		same := r.PartnerID == p.begun.PartnerID && r.Lock.Rate == p.row.Rate && r.Lock.RateCardID == "" &&
			(p.row.LockedOn.IsZero() || r.Lock.On == p.row.LockedOn)
		if same {
			return Imported{RelationshipID: r.ID}, true
		}
		_, err := r.WithLock(margin.Lock{Rate: p.row.Rate, On: p.begun.Lock.On})
		refusal, ok := fault.Of(err)
		if !ok {
			refusal = margin.ErrExists
		}
		return Imported{Refused: refusal.On("subscription_id")}, true
	}
	return Imported{}, false
}
