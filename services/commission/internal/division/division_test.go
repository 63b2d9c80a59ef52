package division_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/division"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var april = calendar.On(2026, time.April, 1)

// serving is a relationship of a partner from a day on.
func serving(partner string, from calendar.Date, rate money.Bps, limit *margin.Cap) records.Relationship {
	return records.Relationship{Relationship: margin.Relationship{
		ID: "rel_" + partner, SubscriptionID: "sub_1", PartnerID: partner, From: from, Mode: margin.Resale, Lock: margin.Lock{Rate: rate, On: from}, Cap: limit,
	}}
}

// booked is a year from april at 120.00 GBP a seat, sold under a relationship.
func booked(t rapid.TB, id string, seats int64, billing margin.Billing, under records.Relationship) records.Booking {
	t.Helper()
	rate, err := under.RateOn(april)
	if err != nil {
		t.Fatal(err)
	}
	c, err := margin.Calculate(margin.Sale{
		Seats: seats, UnitPrice: money.Amount{Minor: 12000, Currency: "GBP"}, Anchor: april, Start: april, Months: 12, Billing: billing,
		Mode: under.Mode, Rate: rate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return records.Booking{SourceID: id, RelationshipID: under.ID, Term: c.Term, Calculation: c}
}

func ended(r records.Relationship, on calendar.Date) records.Relationship {
	r.Until = on
	return r
}

func TestDivide_GivesEachPartnerItsDays(t *testing.T) {
	july := calendar.On(2026, time.July, 1)
	old := serving("softcat", april, 2000, nil)
	next := serving("cdw", july, 2000, &margin.Cap{Rate: 500, Until: july.AddMonths(12)})
	h := division.Handover{TransferID: "trf_1", Relationships: []records.Relationship{ended(old, july)}, New: next}
	d, found, err := h.Divide(booked(t, "sbm_1", 200, margin.Prepaid, old), nil)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	for _, want := range []struct {
		part        *records.TermShare
		span        string
		net, margin string
		effective   money.Bps
	}{
		{d.Old, "[2026-04-01, 2026-07-01)", "5983.56", "1196.71", 2000},
		{d.New, "[2026-07-01, 2027-04-01)", "18016.44", "900.82", 500},
	} {
		if got := want.part; got.Span.String() != want.span || got.Net.Decimal() != want.net || got.Margin.Decimal() != want.margin ||
			got.Effective != want.effective || got.TransferID != "trf_1" || got.SourceID != "sbm_1" {
			t.Errorf("got %+v; want %+v", got, want)
		}
	}
	if _, again, err := h.Divide(booked(t, "sbm_1", 200, margin.Prepaid, old), d.Parts()); again || err != nil {
		t.Errorf("divided again: %v", err)
	}
}

func TestDivide_LeavesAloneWhatIsNotTheOldPartners(t *testing.T) {
	july := calendar.On(2026, time.July, 1)
	old, next := serving("softcat", april, 2000, nil), serving("cdw", july, 1500, nil)
	h := division.Handover{Relationships: []records.Relationship{ended(old, july), next}, New: next}
	own := booked(t, "sbm_2", 200, margin.Prepaid, old)
	own.RelationshipID = next.ID
	if _, found, _ := h.Divide(own, nil); found {
		t.Error("the new partner's own booking is divided")
	}
	h.New.From = april.AddMonths(12)
	if _, found, _ := h.Divide(booked(t, "sbm_1", 200, margin.Prepaid, old), nil); found {
		t.Error("a term that ends on the effective date is divided")
	}
	h.New.From = april.AddDays(-1)
	ahead := serving("softcat", april.AddMonths(-12), 2000, nil)
	h.Relationships = []records.Relationship{ended(ahead, h.New.From)}
	d, found, err := h.Divide(booked(t, "sbm_1", 200, margin.Prepaid, ahead), nil)
	if err != nil || !found || d.Old != nil || d.New.Net.Decimal() != "24000.00" || d.New.Margin.Decimal() != "3600.00" {
		t.Errorf("of a renewal booked before, the old partner has %+v and the new one %+v, %v", d.Old, d.New, err)
	}
}

func TestDivide_OfAnUnlockedImportKnowsTheNewPartnersPartOnly(t *testing.T) {
	july := calendar.On(2026, time.July, 1)
	next := serving("cdw", july, 1500, nil)
	b := booked(t, "sub_1:2026-04-01", 200, margin.Prepaid, serving("softcat", april, 0, nil))
	b.RelationshipID = ""
	d, found, err := division.Handover{New: next}.Divide(b, nil)
	if err != nil || !found || d.Old != nil || d.New.Net.Decimal() != "18016.44" {
		t.Errorf("%+v, %v", d, err)
	}
}

// However often a term changes hands, its days and its net are whole, nobody's
// margin is rewritten but by dividing it, and none exceeds its rate.
func TestDivide_KeepsTheTermWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := serving("p0", april, money.Bps(rapid.IntRange(0, 10000).Draw(t, "rate")), nil)
		b := booked(t, "sbm_1", rapid.Int64Range(1, 500).Draw(t, "seats"),
			rapid.SampledFrom([]margin.Billing{margin.Prepaid, margin.Annual, margin.Monthly}).Draw(t, "billing"), first)
		all, standing := []records.Relationship{first}, []records.TermShare(nil)
		from := april
		for i := range rapid.IntRange(1, 4).Draw(t, "transfers") {
			from = from.AddDays(rapid.IntRange(1, 80).Draw(t, "days"))
			var limit *margin.Cap
			if rapid.Bool().Draw(t, "poached") {
				limit = &margin.Cap{Rate: 500}
			}
			next := serving("p"+string(rune('1'+i)), from, money.Bps(rapid.IntRange(0, 10000).Draw(t, "rate")), limit)
			all[len(all)-1].Until = from
			h := division.Handover{TransferID: next.ID, Relationships: all, New: next}
			all = append(all, next)
			d, found, err := h.Divide(b, standing)
			if err != nil || !found {
				t.Fatal(found, err)
			}
			standing = replace(standing, d)
		}
		checkWhole(t, b, standing)
	})
}

