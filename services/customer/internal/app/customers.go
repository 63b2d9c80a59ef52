package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateCustomer registers a customer.
func (a *App) CreateCustomer(ctx context.Context, d customers.Draft) (customers.Customer, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (customers.Customer, error) {
		c, err := customers.Register(customers.ID(ident.New("cus_")), d, a.now())
		if err != nil {
			return customers.Customer{}, err
		}
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return customers.Customer{}, err
		}
		return c, publishCustomer(ctx, tx, "customer.created", c)
	})
}

// GetCustomer returns a customer that the caller may see.
func (a *App) GetCustomer(ctx context.Context, id customers.ID) (customers.Customer, error) {
	return read(ctx, a, func(tx *postgres.Store) (customers.Customer, error) {
		return tx.Customer(ctx, id)
	})
}

type (
	// CustomerQuery asks for a page of customers.
	CustomerQuery = postgres.CustomerQuery
	// CustomerKey is the place of a customer in a list.
	CustomerKey = postgres.CustomerKey
	// ListedCustomer is a customer with its place.
	ListedCustomer = postgres.ListedCustomer
)

// ListCustomers returns a page of customers that the caller may see.
func (a *App) ListCustomers(ctx context.Context, q CustomerQuery) ([]ListedCustomer, error) {
	q.Now = a.now()
	return read(ctx, a, func(tx *postgres.Store) ([]ListedCustomer, error) {
		return tx.ListCustomers(ctx, q)
	})
}

// Amendment changes the named fields of a customer to those of the draft.
type Amendment struct {
	ID     customers.ID
	Etag   string
	Draft  customers.Draft
	Fields []string
}

// UpdateCustomer amends a customer.
func (a *App) UpdateCustomer(ctx context.Context, m Amendment) (customers.Customer, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (customers.Customer, error) {
		current, err := tx.CustomerForUpdate(ctx, m.ID)
		if err != nil {
			return current, err
		}
		if err := current.Expect(m.Etag); err != nil {
			return current, err
		}
		contacts, err := tx.AllContacts(ctx, m.ID)
		if err != nil {
			return current, err
		}
		amended, err := current.Amend(m.Draft, m.Fields, contacts, a.now())
		if err != nil {
			return current, err
		}
		if err := tx.UpdateCustomer(ctx, amended); err != nil {
			return current, err
		}
		return amended, publishCustomer(ctx, tx, "customer.updated", amended)
	})
}

// LookupCustomer finds the customer that a host belongs to.
func (a *App) LookupCustomer(ctx context.Context, host string) (customers.Customer, error) {
	owning, err := domain.Owning(host)
	if err != nil {
		return customers.Customer{}, err
	}
	return read(ctx, a, func(tx *postgres.Store) (customers.Customer, error) {
		return tx.CustomerByDomain(ctx, owning)
	})
}

// BatchGetCustomers returns those of the customers that the caller may see, in
// the order of ids.
func (a *App) BatchGetCustomers(ctx context.Context, ids []customers.ID) ([]customers.Customer, error) {
	found, err := read(ctx, a, func(tx *postgres.Store) ([]customers.Customer, error) {
		return tx.CustomersByID(ctx, ids)
	})
	return inOrder(ids, found, func(c customers.Customer) customers.ID { return c.ID }), err
}

// inOrder sorts found by the order of ids, whose missing ones it leaves out.
func inOrder[ID comparable, T any](ids []ID, found []T, idOf func(T) ID) []T {
	byID := make(map[ID]T, len(found))
	for _, f := range found {
		byID[idOf(f)] = f
	}
	list := make([]T, 0, len(found))
	for _, id := range ids {
		if f, ok := byID[id]; ok {
			list = append(list, f)
		}
	}
	return list
}

// Merger ends a customer in another.
type Merger struct {
	Ended, Lasting customers.ID
	Etag           string
	ValidateOnly   bool
}

// MergeCustomers merges two customers and returns the one that goes on. Both
// are locked in the order of their ids, so that two mergers can't wait for each
// other.
func (a *App) MergeCustomers(ctx context.Context, m Merger) (customers.Customer, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (customers.Customer, error) {
		ended, lasting, err := lockBoth(ctx, tx, m.Ended, m.Lasting)
		if err != nil {
			return customers.Customer{}, err
		}
		if err := ended.Expect(m.Etag); err != nil {
			return customers.Customer{}, err
		}
		ended, lasting, err = customers.Merge(ended, lasting, a.now())
		if err != nil || m.ValidateOnly {
			return lasting, err
		}
		return lasting, a.merge(ctx, tx, ended, lasting)
	})
}

func lockBoth(ctx context.Context, tx *postgres.Store, x, y customers.ID) (cx, cy customers.Customer, err error) {
	if y < x {
		cy, cx, err = lockBoth(ctx, tx, y, x)
		return cx, cy, err
	}
	if cx, err = tx.CustomerForUpdate(ctx, x); err != nil {
		return cx, cy, err
	}
	cy, err = tx.CustomerForUpdate(ctx, y)
	return cx, cy, err
}

// merge stores a merger. The ended customer first, so that its domains are free.
func (a *App) merge(ctx context.Context, tx *postgres.Store, ended, lasting customers.Customer) error {
	for _, c := range []customers.Customer{ended, lasting} {
		if err := tx.UpdateCustomer(ctx, c); err != nil {
			return err
		}
	}
	if err := tx.MoveContacts(ctx, ended.ID, lasting.ID); err != nil {
		return err
	}
	if err := tx.MoveExperience(ctx, ended.ID, lasting.ID); err != nil {
		return err
	}
	if err := a.moveSubscriptions(ctx, tx, ended.ID, lasting); err != nil {
		return err
	}
	if err := publishCustomer(ctx, tx, "customer.merged", ended); err != nil {
		return err
	}
	return publishCustomer(ctx, tx, "customer.updated", lasting)
}

func (a *App) moveSubscriptions(ctx context.Context, tx *postgres.Store, from customers.ID, to customers.Customer) error {
	ids, err := tx.SubscriptionIDsOf(ctx, from)
	if err != nil {
		return err
	}
	for _, id := range ids {
		before, err := tx.SubscriptionForUpdate(ctx, id)
		if err != nil {
			return err
		}
		after := before.Moved(to, a.now())
		if err := tx.UpdateSubscription(ctx, before, after); err != nil {
			return err
		}
		if err := publishSubscription(ctx, tx, "subscription.moved", after); err != nil {
			return err
		}
	}
	return nil
}

// publishSubscription appends an event of a subscription.
func publishSubscription(ctx context.Context, tx *postgres.Store, kind string, s subscriptions.Subscription) error {
	return publish(ctx, tx, events.Event{
		Kind: kind, ResourceID: string(s.ID), Revision: s.Revision, OccurredAt: s.UpdateTime,
		PartnerID: string(s.PartnerToday(s.Today(s.UpdateTime))),
	}, s)
}
