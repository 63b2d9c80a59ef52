package demo

import (
	"math/big"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// FxSet is the set of exchange rates in which the book adds up to dollars.
func FxSet() *customerv1.FxSet {
	set := &customerv1.FxSet{ValidFrom: "2010-01-01", BaseCurrency: "USD"}
	for _, currency := range currencies() {
		if currency != "USD" {
			set.Rates = append(set.Rates, &customerv1.FxRate{CurrencyCode: string(currency), Rate: rates[currency]})
		}
	}
	return set
}

// currencies are those of the book, in alphabetical order.
func currencies() []money.Currency {
	all := []money.Currency{"USD"}
	for currency := range rates {
		all = append(all, currency)
	}
	slices.Sort(all)
	return all
}

// dollars is how many cents one minor unit of a currency is worth.
func dollars(currency money.Currency) *big.Rat {
	rate := big.NewRat(1, 1)
	if currency != "USD" {
		rate.SetString(rates[currency])
	}
	for range 2 - currency.Digits() {
		rate.Mul(rate, big.NewRat(10, 1))
	}
	for range currency.Digits() - 2 {
		rate.Quo(rate, big.NewRat(10, 1))
	}
	return rate
}

// fromDollars converts cents into a currency, rounded to whole minor units.
func fromDollars(cents int64, currency money.Currency) money.Amount {
	return money.Amount{Minor: round(new(big.Rat).Quo(big.NewRat(cents, 1), dollars(currency))), Currency: currency}
}

// toCents converts an amount into cents of a dollar.
func toCents(a money.Amount) int64 {
	return round(new(big.Rat).Mul(big.NewRat(a.Minor, 1), dollars(a.Currency)))
}

func round(r *big.Rat) int64 {
	doubled := new(big.Int).Add(new(big.Int).Mul(r.Num(), big.NewInt(2)), r.Denom())
	return doubled.Div(doubled, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}

func protoMoney(a money.Amount) *typev1.Money {
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}
