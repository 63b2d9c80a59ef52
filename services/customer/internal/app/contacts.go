package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateContact adds a contact to its customer. Of the answer only which contact it
// is is kept with the request's id, since the person may have to be forgotten before
// that is; then a repeated request finds customers.ErrContactNotFound.
func (a *App) CreateContact(ctx context.Context, draft customers.Contact) (customers.Contact, error) {
	id, err := mutate(ctx, a, func(tx *postgres.Store) (customers.ContactID, error) {
		customer, err := tx.CustomerForUpdate(ctx, draft.Customer)
		if err != nil {
			return "", err
		}
		contact, err := customer.Introduce(draft)
		if err != nil {
			return "", err
		}
		contact.ID, contact.CreateTime = customers.ContactID(ident.New("con_")), a.now()
		if err := tx.InsertContact(ctx, contact); err != nil {
			return "", err
		}
		return contact.ID, a.contactsChanged(ctx, tx, customer)
	})
	if err != nil {
		return customers.Contact{}, err
	}
	return read(ctx, a, func(tx *postgres.Store) (customers.Contact, error) { return tx.Contact(ctx, id) })
}

// ContactQuery asks for contacts of a customer after an address.
type ContactQuery struct {
	Customer customers.ID
	After    string
	Limit    int
}

// ListContacts returns contacts in the order of their addresses.
func (a *App) ListContacts(ctx context.Context, q ContactQuery) ([]customers.Contact, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]customers.Contact, error) {
		if _, err := tx.Customer(ctx, q.Customer); err != nil {
			return nil, err
		}
		return tx.Contacts(ctx, q.Customer, q.After, q.Limit)
	})
}

// DeleteContact deletes a contact of a customer.
func (a *App) DeleteContact(ctx context.Context, customer customers.ID, id customers.ContactID) error {
	_, err := mutate(ctx, a, func(tx *postgres.Store) (struct{}, error) {
		current, err := tx.CustomerForUpdate(ctx, customer)
		if err != nil {
			return struct{}{}, err
		}
		if err := tx.DeleteContact(ctx, customer, id); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, a.contactsChanged(ctx, tx, current)
	})
	return err
}

// contactsChanged says that there was a change, and nothing of the person.
func (a *App) contactsChanged(ctx context.Context, tx *postgres.Store, c customers.Customer) error {
	c = c.ContactsChanged(a.now())
	if err := tx.UpdateCustomer(ctx, c); err != nil {
		return err
	}
	return publishCustomer(ctx, tx, "customer.contacts_changed", c)
}
