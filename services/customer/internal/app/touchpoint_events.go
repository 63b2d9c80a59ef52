package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Item is what became of one item of a batch: a result or a refusal.
type Item[T any] struct {
	Result  T
	Refusal *fault.Error
}

// eachItem runs effect for each item in a part of the transaction of its own, so
// that one that is refused leaves the others alone.
func eachItem[I, T any](ctx context.Context, tx *postgres.Store, items []I, effect func(*postgres.Store, I) (T, error)) ([]Item[T], error) {
	done := make([]Item[T], len(items))
	for i, item := range items {
		err := tx.Savepoint(ctx, func(tx *postgres.Store) (err error) {
			done[i].Result, err = effect(tx, item)
			return err
		})
		if refusal, ok := fault.Of(err); ok {
			done[i] = Item[T]{Refusal: refusal}
		} else if err != nil {
			return nil, err
		}
	}
	return done, nil
}

// RecordTouchpointEvent stores an event with its invitation, and the job that
// delivers it.
func (a *App) RecordTouchpointEvent(ctx context.Context, r surveys.Report) (surveys.Recorded, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (surveys.Recorded, error) { return a.recordEvent(ctx, tx, r) })
}

// BatchRecordTouchpointEvents stores many events.
func (a *App) BatchRecordTouchpointEvents(ctx context.Context, reports []surveys.Report) ([]Item[surveys.Recorded], error) {
	return mutate(ctx, a, func(tx *postgres.Store) ([]Item[surveys.Recorded], error) {
		return eachItem(ctx, tx, reports, func(tx *postgres.Store, r surveys.Report) (surveys.Recorded, error) {
			return a.recordEvent(ctx, tx, r)
		})
	})
}

func (a *App) recordEvent(ctx context.Context, tx *postgres.Store, r surveys.Report) (surveys.Recorded, error) {
	o, err := a.observe(ctx, tx, r, false)
	if err != nil || o.known {
		return o.Recorded, err
	}
	if err := o.insert(ctx, tx); err != nil || o.Invitation.State != surveys.Waiting {
		return o.Recorded, err
	}
	return o.Recorded, a.jobs.DeliverInvitation(ctx, tx.Tx(), o.Invitation.ID, o.Invitation.SendAfter.Sub(a.now()))
}

// observed is a report as it was understood.
type observed struct {
	surveys.Recorded
	known bool // it had been recorded before
}

func (o observed) insert(ctx context.Context, tx *postgres.Store) error {
	if err := tx.InsertTouchpointEvent(ctx, o.Event); err != nil {
		return err
	}
	return tx.InsertInvitation(ctx, o.Invitation)
}

// observe understands a report. An anonymous one is of an answer that was given
// elsewhere: nobody is asked about it.
func (a *App) observe(ctx context.Context, tx *postgres.Store, r surveys.Report, anonymous bool) (o observed, err error) {
	if r.Source == "" {
		r.Source = source(ctx)
	}
	r.OccurTime = r.OccurTime.UTC().Truncate(time.Microsecond)
	at, err := tx.Touchpoint(ctx, r.Touchpoint)
	if err != nil {
		return o, fault.At("touchpoint_id", err)
	}
	if err := r.Check(at.Audience, a.now(), anonymous); err != nil {
		return o, err
	}
	if err := tx.LockTouchpointEvent(ctx, r.Source, r.ExternalID); err != nil {
		return o, err
	}
	told, zone, err := a.understand(ctx, tx, r, at)
	if err != nil {
		return o, err
	}
	before, err := tx.TouchpointEventOf(ctx, r.Source, r.ExternalID)
	switch {
	case errors.Is(err, surveys.ErrEventNotFound):
		o.Event = told
		o.Invitation, err = a.invite(ctx, tx, told, zone)
		if anonymous {
			o.Invitation.State, o.Invitation.Suppressed = surveys.Suppressed, surveys.Imported
		} else if !at.Active {
			o.Invitation.State, o.Invitation.Suppressed = surveys.Suppressed, surveys.Inactive
		}
		return o, err
	case err != nil:
		return o, err
	case !before.Same(told):
		return o, surveys.ErrEventTaken.Because(fmt.Sprintf("%s recorded another event as %s; an event keeps what it was told with", r.Source, r.ExternalID),
			"event_id", string(before.ID)).On("external_id")
	}
	o.known, o.Event = true, before
	o.Invitation, err = tx.InvitationOf(ctx, before.ID)
	return o, err
}

// source names the program that tells, or the vendor's people.
func source(ctx context.Context) string {
	caller, _ := auth.From(ctx)
	if caller.Service != "" {
		return caller.Service
	}
	return "experience"
}

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

// invite returns the invitation to an event as it waits for its hour.
func (a *App) invite(ctx context.Context, tx *postgres.Store, e surveys.Event, zone *time.Location) (surveys.Invitation, error) {
	policy, err := tx.SurveyPolicy(ctx)
	organisation := string(e.Customer)
	if e.Audience == touchpoints.Partners {
		organisation = string(e.Facts.Partner)
	}
	return surveys.Invitation{
		ID: surveys.InvitationID(ident.New("inv_")), EventID: e.ID, ContactID: e.Contact, Organisation: organisation, TimeZone: zone.String(),
		State: surveys.Waiting, PolicyVersion: policy.Version, SendAfter: policy.SendAfter(a.now(), zone), CreateTime: a.now(),
	}, err
}

// GetTouchpointEvent returns an event with its invitation.
func (a *App) GetTouchpointEvent(ctx context.Context, id surveys.EventID) (surveys.Recorded, error) {
	return read(ctx, a, func(tx *postgres.Store) (r surveys.Recorded, err error) {
		if r.Event, err = tx.TouchpointEvent(ctx, id); err != nil {
			return r, err
		}
		r.Invitation, err = tx.InvitationOf(ctx, id)
		return r, err
	})
}

type (
	// EventQuery asks for a page of events.
	EventQuery = postgres.EventQuery
	// EventKey is the place of an event in a list.
	EventKey = postgres.EventKey
)

// ListTouchpointEvents returns events with their invitations, newest first.
func (a *App) ListTouchpointEvents(ctx context.Context, q EventQuery) ([]surveys.Recorded, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]surveys.Recorded, error) { return tx.TouchpointEvents(ctx, q) })
}
