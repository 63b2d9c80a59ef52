package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
)

// ContactOf returns a customer's contact by its id or, without one, by its
// address, or customers.ErrContactNotFound.
func (s *Store) ContactOf(ctx context.Context, customer customers.ID, id, email string) (customers.ContactID, error) {
	var found customers.ContactID
	err := s.tx.QueryRow(ctx, `
		SELECT contact_id
		FROM contacts
		WHERE customer_id = $1 AND CASE WHEN $2 <> '' THEN contact_id = $2 ELSE email = lower($3) END`, customer, id, email).Scan(&found)
	return found, missing(err, customers.ErrContactNotFound, "read contact")
}

// EnsurePerson returns the id of a person at a partner or of the staff, whose
// time zone is p's from now on. p's own id is that of one who is new.
func (s *Store) EnsurePerson(ctx context.Context, p surveys.Person) (id string, err error) {
	err = s.tx.QueryRow(ctx, `
		INSERT INTO survey_people (person_id, audience, partner_id, email, time_zone, create_time)
		VALUES (@id, @audience, nullif(@partner, ''), lower(@email), @zone, @at)
		ON CONFLICT ON CONSTRAINT survey_people_one_per_address DO UPDATE
		SET time_zone = @zone
		RETURNING person_id`, pgx.StrictNamedArgs{
		"id": p.ID, "audience": p.Audience, "partner": p.Partner, "email": p.Email, "zone": p.TimeZone, "at": p.CreateTime,
	}).Scan(&id)
	return id, explain(err, "ensure person")
}

// AddressOf returns where a contact or person is written to; "" for one who is
// gone.
func (s *Store) AddressOf(ctx context.Context, contact string) (email string, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT email FROM contacts WHERE contact_id = $1
		UNION ALL
		SELECT email FROM survey_people WHERE person_id = $1`, contact).Scan(&email)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return email, explain(err, "read address")
}

// OptedOut reports whether a contact or person does not want to be asked.
func (s *Store) OptedOut(ctx context.Context, contact string) (out bool, err error) {
	err = s.tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM survey_opt_outs WHERE contact_id = $1)", contact).Scan(&out)
	return out, explain(err, "read opt-out")
}

// SaveOptOut notes that a contact or person does not want to be asked.
func (s *Store) SaveOptOut(ctx context.Context, contact, actor string, at time.Time) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO survey_opt_outs (contact_id, actor, create_time)
		VALUES ($1, $2, $3)
		ON CONFLICT (contact_id) DO NOTHING`, contact, actor, at)
	return explain(err, "save opt-out")
}

// DropOptOut notes that a contact or person may be asked again.
func (s *Store) DropOptOut(ctx context.Context, contact string) error {
	_, err := s.tx.Exec(ctx, "DELETE FROM survey_opt_outs WHERE contact_id = $1", contact)
	return explain(err, "drop opt-out")
}
