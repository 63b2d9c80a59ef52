package finance

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// fxRates is a set of exchange rates, as far as the ledger asks.
type fxRates struct {
	setID string
	codes map[string]bool
	err   error
}

// check returns FX_RATE_MISSING unless the set has a rate for the currency.
func (r fxRates) check(day calendar.Date, currency string) error {
	switch {
	case r.err != nil:
		return r.err
	case !r.codes[currency]:
		return errFxMissing.Because(fmt.Sprintf("the exchange rates of %s have none for %s; add one to the catalogue", day, currency),
			"fx_set_id", r.setID, "currency", currency)
	}
	return nil
}

var errFxMissing = fault.New("FX_RATE_MISSING", "there is no exchange rate for the currency on this day")

// ratesFor returns the exchange rates of the days on which invoices were issued.
// That a day has none is found with the invoice.
func (a *App) ratesFor(ctx context.Context, facts []Fact) (map[calendar.Date]fxRates, error) {
	rates := map[calendar.Date]fxRates{}
	for _, f := range facts {
		if f.Invoice == nil {
			continue
		}
		day := f.Invoice.Issued
		if _, known := rates[day]; known {
			continue
		}
		found, err := a.fxSets.Get(ctx, day)
		if refusal, refused := rpcerr.Standing(err); refused {
			found.err = errFxMissing.Because(refusal.Message).On("invoice.issue_date")
		} else if err != nil {
			return nil, err
		}
		rates[day] = found
	}
	return rates, nil
}

// loadFxSet asks the catalogue for the exchange rates of a day.
func (a *App) loadFxSet(ctx context.Context, day calendar.Date) (fxRates, error) {
	set, err := a.catalogue.FindFxSet(ctx, &customerv1.FindFxSetRequest{OnDate: day.String()})
	if err != nil {
		return fxRates{}, fmt.Errorf("exchange rates of %s: %w", day, rpcerr.FromStatus(err))
	}
	found := fxRates{setID: set.GetFxSetId(), codes: map[string]bool{set.GetBaseCurrency(): true}}
	for _, rate := range set.GetRates() {
		found.codes[rate.GetCurrencyCode()] = true
	}
	return found, nil
}
