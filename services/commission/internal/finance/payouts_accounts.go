package finance

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// lookupsParallel is how many accounts are asked for at once: enough to hide the
// calls' latency, few enough to leave partner to others.
const lookupsParallel = 8

// destination asks partner where a payout of a day goes; false if nowhere.
func (a *App) destination(ctx context.Context, partnerID string, c money.Currency, on calendar.Date) (*partnerv1.PayoutDestination, bool, error) {
	found, err := a.accounts.FindPayoutDestination(ctx, &partnerv1.FindPayoutDestinationRequest{
		PartnerId: partnerID, CurrencyCode: string(c), OnDate: on.String(),
	})
	if err == nil {
		return found, true, nil
	}
	err = rpcerr.FromStatus(err)
	if refusal, ok := fault.Of(err); ok && (refusal.Reason == "PAYOUT_ACCOUNT_MISSING" || refusal.Reason == "NOT_FOUND") {
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("payout account of %s: %w", partnerID, err)
}

// accountOf is an account as payouts keep it: without its number.
func accountOf(d *partnerv1.PayoutDestination) payout.Account {
	a := d.GetPayoutAccount()
	return payout.Account{
		ID: a.GetPayoutAccountId(), Masked: cmp.Or(a.GetMaskedIban(), a.GetMaskedAccountNumber()), Holder: a.GetHolderName(),
	}
}

// numbersOf is an account as the bank needs it. It is for files only.
func numbersOf(d *partnerv1.PayoutDestination) bankfile.Account {
	a := d.GetPayoutAccount()
	return bankfile.Account{
		Holder: a.GetHolderName(), IBAN: d.GetIban(), Number: d.GetAccountNumber(), Country: a.GetCountryCode(), BankCode: a.GetBankCode(), BIC: a.GetBic(),
	}
}

// accountsFor returns the accounts of a proposal, by partner.
func (a *App) accountsFor(ctx context.Context, p payout.Proposal, due []payout.Due) (map[string]payout.Account, error) {
	accounts := make(map[string]payout.Account, len(due))
	var one sync.Mutex
	err := inParallel(due, func(d payout.Due) error {
		if d.InBatch != "" || !d.Open {
			return nil // not asked for
		}
		found, known, err := a.destination(ctx, d.PartnerID, p.Currency, p.ExecuteOn)
		if err == nil && known {
			one.Lock()
			defer one.Unlock()
			accounts[d.PartnerID] = accountOf(found)
		}
		return err
	})
	return accounts, err
}

// transfersOf returns payouts as the bank is asked for them, with the numbers of
// their accounts, or payout.ErrAccountChanged.
func (a *App) transfersOf(ctx context.Context, list []payout.Payout) ([]bankfile.Transfer, error) {
	transfers := make([]bankfile.Transfer, len(list))
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	err := inParallel(places, func(i int) error {
		p := list[i]
		found, known, err := a.destination(ctx, p.PartnerID, p.Amount.Currency, p.ExecuteOn)
		if err == nil {
			err = p.CheckAccount(accountOf(found), known)
		}
		if err == nil {
			transfers[i] = p.Transfer(numbersOf(found))
		}
		return err
	})
	return transfers, err
}

// inParallel does something with each of a list, up to lookupsParallel at once,
// and returns the first refusal in the list's order.
func inParallel[T any](list []T, do func(T) error) error {
	errs := make([]error, len(list))
	var work errgroup.Group
	work.SetLimit(lookupsParallel)
	for i, one := range list {
		work.Go(func() error {
			errs[i] = do(one)
			return nil
		})
	}
	_ = work.Wait() // each error stands with its item
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
