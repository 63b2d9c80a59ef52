package renewal

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of previews, quotes and submissions.
var (
	ErrCancelled        = fault.New("SUBSCRIPTION_CANCELLED", "the subscription is cancelled")
	ErrAlreadySubmitted = fault.New("RENEWAL_ALREADY_SUBMITTED", "there is a submission for this renewal already")
	ErrDeclined         = fault.New("RENEWAL_DECLINED", "the customer's notice stands against this renewal")
	ErrExpired          = fault.New("RENEWAL_EXPIRED", "the renewal can't be booked any more")
	ErrApprovalRequired = fault.New("APPROVAL_REQUIRED", "the vendor must approve this late renewal")
	ErrNotOpen          = fault.New("RENEWAL_NOT_OPEN", "the renewal can't be submitted yet")
	ErrPartnerChanged   = fault.New("PARTNER_CHANGED", "the partner of record is another one")
	ErrPreviewStale     = fault.New("PREVIEW_STALE", "the calculation is not the one that was previewed")
)

// CheckOpen returns nil if the renewal can be previewed, quoted and submitted
// on this day, and otherwise the refusal for its state.
func (r Renewal) CheckOpen(today calendar.Date) error {
	w := r.Windows
	switch r.StateOn(today) {
	case Cancelled:
		return ErrCancelled.Because(
			fmt.Sprintf("subscription %s is cancelled from %s; a new order starts a new one", r.SubscriptionID, r.CancelledFrom),
			"subscription_id", r.SubscriptionID, "cancel_date", r.CancelledFrom.String())
	case Renewed, Booked, Submitted:
		return r.alreadySubmitted()
	case Declined:
		return r.declined(today)
	case Expired:
		return ErrExpired.Because(
			fmt.Sprintf("the term ended on %s and could be renewed before %s; place a new order", w.DueOn, w.ExpiresOn),
			"due_date", w.DueOn.String(), "expire_date", w.ExpiresOn.String())
	case Lapsed:
		if !r.LateApproved {
			return ErrApprovalRequired.Because(
				fmt.Sprintf("the term ended on %s and its grace was over on %s; channel operations can approve a late renewal until %s",
					w.DueOn, w.LapsesOn, w.ExpiresOn.AddDays(-1)),
				"due_date", w.DueOn.String(), "lapse_date", w.LapsesOn.String(), "expire_date", w.ExpiresOn.String())
		}
	}
	if today.Before(w.OpensOn) { // a live quote does not open it
		return ErrNotOpen.Because(
			fmt.Sprintf("the renewal due on %s opens on %s; try again from that day on", w.DueOn, w.OpensOn),
			"open_date", w.OpensOn.String(), "due_date", w.DueOn.String())
	}
	return nil
}

func (r Renewal) alreadySubmitted() error {
	return ErrAlreadySubmitted.Because(
		fmt.Sprintf("renewal %s has the submission %s already; read it to see how it stands", r.ID, r.SubmissionID),
		"renewal_id", r.ID, "submission_id", r.SubmissionID)
}

func (r Renewal) declined(today calendar.Date) error {
	advice := "undo the decline first, which is possible before " + r.Windows.DueOn.String()
	if !today.Before(r.Windows.DueOn) {
		advice = "it could be undone before " + r.Windows.DueOn.String() + "; place a new order"
	}
	return ErrDeclined.Because(
		fmt.Sprintf("the customer's notice of %s stands against this renewal; %s", r.DeclinedOn, advice),
		"decline_date", r.DeclinedOn.String(), "due_date", r.Windows.DueOn.String())
}

// LastDay is the last day on which the renewal can be submitted, as far as is
// known: approval of a late one extends it.
func (r Renewal) LastDay() calendar.Date {
	if r.LateApproved {
		return r.Windows.ExpiresOn.AddDays(-1)
	}
	return r.Windows.LapsesOn.AddDays(-1)
}

// CheckPartner returns ErrPartnerChanged unless the partner that calculated is
// still the partner of record on the new term's first day. It does not name
// the other one.
func CheckPartner(expected, onRecord string) error {
	if expected == onRecord {
		return nil
	}
	return ErrPartnerChanged.Because(
		fmt.Sprintf("partner %s is not the partner of record on the new term's first day; read the subscription again", expected),
		"partner_id", expected)
}

// CheckPreview returns ErrPreviewStale if a fingerprint was expected and the
// calculation has another one.
func CheckPreview(expected, calculated string) error {
	if expected == "" || expected == calculated {
		return nil
	}
	return ErrPreviewStale.Because(
		"price, seats, term, partner or margin have changed since the preview; preview again and show the customer the new figures",
		"expected_fingerprint", expected, "fingerprint", calculated).On("expected_fingerprint")
}
