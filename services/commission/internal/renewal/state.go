package renewal

import "github.com/holdfast-channel/holdfast/services/platform/calendar"

// State is where a renewal stands on a day.
type State string

// States, in their order of precedence: the first that holds.
const (
	Cancelled State = "CANCELLED" // the subscription is cancelled
	Renewed   State = "RENEWED"   // the new term has begun
	Booked    State = "BOOKED"    // the new term is contract and has not begun
	Submitted State = "SUBMITTED" // a submission is on its way
	Declined  State = "DECLINED"  // the customer has given notice
	Expired   State = "EXPIRED"   // only a new order helps
	Lapsed    State = "LAPSED"    // late: renewable with the vendor's approval
	Grace     State = "GRACE"     // just late: renewable, back-dated
	Quoted    State = "QUOTED"    // open, with a live quote
	Open      State = "OPEN"
	Scheduled State = "SCHEDULED" // not open yet
)

// Renewal is what is known of the end of a term. Dates are those of the
// subscription's time zone.
type Renewal struct {
	ID             string
	SubscriptionID string
	Windows        Windows
	CancelledFrom  calendar.Date // first day without the subscription; no date if it is not cancelled
	Booked         bool          // the term after the end is contract
	Submitted      bool          // a submission is neither booked nor rejected yet
	SubmissionID   string        // of either
	DeclinedOn     calendar.Date // when the customer gave notice; no date if it has not
	QuotedUntil    calendar.Date // last day of the live quote that binds longest; no date without one
	LateApproved   bool          // the vendor lets it be submitted although lapsed
}

// StateOn returns the state on a day.
func (r Renewal) StateOn(day calendar.Date) State {
	switch {
	case r.cancelled():
		return Cancelled
	case r.Booked && !day.Before(r.Windows.DueOn):
		return Renewed
	case r.Booked:
		return Booked
	case r.Submitted:
		return Submitted
	case !r.DeclinedOn.IsZero():
		return Declined
	}
	switch w := r.Windows; {
	case !day.Before(w.ExpiresOn):
		return Expired
	case !day.Before(w.LapsesOn):
		return Lapsed
	case !day.Before(w.DueOn):
		return Grace
	case !r.QuotedUntil.Before(day): // no date is before every day
		return Quoted
	case !day.Before(w.OpensOn):
		return Open
	}
	return Scheduled
}

// cancelled reports whether the subscription is cancelled before this renewal
// could carry it on. A cancellation inside the new term leaves it renewed.
func (r Renewal) cancelled() bool {
	return !r.CancelledFrom.IsZero() && !(r.Booked && r.CancelledFrom.After(r.Windows.DueOn))
}
