package rpc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// book puts a subscription into the book, as its feed would.
func (w *world) book(id, partner, segment string, netMinor int64) {
	w.t.Helper()
	_, err := w.db.SystemPool().Exec(servertest.Context(w.t), `
		INSERT INTO book (subscription_id, revision, external_id, customer_id, customer_name, segment, country_code, product_id, family_id, partner_id,
			currency, unit_price_minor, seats, uplift_bps, term_months, billing, term_start, term_end, term_net_minor, anchor_date, time_zone)
		VALUES ($1, 1, '', 'cus_1', 'Customer', $3, 'GB', 'gateway', 'email-security', $2,
			'GBP', 12000, 200, 500, 12, 'PREPAID', '2025-04-01', '2026-04-01', $4, '2025-04-01', 'Europe/London')`,
		id, partner, segment, netMinor)
	must(w.t, err)
}

func TestSimulateRateCard_ComparesTheBooksLocksWithTheCard(t *testing.T) {
	w := newWorld(t)
	for i, net := range []int64{2_400_000, 1_000_001} {
		id := fmt.Sprintf("sub_%d", i)
		w.customer.subscribe(id, "softcat")
		w.lock(id, "softcat", 2000)
		w.book(id, "softcat", "ENTERPRISE", net)
	}
	w.capped("sub_capped", 2000, 500, calendar.On(2027, 4, 1))
	w.book("sub_capped", "softcat", "ENTERPRISE", 100_000)
	w.customer.subscribe("sub_agent", "agent")
	w.lock("sub_agent", "agent", 1000)
	w.book("sub_agent", "agent", "GLOBAL", 500_000)
	w.book("sub_unlocked", "softcat", "ENTERPRISE", 999)

	reseller := partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	card, err := w.rateCards(anna).CreateRateCard(servertest.Context(t), draft("2026-04-01", &commissionv1.Rate{PartnerType: reseller, MarginBps: 1500}))
	must(t, err)
	answer, err := w.rateCards(anna).SimulateRateCard(servertest.Context(t), &commissionv1.SimulateRateCardRequest{RateCardId: card.GetRateCardId()})
	must(t, err)
	want := []*commissionv1.SimulatedRow{
		{
			PartnerType: reseller, FamilyId: "email-security", Segment: customerv1.Segment_SEGMENT_ENTERPRISE, CurrencyCode: "GBP", Relationships: 3,
			Net: "35000.01", LockedMargin: "6850.00", SimulatedMargin: "5250.00", SimulatedBps: 1500,
		},
		{
			PartnerType: partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT, FamilyId: "email-security", Segment: customerv1.Segment_SEGMENT_GLOBAL,
			CurrencyCode: "GBP", Relationships: 1, Net: "5000.00", LockedMargin: "500.00",
		},
	}
	if diff := cmp.Diff(want, answer.GetRows(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	_, err = w.rateCards(anna).SimulateRateCard(servertest.Context(t), &commissionv1.SimulateRateCardRequest{RateCardId: "rat_none"})
	wantReason(t, err, "NOT_FOUND", "")
}
