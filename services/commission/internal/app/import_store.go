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
	var fresh []records.Relationship
	rowOf := map[string]int{}
	var again []int
	claimed := map[string]bool{}
	now := a.now()
	for _, i := range open {
		begun := plan[i].begun
		if exists, done := existing(plan[i], stored[begun.SubscriptionID]); done {
			results[i] = exists
			continue
		}
		if claimed[begun.SubscriptionID] { // by a row before it
			again = append(again, i)
			continue
		}
		claimed[begun.SubscriptionID] = true
		begun.ID = ident.New("rel_")
		rowOf[begun.ID] = i
		fresh = append(fresh, records.Relationship{Relationship: begun, Revision: 1, CreateTime: now}.On(a.today()))
	}
	if len(fresh) == 0 {
		return again, nil
	}
	added, err := tx.InsertRelationships(ctx, fresh)
	if err != nil {
		return nil, err
	}
	locked := fresh[:0:0]
	for _, r := range fresh {
		if !added[r.ID] {
			again = append(again, rowOf[r.ID])
			continue
		}
		results[rowOf[r.ID]] = Imported{RelationshipID: r.ID}
		locked = append(locked, r)
	}
	if len(locked) == 0 {
		return again, nil
	}
	return again, a.appendRelationships(ctx, tx, "relationship.locked", locked...)
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
