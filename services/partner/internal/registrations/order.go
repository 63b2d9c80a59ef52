package registrations

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Order is an order that names a registration.
type Order struct {
	SubmissionID string        // that asks, if it has one yet
	Customer     Customer      // that it is for
	FamilyID     string        // likewise
	On           calendar.Date // the day of the order
}

// CheckOrder returns nil if an order can convert r: ErrStateInvalid for another
// customer or family, or if another order has converted it, ErrNotApproved, and
// ErrExpired after its last day. What the same submission converted is fine.
func (r Registration) CheckOrder(o Order) error {
	if r.FamilyID != o.FamilyID || !slices.Contains(o.Customer.Domains, r.Domain) {
		return ErrStateInvalid.Because(
			fmt.Sprintf("registration %s is for %s of %s; an order for another customer or family can't convert it", r.ID, r.FamilyID, r.Domain),
			"domain", string(r.Domain), "family_id", r.FamilyID)
	}
	switch r.On(o.On) {
	case Approved:
		return nil
	case Expired:
		return r.expiredError()
	case Converted:
		if o.SubmissionID == r.SubmissionID {
			return nil
		}
		return r.convertedError()
	}
	return ErrNotApproved.Because(
		fmt.Sprintf("registration %s is %s; the reward needs an approval before the order", r.ID, r.State), "state", string(r.State))
}

// Convert returns r as the order of a submission has come of it. The order is
// booked by then, on terms that were right when it was submitted, so what
// expired or was withdrawn since does not matter. ErrNotApproved if it never
// was approved, ErrStateInvalid if another order has converted it; converting
// it again by the same changes nothing.
func (r Registration) Convert(submissionID string) (Registration, error) {
	switch {
	case r.State == Converted && r.SubmissionID == submissionID:
		return r, nil
	case r.State == Converted:
		return Registration{}, r.convertedError()
	case r.ApproveDate.IsZero():
		return Registration{}, ErrNotApproved.Because(
			fmt.Sprintf("registration %s is %s and was never approved", r.ID, r.State), "state", string(r.State))
	}
	r = r.moved(Converted)
	r.SubmissionID = submissionID
	return r, nil
}

func (r Registration) convertedError() error {
	return ErrStateInvalid.Because(
		fmt.Sprintf("registration %s has become an order already; it is good for one", r.ID), "state", string(r.State))
}
