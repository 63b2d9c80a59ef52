package surveys

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Policy is a version of how often, and when, somebody may be asked.
type Policy struct {
	Version           int32     `json:"version"`
	ContactLimit      int32     `json:"contact_limit"`
	ContactDays       int32     `json:"contact_days"`
	OrganisationLimit int32     `json:"organisation_limit"`
	OrganisationDays  int32     `json:"organisation_days"`
	QuietFromHour     int32     `json:"quiet_from_hour"`
	QuietUntilHour    int32     `json:"quiet_until_hour"`
	QuietWeekends     bool      `json:"quiet_weekends"`
	AskWithinDays     int32     `json:"ask_within_days"`
	LinkDays          int32     `json:"link_days"`
	Actor             string    `json:"actor"`
	CreateTime        time.Time `json:"create_time"`
}

// Etag is the version as callers see it.
func (p Policy) Etag() string { return revision.Number(p.Version).Etag() }

// Next returns the version of p after a change to what is wanted, or
// revision.ErrMismatch unless etag is of p or empty.
func (p Policy) Next(wanted Policy, etag string) (Policy, error) {
	if err := revision.Number(p.Version).Check(etag); err != nil {
		return Policy{}, err
	}
	wanted.Version = p.Version + 1
	return wanted, nil
}

// SendAfter returns the first instant from t on that is not quiet in a zone.
func (p Policy) SendAfter(t time.Time, zone *time.Location) time.Time {
	for p.quiet(t.In(zone)) {
		t = p.loud(t.In(zone))
	}
	return t.UTC()
}

// quiet reports whether nothing is sent at a local time.
func (p Policy) quiet(local time.Time) bool {
	if p.weekend(local) {
		return true
	}
	hour, from, until := int32(local.Hour()), p.QuietFromHour, p.QuietUntilHour //nolint:gosec // of a day
	if from <= until {
		return from <= hour && hour < until
	}
	return from <= hour || hour < until
}

func (p Policy) weekend(local time.Time) bool {
	day := local.Weekday()
	return p.QuietWeekends && (day == time.Saturday || day == time.Sunday)
}

// loud returns the next end of quiet hours after a quiet local time, or the next
// midnight where it is a weekend and there are none.
func (p Policy) loud(local time.Time) time.Time {
	year, month, day := local.Date()
	until := int(p.QuietUntilHour)
	if p.QuietFromHour == p.QuietUntilHour {
		until = 0
	}
	next := time.Date(year, month, day, until, 0, 0, 0, local.Location())
	if !next.After(local) {
		next = time.Date(year, month, day+1, until, 0, 0, 0, local.Location())
	}
	return next
}

const dayLength = 24 * time.Hour

// Since returns the first instants whose invitations count at t against the
// limits of a person and of an organisation.
func (p Policy) Since(t time.Time) (contact, organisation time.Time) {
	return t.Add(-time.Duration(p.ContactDays) * dayLength), t.Add(-time.Duration(p.OrganisationDays) * dayLength)
}
