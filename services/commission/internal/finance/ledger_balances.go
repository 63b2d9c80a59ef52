package finance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/balance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const (
	// snapshotPostings is how many new postings are worth a snapshot: adding up
	// fewer costs next to nothing, and a snapshot is about as large.
	snapshotPostings = 1000
	// snapshotWindow is how far back the job looks for partners with news.
	snapshotWindow = 26 * time.Hour
)

// BalanceQuery asks for a partner's balances. A day or time that is not given is
// today or now.
type BalanceQuery struct {
	PartnerID string
	Currency  money.Currency
	Effective calendar.Date
	Known     time.Time
}

// Balance is what the accounts of a partner come to, in minor units.
type Balance struct {
	BalanceQuery
	Accounts map[ledger.Account]int64
}

// GetBalance adds up a partner's accounts in one currency. It returns
// selling.ErrNoPartner for a partner that does not exist, or is not the caller.
func (a *App) GetBalance(ctx context.Context, q BalanceQuery) (Balance, error) {
	var err error
	if q.PartnerID, err = caller.Seller(ctx, q.PartnerID); err != nil {
		return Balance{}, err
	}
	if q.Effective.IsZero() {
		q.Effective = a.moneyDay()
	}
	if q.Known.IsZero() {
		q.Known = a.now()
	}
	found := Balance{BalanceQuery: q}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found.Accounts, err = tx.Balances(ctx, postgres.BalanceQuery{
			Owner: postgres.Owner{PartnerID: q.PartnerID, Currency: string(q.Currency)}, Effective: q.Effective, Known: q.Known,
		})
		return err
	})
	if err != nil {
		return found, err
	}
	if caller, _ := auth.From(ctx); caller.Partner() == "" && found.empty() {
		return found, a.checkPartner(ctx, q.PartnerID) // nothing, or a name that was mistyped
	}
	return found, nil
}

// empty reports whether no account has a balance.
func (b Balance) empty() bool {
	for _, minor := range b.Accounts {
		if minor != 0 {
			return false
		}
	}
	return true
}

// SnapshotBalances keeps the balances of every partner that has had enough
// postings sealed since its last snapshot, and returns of how many.
func (a *App) SnapshotBalances(ctx context.Context) (int, error) {
	return a.snapshotBalances(ctx, snapshotPostings)
}

func (a *App) snapshotBalances(ctx context.Context, least int) (taken int, err error) {
	ctx = caller.AsItself(ctx)
	var owners []postgres.Owner
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		owners, err = tx.SealedSince(ctx, a.now().Add(-snapshotWindow))
		return err
	})
	var problems []error
	for _, owner := range owners {
		took := false
		problem := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
			took, err = snapshotOf(ctx, tx, owner, least)
			return err
		})
		if problem != nil {
			problems = append(problems, fmt.Errorf("balances of %s: %w", owner.PartnerID, problem))
		}
		if took {
			taken++
		}
	}
	return taken, errors.Join(append(problems, err)...)
}

// snapshotOf keeps an owner's balances as sealed, if at least so many postings are
// new.
func snapshotOf(ctx context.Context, tx *postgres.Store, owner postgres.Owner, least int) (bool, error) {
	last, err := tx.LastSnapshot(ctx, owner)
	if err != nil {
		return false, err
	}
	sealed, err := tx.LastSeal(ctx)
	if err != nil {
		return false, err
	}
	news, err := tx.SealedAfter(ctx, last, sealed.Last)
	if err != nil || news.Postings < least {
		return false, err
	}
	months, err := tx.SnapshotMonths(ctx, last)
	if err != nil {
		return false, err
	}
	sheet := balance.Open(months)
	sheet.Add(news.Changes...)
	next := postgres.Snapshot{Owner: owner, Position: sealed.Last, KnownFrom: sealed.At.Add(-seal.Patience), KnownThrough: last.KnownThrough}
	if news.Latest.After(next.KnownThrough) {
		next.KnownThrough = news.Latest
	}
	return true, tx.AddSnapshot(ctx, next, sheet.Months())
}
