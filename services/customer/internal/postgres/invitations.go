package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

const (
	invitationColumns = `
	i.invitation_id, i.event_id, coalesce(i.contact_id, ''), coalesce(i.organisation, ''), i.time_zone, i.state,
	coalesce(i.suppressed_reason, ''), i.policy_version, i.send_after, i.token_hash, i.mint_time, i.sent_time, i.expire_time, i.create_time`
	selectInvitation = "SELECT" + invitationColumns + `
	FROM invitations i`
)

// invitationRow is a row of invitationColumns on its way into an invitation.
type invitationRow struct {
	into                *surveys.Invitation
	hash                []byte
	minted, sent, until *time.Time
}

func newInvitationRow(into *surveys.Invitation) *invitationRow { return &invitationRow{into: into} }

func (r *invitationRow) targets() []any {
	i := r.into
	return []any{
		&i.ID, &i.EventID, &i.ContactID, &i.Organisation, &i.TimeZone, &i.State,
		&i.Suppressed, &i.PolicyVersion, &i.SendAfter, &r.hash, &r.minted, &r.sent, &r.until, &i.CreateTime,
	}
}

func (r *invitationRow) complete() {
	i := r.into
	copy(i.Hash[:], r.hash)
	i.SendAfter, i.CreateTime = i.SendAfter.UTC(), i.CreateTime.UTC()
	i.MintTime, i.SentTime, i.ExpireTime = present(r.minted), present(r.sent), present(r.until)
}

// present is an instant that may be missing.
func present(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// absent leaves out an instant that is missing.
func absent(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Store) invitation(ctx context.Context, sql string, arg any) (i surveys.Invitation, err error) {
	scanned := newInvitationRow(&i)
	err = s.tx.QueryRow(ctx, sql, arg).Scan(scanned.targets()...)
	scanned.complete()
	return i, missing(err, surveys.ErrTokenUnknown, "read invitation")
}

// InvitationOf returns the invitation of an event.
func (s *Store) InvitationOf(ctx context.Context, id surveys.EventID) (surveys.Invitation, error) {
	return s.invitation(ctx, selectInvitation+" WHERE i.event_id = $1", id)
}

// InvitationForUpdate returns an invitation, and keeps others from changing it
// until the transaction ends.
func (s *Store) InvitationForUpdate(ctx context.Context, id surveys.InvitationID) (surveys.Invitation, error) {
	return s.invitation(ctx, selectInvitation+" WHERE i.invitation_id = $1 FOR UPDATE", id)
}

// InvitationByToken returns the invitation that a token is of, or
// surveys.ErrTokenUnknown.
func (s *Store) InvitationByToken(ctx context.Context, hash onetime.Hash) (surveys.Invitation, error) {
	return s.invitation(ctx, selectInvitation+" WHERE i.token_hash = $1", hash[:])
}

// InvitationByTokenForUpdate is InvitationByToken, and keeps others from
// changing it until the transaction ends.
func (s *Store) InvitationByTokenForUpdate(ctx context.Context, hash onetime.Hash) (surveys.Invitation, error) {
	return s.invitation(ctx, selectInvitation+" WHERE i.token_hash = $1 FOR UPDATE", hash[:])
}

// InsertInvitation stores an invitation.
func (s *Store) InsertInvitation(ctx context.Context, i surveys.Invitation) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO invitations (invitation_id, event_id, contact_id, organisation, time_zone, state, suppressed_reason,
		                         policy_version, send_after, create_time)
		VALUES (@id, @event, nullif(@contact, ''), nullif(@organisation, ''), @zone, @state, nullif(@suppressed, ''),
		        @policy, @send_after, @create_time)`, pgx.StrictNamedArgs{
		"id": i.ID, "event": i.EventID, "contact": i.ContactID, "organisation": i.Organisation, "zone": i.TimeZone, "state": i.State,
		"suppressed": i.Suppressed, "policy": i.PolicyVersion, "send_after": i.SendAfter, "create_time": i.CreateTime,
	})
	return explain(err, "insert invitation")
}

// UpdateInvitation stores what was decided about an invitation.
func (s *Store) UpdateInvitation(ctx context.Context, i surveys.Invitation) error {
	var hash []byte
	if i.Minted() {
		hash = i.Hash[:]
	}
	_, err := s.tx.Exec(ctx, `
		UPDATE invitations
		SET state = @state, suppressed_reason = nullif(@suppressed, ''), policy_version = @policy, send_after = @send_after,
		    token_hash = @hash, mint_time = @minted, sent_time = @sent, expire_time = @expires
		WHERE invitation_id = @id`, pgx.StrictNamedArgs{
		"id": i.ID, "state": i.State, "suppressed": i.Suppressed, "policy": i.PolicyVersion, "send_after": i.SendAfter,
		"hash": hash, "minted": absent(i.MintTime), "sent": absent(i.SentTime), "expires": absent(i.ExpireTime),
	})
	return explain(err, "update invitation")
}

// LockAsking lets one invitation at a time be counted for the people of an
// organisation, or for one person without one, until the transaction ends.
func (s *Store) LockAsking(ctx context.Context, i surveys.Invitation) error {
	if i.Organisation != "" {
		return s.lock(ctx, "surveys of "+i.Organisation)
	}
	return s.lock(ctx, "surveys of person "+i.ContactID)
}

// CountAsked counts the other invitations that i's person, and the people of its
// organisation, have got since two instants.
func (s *Store) CountAsked(ctx context.Context, i surveys.Invitation, contactSince, organisationSince time.Time) (contact, organisation int, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT
			(SELECT count(*) FROM invitations WHERE contact_id = nullif(@contact, '') AND mint_time > @contact_since AND invitation_id <> @id),
			(SELECT count(*) FROM invitations WHERE organisation = nullif(@organisation, '') AND mint_time > @organisation_since AND invitation_id <> @id)`,
		pgx.StrictNamedArgs{
			"id": i.ID, "contact": i.ContactID, "contact_since": contactSince, "organisation": i.Organisation, "organisation_since": organisationSince,
		}).Scan(&contact, &organisation)
	return contact, organisation, explain(err, "count invitations")
}

// StrandedInvitations returns invitations whose hour has come and that have no
// job of a kind, oldest first. It needs the system scope.
func (s *Store) StrandedInvitations(ctx context.Context, now time.Time, jobKind string, limit int) ([]surveys.InvitationID, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT i.invitation_id
		FROM invitations i
		WHERE i.state = 'WAITING'
		AND i.send_after <= $1
		AND NOT EXISTS (
			SELECT
			FROM river_job j
			WHERE j.kind = $2
			AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
			AND j.args ->> 'invitation_id' = i.invitation_id)
		ORDER BY i.send_after
		LIMIT $3`, now, jobKind, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[surveys.InvitationID])
	return list, explain(err, "find stranded invitations")
}
