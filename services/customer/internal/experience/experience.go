package experience

import (
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// days is for how many days after its own an answer is counted.
const days = 365

// Since is the first day whose answers are counted.
func Since(today calendar.Date) calendar.Date { return today.AddDays(-days) }

// Until is the first day on which an answer is counted no longer.
func Until(answered calendar.Date) calendar.Date { return answered.AddDays(days + 1) }

// Experience is how a customer fares, as it is told. The revision counts how
// often it was; it is 0 while there has been nothing to tell.
type Experience struct {
	Customer   customers.ID  `json:"customer"`
	CXi        scores.Figure `json:"cxi"`
	NPS        scores.Figure `json:"nps"`
	Poor       bool          `json:"poor"`
	Revision   int64         `json:"revision"`
	UpdateTime time.Time     `json:"update_time"`
}

// Unknown is the experience of a customer before anything was told of it.
func Unknown(id customers.ID) Experience {
	hidden := scores.Figure{Standing: scores.Hidden}
	return Experience{Customer: id, CXi: hidden, NPS: hidden}
}

// ID names the experience among the resources of the feed: that of customer
// cus_1 is exp_1.
func (e Experience) ID() string { return "exp_" + strings.TrimPrefix(string(e.Customer), "cus_") }

// Now returns the experience by what is counted at a time, and whether that is to
// be told: whether anything is shown that was not before, or differs.
func (e Experience) Now(p scores.Policy, counted scores.Tally, at time.Time) (Experience, bool) {
	shown := p.Scores(counted, scores.All)
	now := e
	now.CXi, now.NPS = shown.CXi, shown.NPS.Figure
	now.Poor = now.CXi.Shown() && now.CXi.Value < p.Okay
	if now == e {
		return e, false
	}
	now.Revision, now.UpdateTime = e.Revision+1, at
	return now, true
}
