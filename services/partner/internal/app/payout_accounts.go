package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ProposePayoutAccount takes the first of the two decisions about a partner's
// account. What it returns, and keeps of the call, has no number.
func (a *App) ProposePayoutAccount(ctx context.Context, partner partners.ID, p payouts.Proposal) (payouts.Account, error) {
	var proposed payouts.Account
	err := once(ctx, a, &proposed, func(tx *postgres.Store) error {
		owner, err := tx.Partner(ctx, partner)
		if err != nil {
			return fault.At("partner_id", err)
		}
		p.By, p.At = actor(ctx), a.instant()
		account, err := payouts.Propose(owner, p)
		if err != nil {
			return err
		}
		account.ID = payouts.ID(ident.New("pac_"))
		if err := tx.InsertPayoutAccount(ctx, account); err != nil {
			return err
		}
		proposed = account.Account
		return a.recordPayoutAccount(ctx, tx, "payout_account.proposed", proposed)
	})
	return proposed, err
}

// ApprovePayoutAccount takes the second decision, after which the account cools
// off.
func (a *App) ApprovePayoutAccount(ctx context.Context, t Target[payouts.ID]) (payouts.Account, error) {
	return a.decidePayoutAccount(ctx, t, "payout_account.approved", func(tx *postgres.Store, current payouts.Account) (payouts.Account, error) {
		policy, err := policyOn(ctx, tx, a.today())
		if err != nil {
			return current, err
		}
		return current.Approve(payouts.Approval{
			By: actor(ctx), At: a.instant(), Today: a.today(), Code: policy.Version, CoolingDays: policy.PayoutCoolingDays,
		})
	})
}

// RejectPayoutAccount ends a proposed account.
func (a *App) RejectPayoutAccount(ctx context.Context, t Target[payouts.ID], note string) (payouts.Account, error) {
	return a.decidePayoutAccount(ctx, t, "payout_account.rejected", func(_ *postgres.Store, current payouts.Account) (payouts.Account, error) {
		return current.Reject(note, a.instant())
	})
}

// ClosePayoutAccount ends an approved account.
func (a *App) ClosePayoutAccount(ctx context.Context, t Target[payouts.ID], note string) (payouts.Account, error) {
	return a.decidePayoutAccount(ctx, t, "payout_account.closed", func(_ *postgres.Store, current payouts.Account) (payouts.Account, error) {
		return current.Close(note, a.instant())
	})
}

func (a *App) decidePayoutAccount(ctx context.Context, t Target[payouts.ID], kind string,
	decide func(*postgres.Store, payouts.Account) (payouts.Account, error),
) (payouts.Account, error) {
	var decided payouts.Account
	err := once(ctx, a, &decided, func(tx *postgres.Store) error {
		current, err := tx.PayoutAccountForUpdate(ctx, t.ID)
		if err != nil {
			return err
		}
		if err := current.Revision.Check(t.Etag); err != nil {
			return err
		}
		if decided, err = decide(tx, current); err != nil {
			return err
		}
		if err := tx.DecidePayoutAccount(ctx, decided); err != nil {
			return err
		}
		return a.recordPayoutAccount(ctx, tx, kind, decided)
	})
	return decided, err
}

// GetPayoutAccount returns the account, or payouts.ErrNotFound.
func (a *App) GetPayoutAccount(ctx context.Context, id payouts.ID) (found payouts.Account, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.PayoutAccount(ctx, id)
		return err
	})
	return found, err
}

// ListPayoutAccounts lists accounts, newest first.
func (a *App) ListPayoutAccounts(ctx context.Context, q payouts.Query) (found []payouts.Account, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.PayoutAccounts(ctx, q)
		return err
	})
	return found, err
}

// FindPayoutDestination returns where a payout to a partner goes, with the
// number, or partners.ErrNotFound or payouts.ErrMissing.
func (a *App) FindPayoutDestination(ctx context.Context, partner partners.ID, currency string, on calendar.Date) (found payouts.Destination, err error) {
	payout := payouts.Payout{PartnerID: partner, On: on, Zone: a.zone}
	if payout.Currency, err = money.ParseCurrency(currency); err != nil {
		return found, fault.At("currency_code", err)
	}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		if _, err := tx.Partner(ctx, partner); err != nil {
			return fault.At("partner_id", err)
		}
		accounts, err := tx.Destinations(ctx, partner, payout.Currency)
		if err != nil {
			return err
		}
		found, err = payout.Find(accounts)
		return err
	})
	return found, err
}

func (a *App) recordPayoutAccount(ctx context.Context, tx *postgres.Store, kind string, one payouts.Account) error {
	return a.record(ctx, tx, change{
		kind: kind, id: string(one.ID), partner: string(one.PartnerID), revision: one.Revision, snapshot: one,
	})
}
