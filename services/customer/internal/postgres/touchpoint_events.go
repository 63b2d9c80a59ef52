package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

// LockTouchpointEvent lets one event of a source's id be recorded at a time,
// until the transaction ends.
func (s *Store) LockTouchpointEvent(ctx context.Context, source, externalID string) error {
	return s.lock(ctx, "touchpoint event "+source+" "+externalID)
}

const (
	eventColumns = `
	SELECT e.event_id, e.source, e.external_id, e.touchpoint_id, e.version, e.audience, coalesce(e.customer_id, ''),
	       coalesce(e.contact_id, ''), coalesce(e.subscription_id, ''), coalesce(e.partner_id, ''), coalesce(e.product_id, ''),
	       coalesce(e.segment, ''), coalesce(e.country_code, ''), coalesce(e.region, ''), e.occur_time, e.create_time`
	selectEvent = eventColumns + `
	FROM touchpoint_events e`
)

// eventTargets are where a row of eventColumns goes.
func eventTargets(e *surveys.Event) []any {
	return []any{
		&e.ID, &e.Source, &e.ExternalID, &e.Touchpoint, &e.Version, &e.Audience, &e.Customer,
		&e.Contact, &e.Subscription, &e.Facts.Partner, &e.Facts.Product,
		&e.Facts.Segment, &e.Facts.Country, &e.Facts.Region, &e.OccurTime, &e.CreateTime,
	}
}

func scanEvent(row pgx.CollectableRow) (e surveys.Event, err error) {
	err = row.Scan(eventTargets(&e)...)
	e.OccurTime, e.CreateTime = e.OccurTime.UTC(), e.CreateTime.UTC()
	return e, err
}

// TouchpointEvent returns an event, or surveys.ErrEventNotFound.
func (s *Store) TouchpointEvent(ctx context.Context, id surveys.EventID) (surveys.Event, error) {
	return s.event(ctx, selectEvent+" WHERE e.event_id = $1", id)
}

// TouchpointEventOf returns the event that a source knows by an id, or
// surveys.ErrEventNotFound.
func (s *Store) TouchpointEventOf(ctx context.Context, source, externalID string) (surveys.Event, error) {
	return s.event(ctx, selectEvent+" WHERE e.source = $1 AND e.external_id = $2", source, externalID)
}

func (s *Store) event(ctx context.Context, sql string, args ...any) (surveys.Event, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectExactlyOneRow returns the error
	e, err := pgx.CollectExactlyOneRow(rows, scanEvent)
	return e, missing(err, surveys.ErrEventNotFound, "read touchpoint event")
}

// InsertTouchpointEvent stores an event.
func (s *Store) InsertTouchpointEvent(ctx context.Context, e surveys.Event) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO touchpoint_events (event_id, source, external_id, touchpoint_id, version, audience, customer_id, contact_id,
		                               subscription_id, partner_id, product_id, segment, country_code, region, occur_time, create_time)
		VALUES (@id, @source, @external_id, @touchpoint, @version, @audience, nullif(@customer, ''), nullif(@contact, ''),
		        nullif(@subscription, ''), nullif(@partner, ''), nullif(@product, ''), nullif(@segment, ''), nullif(@country, ''),
		        nullif(@region, ''), @occur_time, @create_time)`, pgx.StrictNamedArgs{
		"id": e.ID, "source": e.Source, "external_id": e.ExternalID, "touchpoint": e.Touchpoint, "version": e.Version,
		"audience": e.Audience, "customer": e.Customer, "contact": e.Contact, "subscription": e.Subscription,
		"partner": e.Facts.Partner, "product": e.Facts.Product, "segment": e.Facts.Segment, "country": e.Facts.Country,
		"region": e.Facts.Region, "occur_time": e.OccurTime, "create_time": e.CreateTime,
	})
	return explain(err, "insert touchpoint event")
}

// ServicesAt returns who served a customer with which products at an instant,
// by all of its subscriptions or by one of them.
func (s *Store) ServicesAt(ctx context.Context, customer customers.ID, subscription subscriptions.ID, at time.Time) ([]surveys.Service, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT DISTINCT p.partner_id, s.product_id
		FROM subscriptions s
		JOIN partners_of_record p ON p.subscription_id = s.subscription_id
		WHERE s.customer_id = $1 AND $2 IN ('', s.subscription_id) AND p.begins_at <= $3 AND p.ends_at > $3`,
		customer, subscription, at) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[surveys.Service])
	return list, explain(err, "read services")
}

// EventKey is the place of an event in a list.
type EventKey struct {
	OccurTime time.Time       `json:"t"`
	ID        surveys.EventID `json:"i"`
}

// EventQuery chooses events; an empty field chooses all. After is the last event
// of the page before.
type EventQuery struct {
	Customer   customers.ID
	Touchpoint touchpoints.ID
	State      surveys.State
	After      EventKey
	Limit      int
}

// TouchpointEvents returns events with their invitations, newest first.
func (s *Store) TouchpointEvents(ctx context.Context, q EventQuery) ([]surveys.Recorded, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(q.Customer != "", "e.customer_id = @customer", pgx.StrictNamedArgs{"customer": q.Customer})
	f.with(q.Touchpoint != "", "e.touchpoint_id = @touchpoint", pgx.StrictNamedArgs{"touchpoint": q.Touchpoint})
	f.with(q.State != "", "i.state = @state", pgx.StrictNamedArgs{"state": q.State})
	f.with(q.After.ID != "", "(e.occur_time, e.event_id) < (@after_time, @after_id)",
		pgx.StrictNamedArgs{"after_time": q.After.OccurTime, "after_id": q.After.ID})
	rows, _ := s.tx.Query(ctx, eventColumns+","+invitationColumns+`
		FROM touchpoint_events e
		JOIN invitations i ON i.event_id = e.event_id`+f.where()+`
		ORDER BY e.occur_time DESC, e.event_id DESC
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r surveys.Recorded, err error) {
		scanned := newInvitationRow(&r.Invitation)
		err = row.Scan(append(eventTargets(&r.Event), scanned.targets()...)...)
		r.Event.OccurTime, r.Event.CreateTime = r.Event.OccurTime.UTC(), r.Event.CreateTime.UTC()
		scanned.complete()
		return r, err
	})
	return list, explain(err, "list touchpoint events")
}

// MoveExperience gives a customer's events, invitations and answers to another.
func (s *Store) MoveExperience(ctx context.Context, from, to customers.ID) error {
	for _, statement := range []string{
		"UPDATE touchpoint_events SET customer_id = $2 WHERE customer_id = $1",
		"UPDATE responses SET customer_id = $2 WHERE customer_id = $1",
		"UPDATE invitations SET organisation = $2 WHERE organisation = $1",
	} {
		if _, err := s.tx.Exec(ctx, statement, from, to); err != nil {
			return explain(err, "move experience")
		}
	}
	return nil
}
