package forecast

import (
	"math/big"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Cause is why an expectation has become another.
type Cause string

// The causes. A difference of several is taken apart in the order of a sentence:
// the renewal has become as likely as it is now, has as many seats, at that price
// and that rate; what is left lies in other months.
const (
	NewBusiness    Cause = "NEW_BUSINESS"    // the subscription was not there
	Renewed        Cause = "RENEWED"         // a renewal that was expected is booked
	Lost           Cause = "LOST"            // cancelled, declined or expired
	SeatsChanged   Cause = "SEATS"           // other seats, or some added within a term
	PriceChanged   Cause = "PRICE"           // another unit price
	RateChanged    Cause = "RATE"            // a cap, a raise, a lock, a withholding
	PartnerChanged Cause = "PARTNER_CHANGED" // another partner has the term, or a part of it
	StateChanged   Cause = "STATE"           // as likely or unlikely as it is now
	Timing         Cause = "TIMING"          // other months: another length, another billing
)

// causes are all of them, in the order in which they are told.
var causes = [...]Cause{NewBusiness, Renewed, Lost, SeatsChanged, PriceChanged, RateChanged, PartnerChanged, StateChanged, Timing}

// Comparison takes the differences between two forecasts of the months from First
// until before Until apart. What was late before, and is booked by now for months
// before First, counts in First.
type Comparison struct {
	First, Until  Month
	Before, After Probabilities
	PartnerID     string // only this one's; empty for all
	Currency      money.Currency
	Mode          margin.Mode
	Largest       int // how many subscriptions to name in each row

	odds *odds
	rows map[driftKey]*drifting
}

type driftKey struct {
	currency money.Currency
	mode     margin.Mode
}

// drifting is what has become of a currency and mode: exact differences by month
// and cause, and the subscriptions that differ most.
type drifting struct {
	months  map[Month]*[len(causes)]big.Int
	largest []SubscriptionDrift
}

// SubscriptionDrift is what a subscription has to do with a drift.
type SubscriptionDrift struct {
	SubscriptionID, PartnerID string
	Minor                     int64
	Cause                     Cause // the one with the largest part
}

// side is a term on one side of a comparison.
type side struct {
	entry *Entry
	term  *Term
}

// termKey says which terms are the same: those with the same first day, and the
// seats that were added within one.
type termKey struct {
	start calendar.Date
	added bool
}

// Subscription takes the difference apart that a subscription makes: its entries
// before and after. Where a partner is asked for, those of the others tell
// whether it was changed.
func (c *Comparison) Subscription(before, after []Entry) {
	if c.odds == nil {
		c.odds, c.rows = newOdds(mostAhead), map[driftKey]*drifting{}
	}
	d := difference{Comparison: c, of: map[part]*[len(causes)]big.Int{}, lived: alive(before), lives: alive(after)}
	d.known, d.earned = len(before) > 0, slices.ContainsFunc(before, func(e Entry) bool { return len(e.Terms) > 0 })
	were, are := sides(before), sides(after)
	for key, was := range were {
		d.term(was, are[key])
	}
	for key, is := range are {
		if were[key] == nil {
			d.appear(is)
		}
	}
	d.close()
}

func sides(entries []Entry) map[termKey][]side {
	terms := map[termKey][]side{}
	for i := range entries {
		for j := range entries[i].Terms {
			t := &entries[i].Terms[j]
			key := termKey{t.Start, t.Added}
			terms[key] = append(terms[key], side{&entries[i], t})
		}
	}
	return terms
}

// alive reports whether the subscription had a renewal ahead.
func alive(entries []Entry) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.State != "" })
}
