package app

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// deed is a change of a contract by a commit point.
type deed struct {
	kind         string
	subscription subscriptions.ID
	effective    calendar.Date
	decide       func(subscriptions.Subscription) (subscriptions.Subscription, error)
	ahead        bool // also for a partner who will serve the subscription only later
	seats        bool // may add seats, whose first day is kept
}

// commit carries a deed out: locks the subscription, looks whether the request
// was booked before, asks the rules, saves. A request that was booked is
// answered as it was then, also after its idempotency key has expired.
//
// It works in the system scope, because the event shows the subscription with
// all its partners, of whom the caller's may see itself only. So the wall is
// here: a partner's caller that does not serve the subscription on the day is
// told NOT_FOUND.
func (a *App) commit(ctx context.Context, d deed) (subscriptions.View, error) {
	viewer := viewerOf(ctx)
	return a.booked(ctx, viewer, func(ctx context.Context, tx *postgres.Store) (subscriptions.Subscription, error) {
		before, err := tx.SubscriptionForUpdate(ctx, d.subscription)
		if err != nil {
			return before, err
		}
		if past, ok, err := a.recall(ctx, tx, viewer); ok || err != nil {
			return past, err
		}
		if !d.ahead && !viewer.serves(before, d.effective) || !viewer.sees(before, before.Today(a.now())) {
			return before, subscriptions.ErrNotFound
		}
		after, err := d.decide(before)
		if err != nil {
			return before, err
		}
		if err := tx.UpdateSubscription(ctx, before, after); err != nil {
			return before, err
		}
		if added, ok := after.Added(before, d.effective); d.seats && ok {
			if err := tx.InsertSeatAddition(ctx, after, added); err != nil {
				return before, err
			}
		}
		return after, a.seal(ctx, tx, d.kind, d.effective, after)
	})
}

// booked runs a commit point in the system scope and returns what the viewer may
// see of its result. It runs once more if the same request may have been booked
// by another transaction meanwhile: that shows by the booking itself, or by an
// id of the new subscription that is taken.
func (a *App) booked(ctx context.Context, v viewer, effect func(context.Context, *postgres.Store) (subscriptions.Subscription, error)) (subscriptions.View, error) {
	ctx = pg.WithScope(ctx, pg.System())
	attempt := func() (subscriptions.Subscription, error) {
		return mutate(ctx, a, func(tx *postgres.Store) (subscriptions.Subscription, error) { return effect(ctx, tx) })
	}
	s, err := attempt()
	if errors.Is(err, postgres.ErrBooked) || errors.Is(err, subscriptions.ErrTaken) {
		s, err = attempt()
	}
	if err != nil {
		return subscriptions.View{}, err
	}
	view := s.On(a.now())
	view.Subscription = v.show(s)
	return view, nil
}

// recall returns what the request booked before; not ok if it booked nothing.
// The request id may not stand for another request, nor for another partner's.
func (a *App) recall(ctx context.Context, tx *postgres.Store, v viewer) (past subscriptions.Subscription, ok bool, err error) {
	key, ok := idem.KeyFrom(ctx)
	if !ok {
		return past, false, nil
	}
	b, ok, err := tx.Booking(ctx, key.RequestID)
	if !ok || err != nil {
		return past, false, err
	}
	if b.Method != key.Method || !bytes.Equal(b.Fingerprint, key.Fingerprint) {
		return past, false, idem.ErrKeyReused
	}
	past, err = tx.SubscriptionAt(ctx, b.Subscription, b.Revision)
	if err == nil && !v.serves(past, b.Effective) {
		err = subscriptions.ErrNotFound
	}
	return past, err == nil, err
}

// seal appends the event of a deed and books the request, so that it is never
// done twice.
func (a *App) seal(ctx context.Context, tx *postgres.Store, kind string, effective calendar.Date, s subscriptions.Subscription) error {
	if err := publishSubscription(ctx, tx, kind, s); err != nil {
		return err
	}
	key, ok := idem.KeyFrom(ctx)
	if !ok {
		return nil
	}
	return tx.Book(ctx, postgres.Booking{
		RequestID: key.RequestID, Method: key.Method, Fingerprint: key.Fingerprint,
		Subscription: s.ID, Revision: s.Revision, Effective: effective,
	})
}

// viewer is whose eyes a commit point's answer is for: those of partners, or of
// the vendor, who sees everything.
type viewer struct {
	vendor   bool
	partners []subscriptions.PartnerID
}

func viewerOf(ctx context.Context) viewer {
	scope := pg.ScopeFrom(ctx)
	v := viewer{vendor: scope.IsSystem()}
	for _, id := range scope.Partners() {
		v.partners = append(v.partners, subscriptions.PartnerID(id))
	}
	return v
}

func (v viewer) serves(s subscriptions.Subscription, on calendar.Date) bool {
	return v.vendor || slices.Contains(v.partners, s.PartnerOn(on))
}

func (v viewer) sees(s subscriptions.Subscription, today calendar.Date) bool {
	return v.vendor || s.VisibleTo(v.partners, today)
}

func (v viewer) show(s subscriptions.Subscription) subscriptions.Subscription {
	if v.vendor {
		return s
	}
	return s.SeenBy(v.partners)
}
