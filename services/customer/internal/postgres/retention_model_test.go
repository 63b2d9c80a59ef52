package postgres_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// contract is a subscription with the days on which seats were added to it.
type contract struct {
	subscriptions.Subscription
	added []subscriptions.Addition
}

// yen, dinars and pounds are worth so many dollars.
var rates = catalogue.FxSet{ID: "fxs_1", ValidFrom: calendar.On(2010, 1, 1), Base: "USD", CreateTime: at, Rates: []catalogue.FxRate{
	{Currency: "GBP", Rate: 1_2731_0000}, {Currency: "JPY", Rate: 67_1234}, {Currency: "KWD", Rate: 3_2587_4321},
}}

var (
	bookPartners = []subscriptions.PartnerID{"softcat", "northwind", "third"}
	bookFamilies = []catalogue.FamilyID{"archiving", "continuity", "email-security"}
)

// randomContract is a subscription to which arbitrary things have happened.
func randomContract(t *testing.T, rnd *rand.Rand, id string, c customers.Customer) contract {
	t.Helper()
	start := calendar.On(2020, time.January, 1).AddDays(rnd.IntN(900))
	family := bookFamilies[rnd.IntN(len(bookFamilies))]
	currency := []money.Currency{"GBP", "JPY", "KWD", "USD"}[rnd.IntN(4)]
	order := subscriptions.Takeover{
		Order: subscriptions.Order{
			ID: subscriptions.ID(id), TermID: "trm_" + id, Customer: c, Product: catalogue.Product{ID: catalogue.ProductID(family), Family: family},
			Partner: bookPartners[rnd.IntN(3)], Seats: 1 + rnd.Int64N(300), UnitPrice: money.Amount{Minor: rnd.Int64N(20_000), Currency: currency},
			UpliftBps: money.Bps(rnd.IntN(1500)), Months: []int{1, 12, 24, 36}[rnd.IntN(4)],
			Billing: []subscriptions.Billing{subscriptions.Prepaid, subscriptions.Annual, subscriptions.Monthly}[rnd.IntN(3)], Start: start, At: at,
		},
		FirstStart: start, PartnerFrom: start.AddDays(rnd.IntN(2) * rnd.IntN(25)),
	}
	s, err := order.Subscription()
	if err != nil {
		t.Fatal(err)
	}
	made := contract{Subscription: s}
	for i := range rnd.IntN(14) {
		made.happen(rnd, fmt.Sprintf("trm_%s_%d", id, i))
	}
	return made
}

// happen does something arbitrary to the contract, or nothing if it is refused.
func (c *contract) happen(rnd *rand.Rand, termID string) {
	s := c.Subscription
	on := s.FirstStart.AddDays(rnd.IntN(1600))
	after, err := s, error(nil)
	switch rnd.IntN(8) {
	case 0, 1, 2, 3:
		after, err = s.Renew(subscriptions.Renewal{
			TermID: termID, Expected: s.PartnerOn(s.Current.End), Start: s.Current.End, Months: []int{1, 12, 24}[rnd.IntN(3)],
			Seats: max(1, s.Seats+rnd.Int64N(41)-20), UnitPrice: s.UnitPrice, At: at,
		})
	case 4, 5:
		on = s.Current.Start.AddDays(rnd.IntN(s.Current.Days()))
		after, err = s.ChangeSeats(subscriptions.SeatChange{Expected: s.PartnerOn(on), From: on, Seats: s.Seats + rnd.Int64N(50), At: on.Time()})
		if err == nil {
			if added, ok := after.Added(s, on); ok {
				c.added = append(c.added, added)
			}
		}
	case 6:
		after, err = s.Reassign(subscriptions.Reassignment{Expected: s.PartnerOn(on), Partner: bookPartners[rnd.IntN(3)], From: on, At: on.Time()})
	case 7:
		if rnd.IntN(3) == 0 {
			after, err = s.Cancel(subscriptions.Cancellation{From: on, Cause: subscriptions.CauseCustomer, At: at})
		}
	}
	if err == nil {
		c.Subscription = after
	}
}

