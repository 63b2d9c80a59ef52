package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// ErrNoQuote is returned for a quote that is not there, or not the caller's.
var ErrNoQuote = fault.New("NOT_FOUND", "there is no such quote")

// Quote is a binding quote for a renewal: its calculation is what a submission
// that accepts it books.
type Quote struct {
	ID             string             `json:"id"`
	RenewalID      string             `json:"renewal_id"`
	SubscriptionID string             `json:"subscription_id"`
	PartnerID      string             `json:"partner_id"`
	State          renewal.QuoteState `json:"state"`
	QuotedOn       calendar.Date      `json:"quoted_on"`
	ValidUntil     calendar.Date      `json:"valid_until"` // the last day on which it binds
	TimeZone       string             `json:"time_zone"`
	Months         int                `json:"months"`
	Seats          int64              `json:"seats"`
	Billing        margin.Billing     `json:"billing"`
	Calculation    Calculation        `json:"calculation"`
	FxSetID        string             `json:"fx_set_id,omitempty"`
	Revision       revision.Number    `json:"revision"`
	CreateTime     time.Time          `json:"create_time"`
}

// Terms are what the rules decide about.
func (q Quote) Terms() renewal.Quote {
	wish := renewal.Wish{Months: q.Months, Seats: q.Seats, Billing: q.Billing}
	if q.Months == 0 {
		wish.End = q.Calculation.Term.End
	}
	return renewal.Quote{
		ID: q.ID, RenewalID: q.RenewalID, PartnerID: q.PartnerID, ValidUntil: q.ValidUntil,
		Wish:     wish,
		Accepted: q.State == renewal.QuoteAccepted, Withdrawn: q.State == renewal.QuoteWithdrawn,
	}
}

// At returns the quote as it stands at an instant, on the clocks of its
// subscription.
func (q Quote) At(now time.Time) Quote {
	q.State = q.Terms().StateOn(dayIn(q.TimeZone, now))
	return q
}

// CheckWithdraw returns renewal.ErrState unless the quote is open at an instant.
func (q Quote) CheckWithdraw(now time.Time) error {
	_, err := q.Terms().Withdraw(dayIn(q.TimeZone, now))
	return err
}

// Changed returns the quote as its next revision, in another state.
func (q Quote) Changed(to renewal.QuoteState) Quote {
	q.State = to
	q.Revision++
	return q
}
