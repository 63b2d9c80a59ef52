package transfers

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Query says which transfers to list, newest first. An empty filter matches
// all.
type Query struct {
	Side      Side          // of Partners
	Partners  []partners.ID // on Side, or on either
	State     State         // as the viewer sees it
	Vendor    bool          // whether the viewer is the vendor
	Today     calendar.Date
	AfterTime time.Time // those after the one with this time and id, or all if it is zero
	AfterID   ID
	Limit     int
}
