package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const selectRegistration = `
	SELECT deal_registration_id, partner_id, customer_name, domain, country, family_id, seats,
		expected_net_minor, expected_net_currency, expected_close_date, description, state, requested_fields, vendor_note,
		approve_date, expire_date, extended, code_version_id, submission_id, submit_time, revision, create_time
	FROM deal_registrations`

func scanRegistration(row pgx.CollectableRow) (r registrations.Registration, err error) {
	err = row.Scan(&r.ID, &r.PartnerID, &r.CustomerName, &r.Domain, &r.Country, &r.FamilyID, &r.Seats,
		(*zeronull.Int8)(&r.ExpectedNet.Minor), (*zeronull.Text)(&r.ExpectedNet.Currency), &r.ExpectedClose, &r.Description,
		&r.State, &r.RequestedFields, &r.VendorNote, &r.ApproveDate, &r.ExpireDate, &r.Extended,
		(*zeronull.Text)(&r.Code), (*zeronull.Text)(&r.SubmissionID), instant(&r.SubmitTime), &r.Revision, instant(&r.CreateTime))
	if len(r.RequestedFields) == 0 {
		r.RequestedFields = nil
	}
	return r, err
}

// Registration returns the registration, or registrations.ErrNotFound.
func (s *Store) Registration(ctx context.Context, id registrations.ID) (registrations.Registration, error) {
	return one(ctx, s, registrations.ErrNotFound, scanRegistration, selectRegistration+`
		WHERE deal_registration_id = $1`, id)
}

// RegistrationForUpdate is Registration, and keeps others from changing it
// meanwhile.
func (s *Store) RegistrationForUpdate(ctx context.Context, id registrations.ID) (registrations.Registration, error) {
	return one(ctx, s, registrations.ErrNotFound, scanRegistration, selectRegistration+`
		WHERE deal_registration_id = $1
		FOR UPDATE`, id)
}

// Registrations lists registrations, newest first.
func (s *Store) Registrations(ctx context.Context, q registrations.Query) ([]registrations.Registration, error) {
	return all(ctx, s, scanRegistration, selectRegistration+`
		WHERE (@before = '' OR deal_registration_id < @before)
		AND (@partner = '' OR partner_id = @partner)
		AND (@state = '' OR @state = CASE WHEN state = 'APPROVED' AND expire_date < @today THEN 'EXPIRED' ELSE state END)
		ORDER BY deal_registration_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{"before": q.Before, "partner": q.Partner, "state": q.State, "today": q.Today, "limit": q.Limit})
}

// OverdueRegistrations locks and returns some of the registrations that were
// approved and are over on a day; none if there are no more.
func (s *Store) OverdueRegistrations(ctx context.Context, today calendar.Date, limit int) ([]registrations.Registration, error) {
	return all(ctx, s, scanRegistration, selectRegistration+`
		WHERE state = 'APPROVED'
		AND expire_date < $1
		ORDER BY deal_registration_id
		LIMIT $2
		FOR UPDATE SKIP LOCKED`, today, limit)
}

// OverdueHolders is OverdueRegistrations for those that hold one of the claims.
func (s *Store) OverdueHolders(ctx context.Context, claims []registrations.Claim, family string, today calendar.Date) ([]registrations.Registration, error) {
	return all(ctx, s, scanRegistration, selectRegistration+`
		WHERE state = 'APPROVED'
		AND expire_date < $1
		AND deal_registration_id IN (SELECT deal_registration_id FROM registration_claims WHERE claim = ANY ($2) AND family_id = $3)
		ORDER BY deal_registration_id
		FOR UPDATE`, today, claims, family)
}

// InsertRegistration adds r.
func (s *Store) InsertRegistration(ctx context.Context, r registrations.Registration) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO deal_registrations (
			deal_registration_id, partner_id, customer_name, domain, country, family_id, seats,
			expected_net_minor, expected_net_currency, expected_close_date, description, state, requested_fields, vendor_note,
			approve_date, expire_date, extended, code_version_id, submission_id, submit_time, revision, create_time)
		VALUES (
			@id, @partner, @customer, @domain, @country, @family, @seats,
			@net, @currency, @close, @description, @state, @requested, @note,
			@approved, @expire, @extended, @code, @submission, @submitted, @revision, @created)`,
		registrationArgs(r))
	if err != nil {
		return fmt.Errorf("insert deal registration: %w", err)
	}
	return nil
}

// UpdateRegistration writes all of r.
func (s *Store) UpdateRegistration(ctx context.Context, r registrations.Registration) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE deal_registrations
		SET (partner_id, customer_name, domain, country, family_id, seats,
				expected_net_minor, expected_net_currency, expected_close_date, description, state, requested_fields, vendor_note,
				approve_date, expire_date, extended, code_version_id, submission_id, submit_time, revision, create_time)
			= (@partner, @customer, @domain, @country, @family, @seats,
				@net, @currency, @close, @description, @state, @requested, @note,
				@approved, @expire, @extended, @code, @submission, @submitted, @revision, @created)
		WHERE deal_registration_id = @id`,
		registrationArgs(r))
	if err != nil {
		return fmt.Errorf("update deal registration %s: %w", r.ID, err)
	}
	return nil
}

func registrationArgs(r registrations.Registration) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{
		"id": r.ID, "partner": r.PartnerID, "customer": r.CustomerName, "domain": r.Domain, "country": r.Country,
		"family": r.FamilyID, "seats": r.Seats, "net": nil, "currency": zeronull.Text(r.ExpectedNet.Currency),
		"close": r.ExpectedClose, "description": r.Description, "state": r.State,
		"requested": append([]string{}, r.RequestedFields...), "note": r.VendorNote,
		"approved": r.ApproveDate, "expire": r.ExpireDate, "extended": r.Extended, "code": zeronull.Text(r.Code),
		"submission": zeronull.Text(r.SubmissionID), "submitted": instant(&r.SubmitTime),
		"revision": r.Revision, "created": r.CreateTime,
	}
	if r.ExpectedNet.Currency != "" {
		args["net"] = r.ExpectedNet.Minor
	}
	return args
}
