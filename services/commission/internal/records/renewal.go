package records

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/revision"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrNoRenewal is returned for a renewal that is not there, or not the
// caller's.
var ErrNoRenewal = fault.New("NOT_FOUND", "there is no such renewal")

// Renewal is a subscription's end of term as it stands on a day: what the book
// says of it, what was decided about it here, and what it would earn.
type Renewal struct {
	ID             string        `json:"id"`
	SubscriptionID string        `json:"subscription_id"`
	PartnerID      string        `json:"partner_id"` // on the new term's first day
	CustomerID     string        `json:"customer_id"`
	CustomerName   string        `json:"customer_name"`
	Segment        string        `json:"segment"`
	CountryCode    string        `json:"country_code"`
	ProductID      string        `json:"product_id"`
	FamilyID       string        `json:"family_id"`
	TimeZone       string        `json:"time_zone"`
	CodeVersionID  string        `json:"code_version_id"`
	State          string        `json:"state"`
	Today          calendar.Date `json:"today"` // on which State holds

	Start      calendar.Date `json:"start"` // of the old term
	Due        calendar.Date `json:"due"`
	Opens      calendar.Date `json:"opens"`
	Lapses     calendar.Date `json:"lapses"`
	Expires    calendar.Date `json:"expires"`
	Months     int           `json:"months"`
	Seats      int64         `json:"seats"`
	UnitPrice  money.Amount  `json:"unit_price"`
	CurrentNet money.Amount  `json:"current_net"`
	RenewalNet money.Amount  `json:"renewal_net"`

	Effective *money.Bps   `json:"effective,omitempty"` // nil while no margin is locked
	Margin    money.Amount `json:"margin,omitzero"`     // likewise
	Mode      margin.Mode  `json:"mode,omitempty"`      // likewise

	Cancelled       bool            `json:"cancelled"`
	Renewed         bool            `json:"renewed"` // the contract has the new term
	DeclinedOn      calendar.Date   `json:"declined_on,omitzero"`
	DeclineNote     string          `json:"decline_note,omitempty"`
	LateApprover    string          `json:"late_approver,omitempty"`
	SubmissionID    string          `json:"submission_id,omitempty"` // that is on its way or has booked it
	SubmissionState SubmissionState `json:"submission_state,omitempty"`
	QuoteID         string          `json:"quote_id,omitempty"` // that is live
	Revision        revision.Number `json:"revision"`
}

// Etag changes with every change of the renewal, of its submission and of its
// live quote, and with nothing else, such as the turn of a day.
func (r Renewal) Etag() string {
	h := fnv.New64a()
	for _, part := range [...]string{r.SubmissionID, string(r.SubmissionState), r.QuoteID} {
		_, _ = h.Write(append([]byte(part), 0)) // a hash takes everything
	}
	return r.Revision.Etag() + "-" + base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h.Sum64())[:6])
}

// CheckEtag returns revision.ErrMismatch unless etag is the renewal's or empty.
func (r Renewal) CheckEtag(etag string) error {
	if etag == "" || etag == r.Etag() {
		return nil
	}
	return revision.ErrMismatch.Because("renewal "+r.ID+" has changed since it was read; read it again", "etag", r.Etag()).On("etag")
}

// Day is the date of an instant on the clocks of the subscription.
func (r Renewal) Day(now time.Time) calendar.Date {
	zone, err := calendar.LoadZone(r.TimeZone)
	if err != nil {
		zone = time.UTC // the zone was checked where the subscription was made
	}
	return calendar.DateOf(now, zone)
}

// RenewalSums is what the renewals in one state and currency add up to. Margin
// is that of the renewals whose margin is locked.
type RenewalSums struct {
	State       string
	Net         money.Amount
	Margin      money.Amount
	Count       int64
	WithoutLock int64
}