// replace stores a division as the database does.
func replace(standing []records.TermShare, d division.Division) []records.TermShare {
	var kept []records.TermShare
	for _, p := range standing {
		if d.Replaces == "" || p.ID != d.Replaces {
			kept = append(kept, p)
		}
	}
	for _, p := range d.Parts() {
		p.ID = "shr_" + p.PartnerID + "_" + p.TransferID
		kept = append(kept, p)
	}
	return kept
}

func checkWhole(t *rapid.T, b records.Booking, standing []records.TermShare) {
	net, days := int64(0), b.Term.Start
	for _, p := range standing {
		if p.Span.Start != days {
			t.Fatalf("%s follows on %s", p.Span, days)
		}
		days, net = p.Span.End, net+p.Net.Minor
		whole, err := p.Net.Portion(p.Effective)
		if err != nil {
			t.Fatal(err)
		}
		if over := p.Margin.Minor - whole.Minor; over > int64(len(p.Instalments))+1 {
			t.Fatalf("%s earns %s on %s at %d bps", p.PartnerID, p.Margin, p.Net, p.Effective)
		}
		parts := money.Amount{Currency: p.Net.Currency}
		for _, i := range p.Instalments {
			parts.Minor += i.Margin.Minor
		}
		if parts != p.Margin {
			t.Fatalf("instalments of %s earn %s, the part %s", p.PartnerID, parts, p.Margin)
		}
	}
	if days != b.Term.End || net != b.Calculation.Net.Minor {
		t.Fatalf("until %s for %d; want %s for %d", days, net, b.Term.End, b.Calculation.Net.Minor)
	}
}
