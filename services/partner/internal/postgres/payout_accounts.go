package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// payoutColumns are all but the number, which partners' callers may not select.
const payoutColumns = `
	payout_account_id, partner_id, currency, holder_name, country, scheme, hint, bank_code, bic,
	state, proposer, approver, approve_date, usable_from_date, code_version_id, note, revision, create_time, approve_time, end_time`

const selectPayoutAccount = `
	SELECT` + payoutColumns + `
	FROM payout_accounts`

func payoutFields(a *payouts.Account) []any {
	return []any{
		&a.ID, &a.PartnerID, &a.Currency, &a.Holder, &a.Country, &a.Scheme, &a.Hint, &a.BankCode, &a.BIC,
		&a.State, &a.Proposer, &a.Approver, &a.ApproveDate, &a.UsableFrom, (*zeronull.Text)(&a.Code), &a.Note, &a.Revision,
		instant(&a.CreateTime), instant(&a.ApproveTime), instant(&a.EndTime),
	}
}

func scanPayoutAccount(row pgx.CollectableRow) (a payouts.Account, err error) {
	err = row.Scan(payoutFields(&a)...)
	return a, err
}

func scanDestination(row pgx.CollectableRow) (d payouts.Destination, err error) {
	err = row.Scan(append(payoutFields(&d.Account), &d.Number)...)
	return d, err
}

// PayoutAccount returns the account, or payouts.ErrNotFound.
func (s *Store) PayoutAccount(ctx context.Context, id payouts.ID) (payouts.Account, error) {
	return one(ctx, s, payouts.ErrNotFound, scanPayoutAccount, selectPayoutAccount+`
		WHERE payout_account_id = $1`, id)
}

// PayoutAccountForUpdate is PayoutAccount, and keeps others from changing it
// meanwhile.
func (s *Store) PayoutAccountForUpdate(ctx context.Context, id payouts.ID) (payouts.Account, error) {
	return one(ctx, s, payouts.ErrNotFound, scanPayoutAccount, selectPayoutAccount+`
		WHERE payout_account_id = $1
		FOR UPDATE`, id)
}

// PayoutAccounts lists accounts, newest first.
func (s *Store) PayoutAccounts(ctx context.Context, q payouts.Query) ([]payouts.Account, error) {
	return all(ctx, s, scanPayoutAccount, selectPayoutAccount+`
		WHERE (@before = '' OR payout_account_id < @before)
		AND (@partner = '' OR partner_id = @partner)
		AND (@currency = '' OR currency = @currency)
		AND (@state = '' OR state = @state)
		ORDER BY payout_account_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{"before": q.Before, "partner": q.Partner, "currency": q.Currency, "state": q.State, "limit": q.Limit})
}

// Destinations returns a partner's accounts in a currency with their numbers,
// which is for the vendor's callers only.
func (s *Store) Destinations(ctx context.Context, partner partners.ID, currency money.Currency) ([]payouts.Destination, error) {
	return all(ctx, s, scanDestination, `
		SELECT`+payoutColumns+`, number
		FROM payout_accounts
		WHERE partner_id = $1
		AND currency = $2
		ORDER BY payout_account_id`, partner, currency)
}

// InsertPayoutAccount adds a proposed account.
func (s *Store) InsertPayoutAccount(ctx context.Context, d payouts.Destination) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO payout_accounts (
			payout_account_id, partner_id, currency, holder_name, country, scheme, number, hint, bank_code, bic,
			state, proposer, revision, create_time)
		VALUES (
			@id, @partner, @currency, @holder, @country, @scheme, @number, @hint, @bank, @bic,
			@state, @proposer, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": d.ID, "partner": d.PartnerID, "currency": d.Currency, "holder": d.Holder, "country": d.Country,
			"scheme": d.Scheme, "number": string(d.Number), "hint": d.Hint, "bank": d.BankCode, "bic": d.BIC,
			"state": d.State, "proposer": d.Proposer, "revision": d.Revision, "created": d.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert payout account %s: %w", d.ID, err)
	}
	return nil
}

// DecidePayoutAccount writes where a stands.
func (s *Store) DecidePayoutAccount(ctx context.Context, a payouts.Account) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE payout_accounts
		SET state = @state, approver = @approver, approve_date = @approve_date, usable_from_date = @usable, code_version_id = @code,
			note = @note, revision = @revision, approve_time = @approved, end_time = @ended
		WHERE payout_account_id = @id`,
		pgx.StrictNamedArgs{
			"id": a.ID, "state": a.State, "approver": a.Approver, "approve_date": a.ApproveDate, "usable": a.UsableFrom,
			"code": zeronull.Text(a.Code), "note": a.Note, "revision": a.Revision,
			"approved": instant(&a.ApproveTime), "ended": instant(&a.EndTime),
		})
	if err != nil {
		return fmt.Errorf("decide payout account %s: %w", a.ID, err)
	}
	return nil
}
