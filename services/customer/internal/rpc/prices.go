package rpc

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *catalogueService) CreatePrice(ctx context.Context, r *customerv1.CreatePriceRequest) (*customerv1.Price, error) {
	price, err := priceFrom(r)
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreatePrice(ctx, price)
	return answer(priceProto, created, within("price", err))
}

func priceFrom(r *customerv1.CreatePriceRequest) (catalogue.Price, error) {
	unit, err := amount("price.unit_price", r.GetPrice().GetUnitPrice())
	if err != nil {
		return catalogue.Price{}, err
	}
	from, err := requiredDate("price.valid_from", r.GetPrice().GetValidFrom())
	return catalogue.Price{
		Product: catalogue.ProductID(r.GetProductId()), MinSeats: r.GetPrice().GetMinSeats(), UnitPrice: unit, UpliftBps: money.Bps(r.GetPrice().GetUpliftBps()), ValidFrom: from,
	}, err
}

func (s *catalogueService) ListPrices(ctx context.Context, r *customerv1.ListPricesRequest) (*customerv1.ListPricesResponse, error) {
	var after app.PriceKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListPrices(ctx, app.PriceQuery{
		Product: catalogue.ProductID(r.GetProductId()), Currency: money.Currency(r.GetCurrencyCode()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(p catalogue.Price) any {
		return app.PriceKey{Currency: p.UnitPrice.Currency, MinSeats: p.MinSeats, ValidFrom: p.ValidFrom}
	})
	return &customerv1.ListPricesResponse{Prices: each(found, priceProto), NextPageToken: next}, nil
}

func (s *catalogueService) FindPrice(ctx context.Context, r *customerv1.FindPriceRequest) (*customerv1.Price, error) {
	need, err := needFrom(r)
	if err != nil {
		return nil, err
	}
	found, err := s.app.FindPrice(ctx, need)
	return answer(priceProto, found, err)
}

func needFrom(r *customerv1.FindPriceRequest) (catalogue.Need, error) {
	currency, err := money.ParseCurrency(r.GetCurrencyCode())
	if err != nil {
		return catalogue.Need{}, fault.At("currency_code", err)
	}
	on, err := requiredDate("on_date", r.GetOnDate())
	return catalogue.Need{Product: catalogue.ProductID(r.GetProductId()), Currency: currency, Seats: r.GetSeats(), On: on}, err
}

func priceProto(p catalogue.Price) *customerv1.Price {
	return &customerv1.Price{
		PriceId: p.ID, ProductId: string(p.Product), MinSeats: p.MinSeats, UnitPrice: amountProto(p.UnitPrice), ValidFrom: p.ValidFrom.String(),
		UpliftBps: int32(p.UpliftBps),
	}
}

func (s *catalogueService) CreateFxSet(ctx context.Context, r *customerv1.CreateFxSetRequest) (*customerv1.FxSet, error) {
	set, err := fxSetFrom(r.GetFxSet())
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateFxSet(ctx, set)
	return answer(fxSetProto, created, within("fx_set", err))
}

func fxSetFrom(r *customerv1.FxSet) (set catalogue.FxSet, err error) {
	if set.ValidFrom, err = requiredDate("fx_set.valid_from", r.GetValidFrom()); err != nil {
		return set, err
	}
	if set.Base, err = money.ParseCurrency(r.GetBaseCurrency()); err != nil {
		return set, fault.At("fx_set.base_currency", err)
	}
	set.Rates = make([]catalogue.FxRate, len(r.GetRates()))
	for i, rate := range r.GetRates() {
		at := fmt.Sprintf("fx_set.rates[%d]", i)
		if set.Rates[i].Currency, err = money.ParseCurrency(rate.GetCurrencyCode()); err != nil {
			return set, fault.At(at+".currency_code", err)
		}
		if set.Rates[i].Rate, err = catalogue.ParseRate(rate.GetRate()); err != nil {
			return set, fault.At(at+".rate", err)
		}
	}
	return set, nil
}

func (s *catalogueService) GetFxSet(ctx context.Context, r *customerv1.GetFxSetRequest) (*customerv1.FxSet, error) {
	found, err := s.app.GetFxSet(ctx, r.GetFxSetId())
	return answer(fxSetProto, found, err)
}

func (s *catalogueService) FindFxSet(ctx context.Context, r *customerv1.FindFxSetRequest) (*customerv1.FxSet, error) {
	on, err := requiredDate("on_date", r.GetOnDate())
	if err != nil {
		return nil, err
	}
	found, err := s.app.FindFxSet(ctx, on)
	return answer(fxSetProto, found, err)
}

func fxSetProto(s catalogue.FxSet) *customerv1.FxSet {
	rates := each(s.Rates, func(r catalogue.FxRate) *customerv1.FxRate {
		return &customerv1.FxRate{CurrencyCode: string(r.Currency), Rate: r.Rate.String()}
	})
	return &customerv1.FxSet{
		FxSetId: s.ID, ValidFrom: s.ValidFrom.String(), BaseCurrency: string(s.Base), Rates: rates, CreateTime: instant(s.CreateTime),
	}
}
