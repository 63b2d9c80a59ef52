package commissiontest

import (
	"context"
	"maps"
	"sync"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// accounts are the payout accounts that partner has: one for each partner and
// currency.
type accounts struct {
	partnerv1.UnimplementedPayoutAccountServiceServer
	mu     sync.Mutex
	Known  map[[2]string]*partnerv1.PayoutDestination
	Before func(*partnerv1.FindPayoutDestinationRequest) error
	asked  int
}

func newAccounts() *accounts { return &accounts{Known: map[[2]string]*partnerv1.PayoutDestination{}} }

// Open gives a partner an account, which replaces the one before.
func (a *accounts) Open(partner, currency, id, iban string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Known[[2]string{partner, currency}] = &partnerv1.PayoutDestination{
		PayoutAccount: &partnerv1.PayoutAccount{
			PayoutAccountId: id, PartnerId: partner, CurrencyCode: currency, HolderName: partner + " plc", CountryCode: iban[:2],
			MaskedIban: "****" + iban[len(iban)-4:], UsableFromDate: "2026-03-09",
		},
		Iban: iban,
	}
}

// Close takes a partner's account away.
func (a *accounts) Close(partner, currency string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.Known, [2]string{partner, currency})
}

func (a *accounts) FindPayoutDestination(_ context.Context, r *partnerv1.FindPayoutDestinationRequest) (*partnerv1.PayoutDestination, error) {
	a.mu.Lock()
	a.asked++
	found, before := maps.Clone(a.Known)[[2]string{r.GetPartnerId(), r.GetCurrencyCode()}], a.Before
	a.mu.Unlock()
	if before != nil {
		if err := before(r); err != nil {
			return nil, err
		}
	}
	if found == nil || r.GetOnDate() < found.GetPayoutAccount().GetUsableFromDate() {
		return nil, fault.New("PAYOUT_ACCOUNT_MISSING", "there is no account that the payout can go to")
	}
	return found, nil
}
