package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// RecordTouchpointEvent stores an event with its invitation, and the job that
// delivers it.
func (a *App) RecordTouchpointEvent(ctx context.Context, r surveys.Report) (surveys.Recorded, error) {
	recorded, err := mutate(ctx, a, func(tx *postgres.Store) (surveys.Recorded, error) { return a.recordEvent(ctx, tx, r) })
	if err != nil {
		return recorded, err
	}
	err = a.whose(ctx, &recorded)
	return recorded, err
}

// BatchRecordTouchpointEvents stores many events.
func (a *App) BatchRecordTouchpointEvents(ctx context.Context, reports []surveys.Report) ([]Item[surveys.Recorded], error) {
	items, err := mutate(ctx, a, func(tx *postgres.Store) ([]Item[surveys.Recorded], error) {
		return eachItem(ctx, tx, reports, func(tx *postgres.Store, r surveys.Report) (surveys.Recorded, error) {
			return a.recordEvent(ctx, tx, r)
		})
	})
	if err != nil {
		return nil, err
	}
	var nobodys []*surveys.Recorded
	for i := range items {
		if items[i].Refusal == nil {
			nobodys = append(nobodys, &items[i].Result)
		}
	}
	return items, a.whose(ctx, nobodys...)
}

// whose fills in whom events happened to, where a request was repeated: that is not
// kept with its id, since it may have been forgotten.
func (a *App) whose(ctx context.Context, list ...*surveys.Recorded) error {
	list = slices.DeleteFunc(list, func(r *surveys.Recorded) bool { return r.Event.Contact != "" })
	if len(list) == 0 {
		return nil
	}
	return a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		for _, r := range list {
			now, err := tx.TouchpointEvent(ctx, r.Event.ID)
			if err != nil {
				return err
			}
			r.Event.Contact, r.Invitation.ContactID = now.Contact, now.Contact
		}
		return nil
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
