package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/revision"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrNoQuote is returned for a quote that is not there, or not the caller's.
var ErrNoQuote = fault.New("NOT_FOUND", "there is no such quote")

// QuoteState is where a quote stands on a day.
type QuoteState string

// The states of a quote.
const (
	QuoteOpen      QuoteState = "OPEN"
	QuoteAccepted  QuoteState = "ACCEPTED"
	QuoteExpired   QuoteState = "EXPIRED" // told by the date, never stored
	QuoteWithdrawn QuoteState = "WITHDRAWN"
)

// Quote is a binding quote for a renewal: its calculation is what a submission
// that accepts it books.
type Quote struct {
	ID             string          `json:"id"`
	RenewalID      string          `json:"renewal_id"`
	SubscriptionID string          `json:"subscription_id"`
	PartnerID      string          `json:"partner_id"`
	State          QuoteState      `json:"state"`
	QuotedOn       calendar.Date   `json:"quoted_on"`
	ValidUntil     calendar.Date   `json:"valid_until"` // the last day on which it binds
	TimeZone       string          `json:"time_zone"`
	Months         int             `json:"months"`
	Seats          int64           `json:"seats"`
	Billing        margin.Billing  `json:"billing"`
	Calculation    Calculation     `json:"calculation"`
	FxSetID        string          `json:"fx_set_id,omitempty"`
	Revision       revision.Number `json:"revision"`
	CreateTime     time.Time       `json:"create_time"`
}

// At returns the quote as it stands at an instant, on the clocks of its
// subscription.
func (q Quote) At(now time.Time) Quote {
	zone, err := calendar.LoadZone(q.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	if q.State == QuoteOpen && calendar.DateOf(now, zone).After(q.ValidUntil) {
		q.State = QuoteExpired
	}
	return q
}
