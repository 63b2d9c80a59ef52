package commissiontest

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// rates is a catalogue with one set of exchange rates, of today unless it is of
// every day, and one product, which has a price in pounds and in these currencies.
type rates struct {
	customerv1.UnimplementedCatalogueServiceServer
	EveryDay bool
	Prices   map[string]string // by currency
}

func (c *rates) FindFxSet(_ context.Context, r *customerv1.FindFxSetRequest) (*customerv1.FxSet, error) {
	if r.GetOnDate() != Today && !c.EveryDay {
		return nil, fault.New("FX_RATE_MISSING", "there is no set for this day")
	}
	set := &customerv1.FxSet{FxSetId: "fxs_1", BaseCurrency: "USD", Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "1.27"}}}
	for currency := range c.Prices {
		set.Rates = append(set.Rates, &customerv1.FxRate{CurrencyCode: currency, Rate: "1"})
	}
	return set, nil
}

func (*rates) ListProductFamilies(context.Context, *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	return &customerv1.ListProductFamiliesResponse{ProductFamilies: []*customerv1.ProductFamily{{FamilyId: "email-security"}}}, nil
}

func (*rates) GetProduct(_ context.Context, r *customerv1.GetProductRequest) (*customerv1.Product, error) {
	if r.GetProductId() != "email-security-plus" {
		return nil, fault.New("NOT_FOUND", "there is no such product")
	}
	return &customerv1.Product{ProductId: r.GetProductId(), FamilyId: "email-security"}, nil
}

func (c *rates) FindPrice(_ context.Context, r *customerv1.FindPriceRequest) (*customerv1.Price, error) {
	price := GBP("120.00")
	if amount := c.Prices[r.GetCurrencyCode()]; amount != "" {
		price = &typev1.Money{CurrencyCode: r.GetCurrencyCode(), Amount: amount}
	} else if r.GetCurrencyCode() != "GBP" {
		return nil, fault.New("PRICE_NOT_FOUND", "there is no price in this currency").On("currency_code")
	}
	return &customerv1.Price{PriceId: "pri_1", ProductId: r.GetProductId(), UnitPrice: price, UpliftBps: 500}, nil
}
