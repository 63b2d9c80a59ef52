package app

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// understand returns the event that a report tells of, and where its person is.
func (a *App) understand(ctx context.Context, tx *postgres.Store, r surveys.Report, at touchpoints.Touchpoint) (surveys.Event, *time.Location, error) {
	e := surveys.Event{
		ID: surveys.EventID(ident.New("tpe_")), Source: r.Source, ExternalID: r.ExternalID, Touchpoint: at.ID, Version: at.Version,
		Audience: at.Audience, Subscription: r.Subscription, OccurTime: r.OccurTime, CreateTime: a.now(),
	}
	if at.Audience == touchpoints.Customers {
		return a.ofCustomer(ctx, tx, r, e)
	}
	e.Facts.Partner = r.Partner
	if r.Email == "" {
		return e, time.UTC, nil
	}
	zone, err := calendar.LoadZone(r.TimeZone)
	if err != nil {
		return e, nil, fault.At("time_zone", err)
	}
	e.Contact, err = tx.EnsurePerson(ctx, surveys.Person{
		ID: ident.New("psn_"), Audience: at.Audience, Partner: r.Partner, Email: r.Email, TimeZone: r.TimeZone, CreateTime: a.now(),
	})
	return e, zone, err
}

func (a *App) ofCustomer(ctx context.Context, tx *postgres.Store, r surveys.Report, e surveys.Event) (surveys.Event, *time.Location, error) {
	c, err := lasting(ctx, tx, r.Customer)
	if err != nil {
		return e, nil, fault.At("customer_id", err)
	}
	e.Customer = c.ID
	if r.Contact != "" || r.Email != "" {
		contact, err := tx.ContactOf(ctx, c.ID, r.Contact, r.Email)
		if err != nil {
			return e, nil, notItsContact(r, err)
		}
		e.Contact = string(contact)
	}
	services, err := tx.ServicesAt(ctx, c.ID, r.Subscription, r.OccurTime)
	if err != nil {
		return e, nil, err
	}
	e.Facts.Partner, e.Facts.Product = surveys.Sole(services)
	e.Facts.Segment, e.Facts.Country, e.Facts.Region = c.Segment, c.Country, c.Country.Region()
	if err := ofItsOwn(ctx, tx, r.Subscription, c.ID); err != nil {
		return e, nil, err
	}
	zone, err := calendar.LoadZone(c.TimeZone)
	return e, zone, err
}

// notItsContact says by which field there is no such contact, and what to do.
func notItsContact(r surveys.Report, err error) error {
	if !errors.Is(err, customers.ErrContactNotFound) {
		return err
	}
	if r.Contact != "" {
		return customers.ErrContactNotFound.Because("the customer has no contact with this id; ListContacts shows those that it has").On("contact_id")
	}
	return customers.ErrContactNotFound.Because("the customer has no contact with this address; create the contact before").On("email")
}

// lasting returns a customer, or the one that it was merged into.
func lasting(ctx context.Context, tx *postgres.Store, id customers.ID) (customers.Customer, error) {
	c, err := tx.CustomerToRefer(ctx, id)
	for err == nil && c.MergedInto != "" {
		c, err = tx.CustomerToRefer(ctx, c.MergedInto)
	}
	return c, err
}

// ofItsOwn returns subscriptions.ErrNotFound unless the subscription, if any, is
// the customer's.
func ofItsOwn(ctx context.Context, tx *postgres.Store, id subscriptions.ID, customer customers.ID) error {
	if id == "" {
		return nil
	}
	s, err := tx.Subscription(ctx, id)
	if err == nil && s.Customer.ID != customer {
		err = subscriptions.ErrNotFound
	}
	return fault.At("subscription_id", err)
}
