package records

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
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
	State          renewal.State `json:"state"`
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

	CancelledFrom   calendar.Date   `json:"cancelled_from,omitzero"`
	Renewed         bool            `json:"renewed"` // the contract has the new term
	DeclinedOn      calendar.Date   `json:"declined_on,omitzero"`
	DeclineNote     string          `json:"decline_note,omitempty"`
	LateApprover    string          `json:"late_approver,omitempty"`
	SubmissionID    string          `json:"submission_id,omitempty"` // that is on its way or has booked it
	SubmissionState SubmissionState `json:"submission_state,omitempty"`
	QuoteID         string          `json:"quote_id,omitempty"` // the live one that binds longest
	QuotedUntil     calendar.Date   `json:"quoted_until,omitzero"`
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

// Facts are what the rules decide about.
func (r Renewal) Facts() renewal.Renewal {
	return renewal.Renewal{
		ID: r.ID, SubscriptionID: r.SubscriptionID,
		Windows:       renewal.Windows{OpensOn: r.Opens, DueOn: r.Due, LapsesOn: r.Lapses, ExpiresOn: r.Expires},
		CancelledFrom: r.CancelledFrom,
		Booked:        r.Renewed || r.SubmissionState == Booked,
		Submitted:     r.SubmissionState == Submitted,
		SubmissionID:  r.SubmissionID,
		DeclinedOn:    r.DeclinedOn,
		QuotedUntil:   r.QuotedUntil,
		LateApproved:  r.LateApprover != "",
	}
}

// Decided returns the renewal as its next revision, with what the rules made of
// its facts on a day.
func (r Renewal) Decided(facts renewal.Renewal, today calendar.Date) Renewal {
	r.DeclinedOn, r.State, r.Today = facts.DeclinedOn, facts.StateOn(today), today
	r.Revision++
	return r
}

// dayIn is the date of an instant on the clocks of a zone. It was checked where
// the subscription was made; one that the machine has lost reads as UTC.
func dayIn(zone string, now time.Time) calendar.Date {
	location, err := calendar.LoadZone(zone)
	if err != nil {
		location = time.UTC
	}
	return calendar.DateOf(now, location)
}

// RenewalSums is what the renewals in one state and currency add up to. Margin
// is that of the renewals whose margin is locked.
type RenewalSums struct {
	State       renewal.State
	Net         money.Amount
	Margin      money.Amount
	Count       int64
	WithoutLock int64
}
