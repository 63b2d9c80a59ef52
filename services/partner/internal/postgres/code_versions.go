package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectVersion = `
	SELECT code_version_id, display_name, effective_date, state,
		renewal_open_days, renewal_grace_days, renewal_lapsed_days, cap_bps, cap_months, inactive_days, reward_bps,
		consent_days, transfer_days, consent_mails, consent_mail_days, contest_working_days, appeal_days, order_window_days,
		new_business_months, registration_days, registration_extension_days, merger_revert_days, payout_cooling_days, holidays,
		payout_hold_days, overdue_days, dispute_days, minimum_payouts,
		proposer, approver, revision, create_time, approve_time
	FROM code_versions`

func scanVersion(row pgx.CollectableRow) (v code.Version, err error) {
	p := &v.Policy
	err = row.Scan(&v.ID, &v.DisplayName, &v.Effective, &v.State,
		&p.RenewalOpenDays, &p.RenewalGraceDays, &p.RenewalLapsedDays, &p.CapBps, &p.CapMonths, &p.InactiveDays, &p.RewardBps,
		&p.ConsentDays, &p.TransferDays, &p.ConsentMails, &p.ConsentMailDays, &p.ContestWorkingDays, &p.AppealDays, &p.OrderWindowDays,
		&p.NewBusinessMonths, &p.RegistrationDays, &p.RegistrationExtensionDays, &p.MergerRevertDays, &p.PayoutCoolingDays, &p.Holidays,
		&p.PayoutHoldDays, &p.OverdueDays, &p.DisputeDays, &p.MinimumPayouts,
		&v.Proposer, &v.Approver, &v.Revision, instant(&v.CreateTime), instant(&v.ApproveTime))
	return v, err
}

// CodeVersion returns the version, or code.ErrNotFound.
func (s *Store) CodeVersion(ctx context.Context, id code.ID) (code.Version, error) {
	return one(ctx, s, code.ErrNotFound, scanVersion, selectVersion+`
		WHERE code_version_id = $1`, id)
}

// LockDecisions lets one decision about versions happen at a time, until the
// transaction ends: which version is the first depends on all others.
func (s *Store) LockDecisions(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('code_versions.decisions'))`)
	return err
}

// AnyApproved reports whether a version was ever approved.
func (s *Store) AnyApproved(ctx context.Context) (approved bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM code_versions WHERE state = 'APPROVED')`).Scan(&approved)
	return approved, err
}

// versionInForce finds the approved version that took effect last by a day.
const versionInForce = selectVersion + `
	WHERE state = 'APPROVED'
	AND effective_date <= $1
	ORDER BY effective_date DESC
	LIMIT 1`

// CodeVersionInForce returns the version in force on a day, or
// code.ErrNotFound.
func (s *Store) CodeVersionInForce(ctx context.Context, on calendar.Date) (code.Version, error) {
	return one(ctx, s, code.ErrNotFound, scanVersion, versionInForce, on)
}

// FirstCodeVersion returns the first version that was ever in force, or
// code.ErrNotFound.
func (s *Store) FirstCodeVersion(ctx context.Context) (code.Version, error) {
	return one(ctx, s, code.ErrNotFound, scanVersion, selectVersion+`
		WHERE state = 'APPROVED'
		ORDER BY effective_date
		LIMIT 1`)
}

// CodeVersions lists versions, newest effective date first.
func (s *Store) CodeVersions(ctx context.Context, q code.Query) ([]code.Version, error) {
	return all(ctx, s, scanVersion, selectVersion+`
		WHERE $1::date IS NULL OR (effective_date, code_version_id) < ($1, $2)
		ORDER BY effective_date DESC, code_version_id DESC
		LIMIT $3`, q.Effective, q.ID, q.Limit)
}

// InsertCodeVersion adds v.
func (s *Store) InsertCodeVersion(ctx context.Context, v code.Version) error {
	p := v.Policy
	_, err := s.tx.Exec(ctx, `
		INSERT INTO code_versions (
			code_version_id, display_name, effective_date, state,
			renewal_open_days, renewal_grace_days, renewal_lapsed_days, cap_bps, cap_months, inactive_days, reward_bps,
			consent_days, transfer_days, consent_mails, consent_mail_days, contest_working_days, appeal_days, order_window_days,
			new_business_months, registration_days, registration_extension_days, merger_revert_days, payout_cooling_days, holidays,
			payout_hold_days, overdue_days, dispute_days, minimum_payouts,
			revision, create_time)
		VALUES (
			@id, @display, @effective, @state,
			@open, @grace, @lapsed, @cap_bps, @cap_months, @inactive, @reward_bps,
			@consent_days, @transfer_days, @mails, @mail_days, @contest, @appeal, @window,
			@new_months, @registration, @extension, @revert, @cooling, @holidays,
			@hold, @overdue, @dispute, @minimums,
			@revision, @created)`,
		pgx.StrictNamedArgs{
			"id": v.ID, "display": v.DisplayName, "effective": v.Effective, "state": v.State,
			"open": p.RenewalOpenDays, "grace": p.RenewalGraceDays, "lapsed": p.RenewalLapsedDays,
			"cap_bps": p.CapBps, "cap_months": p.CapMonths, "inactive": p.InactiveDays, "reward_bps": p.RewardBps,
			"consent_days": p.ConsentDays, "transfer_days": p.TransferDays, "mails": p.ConsentMails, "mail_days": p.ConsentMailDays,
			"contest": p.ContestWorkingDays, "appeal": p.AppealDays, "window": p.OrderWindowDays,
			"new_months": p.NewBusinessMonths, "registration": p.RegistrationDays, "extension": p.RegistrationExtensionDays,
			"revert": p.MergerRevertDays, "cooling": p.PayoutCoolingDays, "holidays": append([]calendar.Date{}, p.Holidays...), // never NULL
			"hold": p.PayoutHoldDays, "overdue": p.OverdueDays, "dispute": p.DisputeDays, "minimums": p.MinimumPayouts,
			"revision": v.Revision, "created": v.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert code version: %w", err)
	}
	return nil
}

// DecideCodeVersion writes where v stands, or returns code.ErrDayTaken.
func (s *Store) DecideCodeVersion(ctx context.Context, v code.Version) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE code_versions
		SET state = @state, proposer = @proposer, approver = @approver, approve_time = @approved, revision = @revision
		WHERE code_version_id = @id`,
		pgx.StrictNamedArgs{
			"id": v.ID, "state": v.State, "proposer": v.Proposer, "approver": v.Approver,
			"approved": instant(&v.ApproveTime), "revision": v.Revision,
		})
	switch {
	case err == nil:
		return nil
	case pg.Constraint(err) == "code_versions_one_a_day":
		return code.ErrDayTaken.Because(
			fmt.Sprintf("another approved version takes effect on %s; create a new one for another day", v.Effective),
			"effective_date", v.Effective.String())
	}
	return fmt.Errorf("decide code version %s: %w", v.ID, err)
}