// valueOn is what the contract is worth a year on a day, in cents of a dollar;
// not ok if it does not run.
func (c *contract) valueOn(t *testing.T, day calendar.Date) (int64, bool) {
	t.Helper()
	if c.State == subscriptions.Cancelled && !day.Before(c.CancelDate) {
		return 0, false
	}
	i := slices.IndexFunc(c.Terms, func(term subscriptions.Term) bool { return !term.Cancelled && term.Span.Contains(day) })
	if i < 0 {
		return 0, false
	}
	term, unit := c.Terms[i], c.Terms[i].UnitPrice
	for year := term.Span.Start.AddMonths(12); !day.Before(year) && term.Billing != subscriptions.Prepaid; year = year.AddMonths(12) {
		var err error
		if unit, err = unit.Uplifted(c.UpliftBps); err != nil {
			t.Fatal(err)
		}
		if year == year.AddMonths(12) {
			break
		}
	}
	seats := term.Seats
	for _, a := range c.added {
		if a.TermID == term.ID && !day.Before(a.From) {
			seats += a.Seats
		}
	}
	return cents(unit, seats), true
}

// cents converts a year's price into cents of a dollar, half away from zero.
func cents(unit money.Amount, seats int64) int64 {
	rate := big.NewRat(1, 1)
	for _, r := range rates.Rates {
		if r.Currency == unit.Currency {
			rate = big.NewRat(int64(r.Rate), 100_000_000)
		}
	}
	for range unit.Currency.Digits() {
		rate.Quo(rate, big.NewRat(10, 1))
	}
	exact := rate.Mul(rate, new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(unit.Minor*100), big.NewInt(seats)), big.NewInt(1)))
	doubled := new(big.Int).Add(new(big.Int).Mul(exact.Num(), big.NewInt(2)), exact.Denom())
	return doubled.Div(doubled, new(big.Int).Mul(exact.Denom(), big.NewInt(2))).Int64()
}

// change is a customer of the cohort, or its part in a value of a dimension.
type change struct {
	slice string
	retention.Change
}

// changes says what became of the customers of a book, subscription by
// subscription: what the statement must say.
func changes(t *testing.T, book []contract, q postgres.RetentionQuery, by retention.Dimension) []change {
	t.Helper()
	type key struct {
		slice    string
		customer customers.ID
	}
	cohort, opened := map[key]*change{}, map[key]bool{}
	for _, c := range book {
		share, ok := shareOf(t, c, q, by != retention.ByPartner && len(q.Partners) == 0)
		if !ok || q.Segment != "" && c.Customer.Segment != q.Segment || len(q.Countries) > 0 && !slices.Contains(q.Countries, c.Customer.Country) ||
			q.Family != "" && c.Family != q.Family {
			continue
		}
		at := key{customer: c.Customer.ID}
		switch by {
		case retention.ByPartner:
			at.slice = string(share.partner)
		case retention.BySegment:
			at.slice = string(c.Customer.Segment)
		case retention.ByCountry:
			at.slice = string(c.Customer.Country)
		case retention.ByFamily:
			at.slice = string(c.Family)
		}
		if cohort[at] == nil {
			usd := money.Amount{Currency: "USD"}
			cohort[at] = &change{at.slice, retention.Change{Customer: at.customer, Name: c.Customer.Name, Segment: c.Customer.Segment, Country: c.Customer.Country, Start: usd, End: usd}}
		}
		all := cohort[at]
		all.Start.Minor += share.start
		all.End.Minor += share.end
		all.Active = all.Active || share.kept
		all.Moved = all.Moved || share.moved
		opened[at] = opened[at] || share.opened
	}
	var list []change
	for at, c := range cohort {
		if opened[at] {
			list = append(list, *c)
		}
	}
	slices.SortFunc(list, func(x, y change) int {
		if x.Value() != y.Value() {
			return int(min(max(x.Value()-y.Value(), -1), 1))
		}
		return strings.Compare(string(x.Customer), string(y.Customer))
	})
	return list
}

// share is a subscription's part in a figure.
type share struct {
	partner             subscriptions.PartnerID
	start, end          int64
	opened, kept, moved bool
}

func shareOf(t *testing.T, c contract, q postgres.RetentionQuery, vendor bool) (share, bool) {
	t.Helper()
	start, opened := c.valueOn(t, q.Period.From)
	end, closed := c.valueOn(t, q.Period.Until)
	s := share{start: start, end: end, opened: opened, kept: closed}
	if vendor {
		return s, true
	}
	one := func(p subscriptions.PartnerID) subscriptions.PartnerID {
		if slices.Contains(q.Partners, p) {
			return q.Partners[0]
		}
		return p
	}
	s.partner = one(c.PartnerOn(q.Period.From))
	if !opened {
		s.partner = one(c.PartnerToday(q.Period.From)) // or the first one to come
	}
	last := one(c.PartnerOn(q.Period.Until))
	if s.kept = closed && last == s.partner; !s.kept {
		s.end = 0
	}
	s.moved = opened && last != "" && last != s.partner
	return s, s.partner != "" && (len(q.Partners) == 0 || s.partner == q.Partners[0])
}
