package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// filing stores one batch of an import in one transaction: its rows, their
// events, the refused ones, and how far the import has come.
type filing struct {
	app     *App
	tx      *postgres.Store
	batch   *imports.Batch
	refused []imports.Refusal
	events  []events.Event
}

func (f filing) store(ctx context.Context, id imports.ID) error {
	current, err := f.tx.ImportForUpdate(ctx, id)
	if err != nil {
		return err
	}
	if err := current.Admit(f.batch.First); err != nil {
		return err
	}
	f.refused = slices.Clone(f.batch.Refusals)
	stored, err := f.storeCustomers(ctx)
	if err != nil {
		return err
	}
	if err := f.storeSubscriptions(ctx, stored); err != nil {
		return err
	}
	if err := events.AppendAll(ctx, f.tx.Tx(), f.events); err != nil {
		return err
	}
	if err := f.tx.InsertRefusals(ctx, id, f.refused); err != nil {
		return err
	}
	return f.tx.UpdateImport(ctx, current.Advance(f.batch.Rows-len(f.refused), len(f.refused)))
}

// storeCustomers stores the batch's customers and returns them by external id.
func (f *filing) storeCustomers(ctx context.Context) (map[string]customers.Customer, error) {
	s := sieve[customers.Customer]{
		tx: f.tx, copy: (*postgres.Store).CopyCustomers, refuse: f.refuse, known: knownCustomers,
	}
	stored, err := s.pass(ctx, f.batch.Customers)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]customers.Customer, len(stored))
	for _, row := range stored {
		c := row.Value
		byID[row.ExternalID] = c
		e := events.Event{Kind: "customer.imported", ResourceID: string(c.ID), Revision: c.Revision, OccurredAt: c.UpdateTime}
		if err := f.publish(ctx, e, c); err != nil {
			return nil, err
		}
	}
	return byID, nil
}

// knownCustomers returns the refusals of rows whose external id or domain is
// there already, nil for the others.
func knownCustomers(ctx context.Context, tx *postgres.Store, rows []imports.Numbered[customers.Customer]) ([]error, error) {
	ids, domains := make([]string, len(rows)), make([]customers.Domain, len(rows))
	for i, row := range rows {
		ids[i], domains[i] = row.ExternalID, row.Value.PrimaryDomain
	}
	takenIDs, takenDomains, err := tx.TakenByCustomers(ctx, ids, domains)
	if err != nil {
		return nil, err
	}
	known := make([]error, len(rows))
	for i := range rows {
		switch {
		case takenIDs[ids[i]]:
			known[i] = imports.IDTaken(ids[i])
		case takenDomains[string(domains[i])]:
			known[i] = imports.DomainTaken(domains[i])
		}
	}
	return known, nil
}

// storeSubscriptions stores the batch's subscriptions of customers that were
// stored with them or are there.
func (f *filing) storeSubscriptions(ctx context.Context, byID map[string]customers.Customer) error {
	wanted := slices.DeleteFunc(f.batch.Wanted(), func(id string) bool { _, ok := byID[id]; return ok })
	if len(wanted) > 0 {
		found, err := f.tx.CustomersByExternalID(ctx, wanted)
		if err != nil {
			return err
		}
		for _, c := range found {
			byID[c.ExternalID] = c
		}
	}
	products, err := f.products(ctx)
	if err != nil {
		return err
	}
	resolved, refused := f.batch.Resolve(byID, products)
	f.refused = append(f.refused, refused...)
	s := sieve[subscriptions.Subscription]{
		tx: f.tx, copy: (*postgres.Store).CopySubscriptions, refuse: f.refuse, known: knownSubscriptions,
	}
	stored, err := s.pass(ctx, resolved)
	if err != nil {
		return err
	}
	for _, row := range stored {
		v := row.Value.On(row.Value.UpdateTime)
		e := events.Event{
			Kind: "subscription.imported", ResourceID: string(v.ID), Revision: v.Revision, OccurredAt: v.UpdateTime, PartnerID: string(v.Partner),
		}
		if err := f.publish(ctx, e, v.Subscription); err != nil {
			return err
		}
	}
	return nil
}

// knownSubscriptions is knownCustomers for subscriptions.
func knownSubscriptions(ctx context.Context, tx *postgres.Store, rows []imports.Numbered[subscriptions.Subscription]) ([]error, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ExternalID
	}
	taken, err := tx.TakenBySubscriptions(ctx, ids)
	known := make([]error, len(rows))
	for i, id := range ids {
		if taken[id] {
			known[i] = imports.IDTaken(id)
		}
	}
	return known, err
}

func (f *filing) products(ctx context.Context) (map[catalogue.ProductID]catalogue.Product, error) {
	list, err := f.tx.Products(ctx, "")
	byID := make(map[catalogue.ProductID]catalogue.Product, len(list))
	for _, p := range list {
		byID[p.ID] = p
	}
	return byID, err
}

func (f *filing) refuse(row int64, externalID string, err error) {
	f.refused = append(f.refused, imports.Refuse(row, externalID, err))
}

// publish notes an event, to be appended with all others of the batch.
func (f *filing) publish(ctx context.Context, e events.Event, resource any) error {
	snapshot, err := json.Marshal(resource)
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", e.ResourceID, err)
	}
	e.Snapshot, e.Actor = snapshot, actor(ctx)
	f.events = append(f.events, e)
	return nil
}
