package subscriptions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// PartnerID names a partner, such as "softcat"; "direct" is the vendor itself.
type PartnerID string

// checkPartner refuses what can't be a partner's id with ErrInvalid. Whether
// there is such a partner, and whether it may sell, the partner service knows.
func checkPartner(p PartnerID) error {
	if len(p) < 2 || len(p) > 40 || strings.Trim(string(p), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return ErrInvalid.Because(fmt.Sprintf("%.40q is no partner's id; the vendor's own sales is \"direct\"", p)).On("partner_id")
	}
	return nil
}

// PartnerOfRecord is who serves a subscription from a day until before
// another; without an end while it goes on.
type PartnerOfRecord struct {
	Partner  PartnerID     `json:"partner"`
	From     calendar.Date `json:"from"`
	Until    calendar.Date `json:"until,omitzero"`
	Transfer string        `json:"transfer,omitempty"`
}

// Serves reports whether the partner serves the subscription on a day.
func (p PartnerOfRecord) Serves(on calendar.Date) bool {
	return !on.Before(p.From) && !p.ended(on)
}

func (p PartnerOfRecord) ended(on calendar.Date) bool {
	return !p.Until.IsZero() && !on.Before(p.Until)
}

// Instants tells when the partner's time begins and ends on the clocks of a
// zone. The end is the zero time while it goes on.
func (p PartnerOfRecord) Instants(zone *time.Location) (begin, end time.Time) {
	begin = midnight(p.From, zone)
	if !p.Until.IsZero() {
		end = midnight(p.Until, zone)
	}
	return begin, end
}

func midnight(d calendar.Date, zone *time.Location) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

// RecordOn returns who serves the subscription on a day; not ok before its
// first day.
func (s Subscription) RecordOn(on calendar.Date) (PartnerOfRecord, bool) {
	i := slices.IndexFunc(s.Partners, func(p PartnerOfRecord) bool { return p.Serves(on) })
	if i < 0 {
		return PartnerOfRecord{}, false
	}
	return s.Partners[i], true
}

// PartnerOn returns the partner on a day, or "" before the first.
func (s Subscription) PartnerOn(on calendar.Date) PartnerID {
	record, _ := s.RecordOn(on)
	return record.Partner
}

// PartnerToday returns the partner on a day, or the first one to come if the
// subscription has not begun.
func (s Subscription) PartnerToday(today calendar.Date) PartnerID {
	return s.servingOn(today).Partner
}

func (s Subscription) servingOn(today calendar.Date) PartnerOfRecord {
	for _, p := range s.Partners {
		if !p.ended(today) {
			return p
		}
	}
	return PartnerOfRecord{}
}

// Today is the day in the subscription's time zone. The zone was checked when
// the subscription was made; one that the machine has lost reads as UTC.
func (s Subscription) Today(now time.Time) calendar.Date {
	zone, err := calendar.LoadZone(s.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return calendar.DateOf(now, zone)
}

// VisibleTo reports whether one of the partners serves the subscription today
// or will in the future. A partner of the past sees nothing of it.
func (s Subscription) VisibleTo(partners []PartnerID, today calendar.Date) bool {
	return slices.ContainsFunc(s.Partners, func(p PartnerOfRecord) bool {
		return !p.ended(today) && slices.Contains(partners, p.Partner)
	})
}

// SeenBy leaves out the partners of record that partners may not see: all but
// themselves.
func (s Subscription) SeenBy(partners []PartnerID) Subscription {
	s.Partners = slices.DeleteFunc(slices.Clone(s.Partners), func(p PartnerOfRecord) bool {
		return !slices.Contains(partners, p.Partner)
	})
	return s
}

// View is a subscription as it stands on a day.
type View struct {
	Subscription
	Partner     PartnerID     // of that day, or of the first one if it has not begun
	PartnerFrom calendar.Date // its first day
}

// On returns the subscription as it stands at an instant.
func (s Subscription) On(now time.Time) View {
	serving := s.servingOn(s.Today(now))
	return View{Subscription: s, Partner: serving.Partner, PartnerFrom: serving.From}
}
