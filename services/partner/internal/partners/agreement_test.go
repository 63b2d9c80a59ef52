package partners_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

func day(text string) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func between(id, from, until string) partners.Agreement {
	return partners.Agreement{ID: partners.AgreementID(id), SettlementMode: partners.Resale, From: day(from), Until: day(until)}
}

func TestAgree_RefusesADayThatAnotherAgreementHas(t *testing.T) {
	year := between("year", "2025-01-01", "2026-01-01")
	open := between("open", "2027-01-01", "")
	tests := []struct {
		name, from, until string
		want              error
	}{
		{"the day after the last", "2026-01-01", "2027-01-01", nil},
		{"the last day", "2025-12-31", "2026-06-01", partners.ErrAgreementOverlaps},
		{"until the first day", "2024-01-01", "2025-01-01", nil},
		{"over the first day", "2024-01-01", "2025-01-02", partners.ErrAgreementOverlaps},
		{"within", "2025-03-01", "2025-04-01", partners.ErrAgreementOverlaps},
		{"around", "2024-01-01", "2026-06-01", partners.ErrAgreementOverlaps},
		{"for ever", "2026-01-01", "", partners.ErrAgreementOverlaps},
		{"into an open one", "2030-01-01", "2030-02-01", partners.ErrAgreementOverlaps},
		{"no day", "2026-02-01", "2026-02-01", partners.ErrRangeEmpty},
		{"backwards", "2026-02-01", "2026-01-31", partners.ErrRangeEmpty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := enrolled.Agree(between("new", tt.from, tt.until), []partners.Agreement{year, open})
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err == nil && (got.PartnerID != enrolled.ID || got.Revision != 1) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAgree_RefusesPartnersThatDoNotSell(t *testing.T) {
	for _, kind := range []partners.Type{partners.Supplier, partners.CyberResilience, partners.StrategicAlliance} {
		p := enrolled
		p.Type = kind
		if _, err := p.Agree(between("new", "2026-01-01", ""), nil); !errors.Is(err, partners.ErrNotSelling) {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestAgree_SelfBillsUnderATaxNumber(t *testing.T) {
	for _, tt := range []struct {
		name string
		self bool
		tax  string
		want error
	}{
		{"neither", false, "", nil},
		{"both", true, "GB123456789", nil},
		{"a number alone", false, "NL 0012.34-567/B01", nil},
		{"no number", true, "", partners.ErrInvalid},
		{"a blank number", true, "    ", partners.ErrInvalid},
		{"a short number", true, "GB1", partners.ErrInvalid},
		{"a long number", false, "GB12345678901234567890123456789", partners.ErrInvalid},
		{"other characters", false, "GB12345678é", partners.ErrInvalid},
	} {
		for _, mode := range []partners.SettlementMode{partners.Agency, partners.Resale} {
			a := between("new", "2026-01-01", "")
			a.SettlementMode, a.SelfBilling, a.TaxID = mode, tt.self, tt.tax
			got, err := enrolled.Agree(a, nil)
			if refusal, refused := fault.Of(err); !errors.Is(err, tt.want) || refused && refusal.Field != "agreement.tax_id" {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
			if err == nil && (got.SelfBilling != tt.self || got.TaxID != tt.tax) {
				t.Errorf("%s: got %+v", tt.name, got)
			}
		}
	}
}

func TestEnd_MovesAnEndThatHasNotCome(t *testing.T) {
	today := day("2026-03-01")
	next := between("next", "2026-09-01", "")
	tests := []struct {
		name      string
		agreement partners.Agreement
		until     string
		want      error
	}{
		{"today", between("a", "2025-01-01", ""), "2026-03-01", nil},
		{"yesterday", between("a", "2025-01-01", ""), "2026-02-28", partners.ErrDateInvalid},
		{"earlier than agreed", between("a", "2025-01-01", "2026-09-01"), "2026-04-01", nil},
		{"later than agreed", between("a", "2025-01-01", "2026-04-01"), "2026-09-01", nil},
		{"into the next", between("a", "2025-01-01", "2026-04-01"), "2026-09-02", partners.ErrAgreementOverlaps},
		{"ended today", between("a", "2025-01-01", "2026-03-01"), "2026-04-01", partners.ErrStateInvalid},
		{"before it begins", between("a", "2026-05-01", "2026-06-01"), "2026-05-01", partners.ErrRangeEmpty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := []partners.Agreement{tt.agreement, next}
			ended, err := tt.agreement.End(partners.Ending{Until: day(tt.until), Today: today}, all)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err == nil && ended.Until != day(tt.until) {
				t.Errorf("ends %s", ended.Until)
			}
		})
	}
}

// Whatever agreements were accepted one after the other, every day has at most
// one of them.
func TestAgree_LeavesAtMostOneForEveryDay(t *testing.T) {
	first := calendar.On(2026, time.January, 1)
	rapid.Check(t, func(t *rapid.T) {
		var accepted []partners.Agreement
		for i := range rapid.IntRange(1, 12).Draw(t, "wishes") {
			wish := partners.Agreement{
				ID: partners.AgreementID(fmt.Sprint(i)), From: first.AddDays(rapid.IntRange(0, 30).Draw(t, "from")),
			}
			if length := rapid.IntRange(0, 10).Draw(t, "length"); length > 0 {
				wish.Until = wish.From.AddDays(length)
			}
			if a, err := enrolled.Agree(wish, accepted); err == nil {
				accepted = append(accepted, a)
			}
		}
		for offset := range 45 {
			on, holders := first.AddDays(offset), 0
			for _, a := range accepted {
				if !on.Before(a.From) && (a.Until.IsZero() || on.Before(a.Until)) {
					holders++
				}
			}
			if holders > 1 {
				t.Fatalf("%d agreements on %s: %v", holders, on, accepted)
			}
		}
	})
}
