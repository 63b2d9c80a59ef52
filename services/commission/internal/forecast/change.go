package forecast

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const (
	// Horizon is how many months a forecast covers at most.
	Horizon = 60
	// ahead is how many months beyond the horizon are looked at, so that not
	// everything has to be looked at again each month.
	ahead = 12
)

// Until is the month until which renewals are looked at on a day.
func Until(today calendar.Date) Month { return MonthOf(today) + Horizon + ahead }

// NextChange returns the first day after today on which time alone changes the
// parts of the subscription.
func (s Subscription) NextChange(today calendar.Date) calendar.Date {
	next := (MonthOf(today) + ahead).First()
	for _, r := range s.Renewals {
		state, w := r.StateOn(today), r.Windows
		if Ahead(state) { // what is late moves on with each month
			next = calendar.Min(next, (max(MonthOf(today), MonthOf(w.DueOn)) + 1).First())
		}
		for _, day := range [...]calendar.Date{w.OpensOn, w.DueOn, w.LapsesOn, w.ExpiresOn, r.QuotedUntil.AddDays(1)} {
			if day.After(today) && day.Before(next) && r.StateOn(day) != state {
				next = day
			}
		}
		if state == renewal.Declined && w.DueOn.After(today) { // then it is lost for good
			next = calendar.Min(next, w.DueOn)
		}
	}
	return next
}

// Decided adds a renewal to a partner's history, if it has come out by a day:
// it was renewed, or can't be any more.
func (h History) Decided(r renewal.Renewal, on calendar.Date) History {
	switch r.StateOn(on) {
	case renewal.Renewed:
		return History{h.Due + 1, h.Renewed + 1}
	case renewal.Expired, renewal.Cancelled:
		return History{h.Due + 1, h.Renewed}
	case renewal.Declined:
		if !on.Before(r.Windows.DueOn) {
			return History{h.Due + 1, h.Renewed}
		}
	}
	return h
}

func (h History) plus(g History) History { return History{h.Due + g.Due, h.Renewed + g.Renewed} }
