package renewal

import "github.com/holdfast-channel/holdfast/services/platform/calendar"

// Policy is the part of a version of the code of practice that sets a
// renewal's windows, in days.
type Policy struct {
	ID         string `json:"id"`
	OpenDays   int    `json:"open_days"`   // before the term's end
	GraceDays  int    `json:"grace_days"`  // from the term's end
	LapsedDays int    `json:"lapsed_days"` // after grace
}

// Windows are the days on which a renewal changes by itself. Each state lasts
// from its day until the day before the next one's.
type Windows struct {
	OpensOn   calendar.Date `json:"opens_on"`
	DueOn     calendar.Date `json:"due_on"` // the old end: grace begins
	LapsesOn  calendar.Date `json:"lapses_on"`
	ExpiresOn calendar.Date `json:"expires_on"`
}

// Windows returns the windows of a term that ends on this day.
func (p Policy) Windows(end calendar.Date) Windows {
	return Windows{
		OpensOn:   end.AddDays(-p.OpenDays),
		DueOn:     end,
		LapsesOn:  end.AddDays(p.GraceDays),
		ExpiresOn: end.AddDays(p.GraceDays + p.LapsedDays),
	}
}
