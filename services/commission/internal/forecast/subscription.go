package forecast

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Vendor is the reserved partner of the vendor's own sales, which earn nothing.
const Vendor = "direct"

// Subscription is what is known of a subscription: the contract, who serves it at
// what rate, and what is booked.
type Subscription struct {
	Contract      renewal.Contract      // the last term of the contract
	Coming        *renewal.Contract     // the term after it, where one is booked that the contract does not show yet
	Renewals      []Due                 // of all terms, the last one's included
	CancelledFrom calendar.Date         // first day without the subscription; no date if it is not cancelled
	Tenures       []Tenure              // oldest first
	Relationships []margin.Relationship // all of them
	Imported      []Imported
	Booked        []Booked
}

// Tenure is the time of a partner of record, until the next one begins.
type Tenure struct {
	PartnerID string        `json:"partner_id"`
	From      calendar.Date `json:"from"`
}

// Due is the end of a term, and who may renew it.
type Due struct {
	PartnerID string
	renewal.Renewal
}

// Imported is a term that came with an import and was the running one then.
type Imported struct {
	Term      calendar.Term  `json:"term"`
	Months    int            `json:"months"` // 0 for a stub
	Seats     int64          `json:"seats"`  // at its start
	UnitPrice money.Amount   `json:"unit_price"`
	Billing   margin.Billing `json:"billing"`
	Divided   bool           `json:"-"` // its parts are booked
}

// Booked is what was booked for a term, or for seats that were added within one:
// all of it, or one partner's part.
type Booked struct {
	PartnerID   string
	Mode        margin.Mode
	TermStart   calendar.Date // of the whole term, also for seats added within it
	Added       bool          // seats within the term
	Seats       int64         // of the term; of added seats those
	UnitPrice   int64         // in minor units
	Rate        money.Bps     // as it stands
	Margin      money.Amount  // as it stands: what a cap withholds is not in it
	Instalments []margin.Instalment
}

// Part is what a subscription brings one partner in one settlement mode.
type Part struct {
	PartnerID string
	Mode      margin.Mode   // none where the partner has no locked margin; there are no terms then
	Unlocked  bool          // the partner serves the subscription without a locked margin
	State     renewal.State // of the next renewal; none if there is none ahead
	History   History       // of the partner's renewals of the subscription; stands in one of its parts
	Terms     []Term
}

// Term is what a term earns, by month.
type Term struct {
	Start     calendar.Date
	Ahead     int  // 0 for a booked or imported term, k for the k-th renewal ahead
	Added     bool // seats that were added within a booked term
	Seats     int64
	UnitPrice int64 // at its start, in minor units
	Rate      money.Bps
	Earns     []Earning // in the order of months
}

// Earning is what falls into a month.
type Earning struct {
	Month Month
	Minor int64
}

// partnerOn returns the partner of record on a day; that of the first one before
// it, and none if none is known.
func (s Subscription) partnerOn(day calendar.Date) string {
	partner := ""
	for i, t := range s.Tenures {
		if i == 0 || !t.From.After(day) {
			partner = t.PartnerID
		}
	}
	return partner
}

// next returns the renewal of the last term.
func (s Subscription) next() renewal.Renewal {
	for _, r := range s.Renewals {
		if r.Windows.DueOn == s.Contract.Term.End {
			return r.Renewal
		}
	}
	return renewal.Renewal{} // which has expired
}

// relationship returns that of a partner on a day.
func (s Subscription) relationship(partner string, on calendar.Date) (margin.Relationship, bool) {
	for _, r := range s.Relationships {
		if r.PartnerID == partner && !r.From.After(on) && (r.Until.IsZero() || on.Before(r.Until)) && !r.Lock.Missing() {
			return r, true
		}
	}
	return margin.Relationship{}, false
}
