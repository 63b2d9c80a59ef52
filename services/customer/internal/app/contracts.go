package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// errIDAssigned is returned to people who choose an id.
var errIDAssigned = fault.New("PERMISSION_DENIED", "only services choose the id of a subscription; leave it out").On("subscription_id")

// CreateSubscription books an order. The customer may be one that the partner
// does not serve yet; a partner's caller can order for itself only. A service
// may give the subscription's id.
func (a *App) CreateSubscription(ctx context.Context, o subscriptions.Order) (subscriptions.View, error) {
	if caller, _ := auth.From(ctx); o.ID != "" && caller.Service == "" {
		return subscriptions.View{}, errIDAssigned
	}
	if o.ID == "" {
		o.ID = subscriptions.ID(ident.New("sub_"))
	}
	viewer := viewerOf(ctx)
	return a.booked(ctx, viewer, func(ctx context.Context, tx *postgres.Store) (subscriptions.Subscription, error) {
		if past, ok, err := a.recall(ctx, tx, viewer); ok || err != nil {
			return past, err
		}
		var err error
		if o.Customer, err = tx.CustomerToRefer(ctx, o.Customer.ID); err != nil {
			return subscriptions.Subscription{}, fault.At("customer_id", err)
		}
		if o.Product, err = tx.Product(ctx, o.Product.ID); errors.Is(err, catalogue.ErrProductNotFound) {
			return subscriptions.Subscription{}, catalogue.UnknownProduct(o.Product.ID)
		} else if err != nil {
			return subscriptions.Subscription{}, err
		}
		o.TermID, o.At = ident.New("trm_"), a.now()
		s, err := subscriptions.Create(o)
		if err != nil {
			return s, err
		}
		if !viewer.serves(s, o.Start) {
			return s, customers.ErrNotFound.On("customer_id")
		}
		if err := tx.InsertSubscription(ctx, s); err != nil {
			return s, err
		}
		return s, a.seal(ctx, tx, "subscription.created", o.Start, s)
	})
}

// RenewSubscription books a renewal.
func (a *App) RenewSubscription(ctx context.Context, id subscriptions.ID, r subscriptions.Renewal) (subscriptions.View, error) {
	r.TermID, r.At = ident.New("trm_"), a.now()
	return a.commit(ctx, deed{kind: "subscription.renewed", subscription: id, effective: r.Start, decide: func(s subscriptions.Subscription) (subscriptions.Subscription, error) {
		return s.Renew(r)
	}})
}

// ChangeSeats books a change of seats.
func (a *App) ChangeSeats(ctx context.Context, id subscriptions.ID, c subscriptions.SeatChange) (subscriptions.View, error) {
	c.At = a.now()
	return a.commit(ctx, deed{kind: "subscription.seats_changed", subscription: id, effective: c.From, decide: func(s subscriptions.Subscription) (subscriptions.Subscription, error) {
		return s.ChangeSeats(c)
	}, seats: true})
}

// ReassignSubscription books a change of the partner of record.
func (a *App) ReassignSubscription(ctx context.Context, id subscriptions.ID, r subscriptions.Reassignment) (subscriptions.View, error) {
	r.At = a.now()
	return a.commit(ctx, deed{kind: "subscription.reassigned", subscription: id, effective: r.From, decide: func(s subscriptions.Subscription) (subscriptions.Subscription, error) {
		return s.Reassign(r)
	}})
}

// CancelSubscription books a cancellation.
func (a *App) CancelSubscription(ctx context.Context, id subscriptions.ID, c subscriptions.Cancellation) (subscriptions.View, error) {
	c.At = a.now()
	return a.commit(ctx, deed{kind: "subscription.cancelled", subscription: id, effective: c.From, decide: func(s subscriptions.Subscription) (subscriptions.Subscription, error) {
		return s.Cancel(c)
	}})
}

// RecordQuote notes that a partner quoted the coming renewal.
func (a *App) RecordQuote(ctx context.Context, id subscriptions.ID, q subscriptions.Quote) error {
	q.At = a.now()
	_, err := a.commit(ctx, deed{kind: "subscription.quoted", subscription: id, effective: q.On, decide: func(s subscriptions.Subscription) (subscriptions.Subscription, error) {
		return s.RecordQuote(q)
	}, ahead: true})
	return err
}
