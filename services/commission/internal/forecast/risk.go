package forecast

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Risk is a reason why a renewal may be lost.
type Risk string

// The reasons.
const (
	Late           Risk = "LATE"            // over its end, or near it without a quote
	Silent         Risk = "SILENT"          // open without a quote
	SeatsDeclining Risk = "SEATS_DECLINING" // seats fell away when their number changed last
	Experienced    Risk = "EXPERIENCE"      // the customer's experience is poor
)

// Signs are what speaks against a renewal beside its own state. What is not known
// is no sign.
type Signs struct {
	SeatsDeclining bool // as told by Declining
	PoorExperience bool // as told by the customer service
}

// Nearness is how many days before its end a renewal that is open and has no live
// quote is late, and how many before it is silent.
type Nearness struct {
	Late, Silent int
}

// Near is how near is near unless it is asked otherwise.
func Near() Nearness { return Nearness{Late: 14, Silent: 30} }

// Risks returns why a renewal may be lost, as it stands on a day; nothing for one
// that is booked, or lost already.
func Risks(r renewal.Renewal, today calendar.Date, signs Signs, near Nearness) (risks []Risk) {
	state, left := r.StateOn(today), today.DaysUntil(r.Windows.DueOn)
	if !Ahead(state) {
		return nil
	}
	if state == renewal.Grace || state == renewal.Lapsed || state == renewal.Open && left <= near.Late {
		risks = append(risks, Late)
	}
	if state == renewal.Open && left <= near.Silent {
		risks = append(risks, Silent)
	}
	if signs.SeatsDeclining {
		risks = append(risks, SeatsDeclining)
	}
	if signs.PoorExperience {
		risks = append(risks, Experienced)
	}
	return risks
}
