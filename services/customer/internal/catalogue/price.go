package catalogue

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals about prices.
var (
	ErrPriceNotFound     = fault.New("PRICE_NOT_FOUND", "no price is in force")
	ErrPriceOverlaps     = fault.New("PRICE_OVERLAPS", "there is a price for this product, currency, band and date")
	ErrUpliftOutOfRange  = fault.New("UPLIFT_BPS_OUT_OF_RANGE", "the uplift is outside 0 to 10000 basis points")
	ErrSeatsNotPositive  = fault.New("SEATS_NOT_POSITIVE", "the number of seats is not positive")
	errPriceWithoutStart = calendar.ErrDateInvalid.Because("a price needs its first day, such as 2026-04-01").On("valid_from")
)

// Price is an entry of the price list: the price per seat and year of a
// product from a number of seats and a day on.
type Price struct {
	ID        string        `json:"id"`
	Product   ProductID     `json:"product"`
	MinSeats  int64         `json:"min_seats"`
	UnitPrice money.Amount  `json:"unit_price"`
	UpliftBps money.Bps     `json:"uplift_bps,omitempty"` // once a year, of contracts sold at this price
	ValidFrom calendar.Date `json:"valid_from"`
}

// Check refuses a price with money.ErrNegative, ErrSeatsNotPositive,
// ErrUpliftOutOfRange or calendar.ErrDateInvalid.
func (p Price) Check() error {
	switch {
	case p.UnitPrice.Sign() < 0:
		return money.ErrNegative.Because("a price can't be negative").On("unit_price")
	case p.MinSeats <= 0:
		return ErrSeatsNotPositive.Because("a band begins at 1 seat or more").On("min_seats")
	case money.CheckBps(p.UpliftBps) != nil:
		return ErrUpliftOutOfRange.Because(fmt.Sprintf("an uplift of %d basis points is outside 0 to 10000", p.UpliftBps)).On("uplift_bps")
	case p.ValidFrom.IsZero():
		return errPriceWithoutStart
	}
	return nil
}

// Need is what somebody wants a price for.
type Need struct {
	Product  ProductID
	Currency money.Currency
	Seats    int64
	On       calendar.Date
}

// Find returns the price in force among the prices of one product and
// currency, or ErrPriceNotFound.
func Find(prices []Price, n Need) (Price, error) {
	var best Price
	for _, p := range prices {
		if p.MinSeats > n.Seats || p.ValidFrom.After(n.On) {
			continue
		}
		if p.MinSeats > best.MinSeats || p.MinSeats == best.MinSeats && p.ValidFrom.After(best.ValidFrom) {
			best = p
		}
	}
	if best.MinSeats == 0 {
		return Price{}, ErrPriceNotFound.Because(
			fmt.Sprintf("%s has no price in %s for %d seats on %s", n.Product, n.Currency, n.Seats, n.On),
			"product_id", string(n.Product), "currency_code", string(n.Currency), "on_date", n.On.String())
	}
	return best, nil
}
