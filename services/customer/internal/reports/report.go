package reports

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// The refusals.
var (
	ErrNotFound         = fault.New("NOT_FOUND", "there is no such report")
	ErrAlreadyPublished = fault.New("REPORT_ALREADY_PUBLISHED", "the report is published, and never changes")
	ErrNotShown         = fault.New("NOT_FOUND", "there are no published scores of this partner's customers: the month is not published, or too few of them answered")
	ErrMonthNotOver     = fault.New("REPORT_MONTH_NOT_OVER", "the month is not over")
	ErrNothingNew       = fault.New("REPORT_NOTHING_NEW", "no answers came late, or too few to be told apart")
)

// ID names a report.
type ID string

// State is whether a report is published.
type State string

// The states.
const (
	Draft     State = "DRAFT"
	Published State = "PUBLISHED"
)

// Report is one revision of a month's report.
type Report struct {
	ID            ID              `json:"id"`
	Month         calendar.Date   `json:"month"`
	Number        int             `json:"number"` // of the revision
	State         State           `json:"state"`
	PolicyVersion int             `json:"policy_version"`
	Revision      revision.Number `json:"revision"` // of the resource
	GenerateTime  time.Time       `json:"generate_time"`
	PublishTime   time.Time       `json:"publish_time,omitzero"`
	Publisher     string          `json:"publisher,omitempty"`
	// Document is the zero one in lists and events.
	Document Document `json:"document,omitzero"`
}

// Etag is what the report was when it was read.
func (r Report) Etag() string { return r.Revision.Etag() }

// Over returns ErrMonthNotOver unless a month is over on a day.
func Over(month, today calendar.Date) error {
	if next := month.AddMonths(1); today.Before(next) {
		return ErrMonthNotOver.Because(fmt.Sprintf("the month runs until %s, in UTC; it can be reported from then on", next), "over_on", next.String()).On("month")
	}
	return nil
}

// Due reports whether a month's report is to be published by itself on a day.
func Due(p scores.Policy, month, today calendar.Date) bool {
	return p.PublishDay > 0 && !today.Before(month.AddMonths(1).AddDays(p.PublishDay-1))
}

// Publish is the published report, frozen at a time.
func (r Report) Publish(etag, publisher string, at time.Time) (Report, error) {
	if r.State == Published {
		return r, ErrAlreadyPublished.Because(fmt.Sprintf("the report was published at %s, and never changes", r.PublishTime.Format(time.RFC3339)))
	}
	if err := r.Revision.Check(etag); err != nil {
		return r, err
	}
	r.State, r.PublishTime, r.Publisher = Published, at, publisher
	r.Document.PublishTime = at
	r.Revision++
	return r, nil
}
