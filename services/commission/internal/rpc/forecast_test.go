package rpc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Callers who may read forecasts.
var (
	forecaster = servertest.Partner("softcat", "forecast:read")
	outsider   = servertest.Partner("cdw", "forecast:read")
	fiona      = servertest.Person("fiona", auth.Finance)
	bi         = servertest.Service("bi")
)

func (w *world) forecasts(c auth.Caller) commissionv1.ForecastServiceClient {
	return commissionv1.NewForecastServiceClient(w.As(c))
}

// due puts a subscription of 24,000.00 GBP a year into the book, whose renewal
// is open and due on 2026-04-01, with its margin locked.
func (w *world) due(id, partner, segment string, bps int32) {
	w.t.Helper()
	w.customer.subscribe(id, partner)
	w.lock(id, partner, bps)
	w.book(id, partner, segment, 2_400_000)
	_, err := w.db.SystemPool().Exec(servertest.Context(w.t), `
		WITH contract AS (
			INSERT INTO forecast_contracts (subscription_id, revision, imported, tenures, seats_declining)
			VALUES ($1, 1, '[]', jsonb_build_array(jsonb_build_object('partner_id', $2::text, 'from', '2025-04-01')), false)
		)
		INSERT INTO renewals (renewal_id, subscription_id, book_revision, partner_id, customer_id, customer_name, segment, country_code, product_id,
			family_id, time_zone, code_version_id, term_start, due_date, open_date, lapse_date, expire_date, term_months, seats, currency,
			unit_price_minor, current_net_minor, renewal_net_minor, renewed, renewed_by)
		VALUES ('rnw_' || $1, $1, 1, $2, 'cus_1', 'Customer', $3, 'GB', 'gateway', 'email-security', 'Europe/London', 'cod_1', '2025-04-01', '2026-04-01',
			'2026-01-01', '2026-05-01', '2026-06-30', 12, 200, 'GBP', 12000, 2400000, 2520000, false, '')`, id, partner, segment)
	must(w.t, err)
}

// refresh brings the forecast up to date.
func (w *world) refresh() {
	w.t.Helper()
	for more := true; more; {
		var err error
		more, err = w.finance.RefreshForecast(servertest.Context(w.t))
		must(w.t, err)
	}
}

func TestGetForecast_SlicesAndTotals(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.due("sub_2", "agent", "GLOBAL", 1000)
	w.refresh()
	answer, err := w.forecasts(fiona).GetForecast(servertest.Context(t), &commissionv1.GetForecastRequest{
		FromMonth: "2026-04", Months: new(int32(24)), GroupBy: []commissionv1.ForecastDimension{
			commissionv1.ForecastDimension_FORECAST_DIMENSION_PARTNER, commissionv1.ForecastDimension_FORECAST_DIMENSION_SEGMENT,
		},
	})
	must(t, err)
	agent := &commissionv1.ForecastSlice{
		PartnerId: "agent", Segment: customerv1.Segment_SEGMENT_GLOBAL, CurrencyCode: "GBP", SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY,
		Committed: "0.00", Expected: "4411.26", Upside: "5166.00", StandardDeviation: "1284.15",
		Months: []*commissionv1.ForecastMonth{
			{Month: "2026-04", Committed: "0.00", Expected: "2268.00", Upside: "2520.00", StandardDeviation: "756.00"},
			{Month: "2027-04", Committed: "0.00", Expected: "2143.26", Upside: "2646.00", StandardDeviation: "1038.03"},
		},
	}
	softcat := &commissionv1.ForecastSlice{
		PartnerId: "softcat", Segment: customerv1.Segment_SEGMENT_ENTERPRISE, CurrencyCode: "GBP", SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE,
		Committed: "0.00", Expected: "8822.52", Upside: "10332.00", StandardDeviation: "2568.30",
		Months: []*commissionv1.ForecastMonth{
			{Month: "2026-04", Committed: "0.00", Expected: "4536.00", Upside: "5040.00", StandardDeviation: "1512.00"},
			{Month: "2027-04", Committed: "0.00", Expected: "4286.52", Upside: "5292.00", StandardDeviation: "2076.06"},
		},
	}
	total := func(s *commissionv1.ForecastSlice) *commissionv1.ForecastSlice {
		return &commissionv1.ForecastSlice{
			CurrencyCode: s.CurrencyCode, SettlementMode: s.SettlementMode, Committed: s.Committed, Expected: s.Expected, Upside: s.Upside,
			StandardDeviation: s.StandardDeviation, Months: s.Months,
		}
	}
	want := &commissionv1.GetForecastResponse{
		FromMonth: "2026-04", Months: 24, Slices: []*commissionv1.ForecastSlice{agent, softcat}, Totals: []*commissionv1.ForecastSlice{total(agent), total(softcat)},
		Probabilities: &commissionv1.RenewalProbabilities{
			ScheduledBps: new(int32(9000)), OpenBps: new(int32(9000)), QuotedBps: new(int32(9300)), SubmittedBps: new(int32(9800)),
			GraceBps: new(int32(4000)), LapsedBps: new(int32(1000)),
		},
	}
	if diff := cmp.Diff(want, answer, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestGetForecast_ShowsEachCallerItsOwn(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.refresh()
	for _, c := range []struct {
		caller auth.Caller
		want   string
	}{{forecaster, "5040.00"}, {fiona, "5040.00"}, {anna, "5040.00"}, {bi, "5040.00"}, {outsider, ""}} {
		for _, partner := range []string{"", "softcat"} {
			answer, err := w.forecasts(c.caller).GetForecast(servertest.Context(t), &commissionv1.GetForecastRequest{PartnerId: partner})
			must(t, err)
			got := ""
			for _, total := range answer.GetTotals() {
				got += total.GetUpside()
			}
			if got != c.want {
				t.Errorf("%s sees %q of partner %q; want %q", c.caller, got, partner, c.want)
			}
		}
	}
}

func TestGetForecast_FiltersAndGivenProbabilities(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.due("sub_2", "softcat", "GLOBAL", 1000)
	w.refresh()
	for _, c := range []struct {
		name    string
		request *commissionv1.GetForecastRequest
		want    string
	}{
		{"all", &commissionv1.GetForecastRequest{}, "6804.00 of 7560.00"},
		{"a segment", &commissionv1.GetForecastRequest{Segment: customerv1.Segment_SEGMENT_GLOBAL}, "2268.00 of 2520.00"},
		{"a family", &commissionv1.GetForecastRequest{FamilyId: "email-security"}, "6804.00 of 7560.00"},
		{"another family", &commissionv1.GetForecastRequest{FamilyId: "archiving"}, ""},
		{"a currency", &commissionv1.GetForecastRequest{CurrencyCode: "GBP"}, "6804.00 of 7560.00"},
		{"another currency", &commissionv1.GetForecastRequest{CurrencyCode: "USD"}, ""},
		{"a mode", &commissionv1.GetForecastRequest{SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE}, "6804.00 of 7560.00"},
		{"the other mode", &commissionv1.GetForecastRequest{SettlementMode: partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY}, ""},
		{"from a month", &commissionv1.GetForecastRequest{FromMonth: "2026-05", Months: new(int32(11))}, ""},
		{"a history that is none yet", &commissionv1.GetForecastRequest{Basis: commissionv1.ProbabilityBasis_PROBABILITY_BASIS_HISTORY}, "6804.00 of 7560.00"},
		{"given", &commissionv1.GetForecastRequest{Probabilities: &commissionv1.RenewalProbabilities{OpenBps: new(int32(5000))}}, "3780.00 of 7560.00"},
		{"given in vain", &commissionv1.GetForecastRequest{Probabilities: &commissionv1.RenewalProbabilities{GraceBps: new(int32(5000))}}, "6804.00 of 7560.00"},
	} {
		answer, err := w.forecasts(forecaster).GetForecast(servertest.Context(t), c.request)
		must(t, err)
		got := ""
		for _, total := range answer.GetTotals() {
			got += fmt.Sprintf("%s of %s", total.GetExpected(), total.GetUpside())
		}
		if got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

func TestGetForecast_PagesItsSlices(t *testing.T) {
	w := newWorld(t)
	for i, segment := range []string{"ENTERPRISE", "GLOBAL", "MID_MARKET", "SMALL_BUSINESS"} {
		w.due(fmt.Sprint("sub_", i), "softcat", segment, 2000)
	}
	w.refresh()
	request := &commissionv1.GetForecastRequest{PageSize: 3, GroupBy: []commissionv1.ForecastDimension{commissionv1.ForecastDimension_FORECAST_DIMENSION_SEGMENT}}
	var segments []customerv1.Segment
	for pages := 1; ; pages++ {
		answer, err := w.forecasts(fiona).GetForecast(servertest.Context(t), request)
		must(t, err)
		if len(answer.GetTotals()) != 1 || answer.GetTotals()[0].GetUpside() != "20160.00" {
			t.Errorf("page %d: %v", pages, answer.GetTotals())
		}
		for _, s := range answer.GetSlices() {
			segments = append(segments, s.GetSegment())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	want := []customerv1.Segment{
		customerv1.Segment_SEGMENT_ENTERPRISE, customerv1.Segment_SEGMENT_GLOBAL, customerv1.Segment_SEGMENT_MID_MARKET, customerv1.Segment_SEGMENT_SMALL_BUSINESS,
	}
	if diff := cmp.Diff(want, segments); diff != "" {
		t.Error(diff)
	}
}

func TestGetForecast_Refuses(t *testing.T) {
	w := newWorld(t)
	partner := commissionv1.ForecastDimension_FORECAST_DIMENSION_PARTNER
	for _, c := range []struct {
		request *commissionv1.GetForecastRequest
		reason  fault.Reason
		field   string
	}{
		{&commissionv1.GetForecastRequest{Months: new(int32(0))}, "RANGE_EMPTY", "months"},
		{&commissionv1.GetForecastRequest{Months: new(int32(61))}, "HORIZON_TOO_LONG", "months"},
		{&commissionv1.GetForecastRequest{FromMonth: "2031-01"}, "HORIZON_TOO_LONG", "months"},
		{&commissionv1.GetForecastRequest{FromMonth: "2026-13"}, "DATE_INVALID", "from_month"},
		{&commissionv1.GetForecastRequest{FromMonth: "2026-04-01"}, "DATE_INVALID", "from_month"},
		{&commissionv1.GetForecastRequest{Probabilities: &commissionv1.RenewalProbabilities{ScheduledBps: new(int32(10_001))}}, "PROBABILITY_OUT_OF_RANGE", "probabilities.scheduled_bps"},
		{&commissionv1.GetForecastRequest{Probabilities: &commissionv1.RenewalProbabilities{LapsedBps: new(int32(-1))}}, "PROBABILITY_OUT_OF_RANGE", "probabilities.lapsed_bps"},
		{&commissionv1.GetForecastRequest{GroupBy: []commissionv1.ForecastDimension{partner, partner}}, "REQUEST_INVALID", "group_by"},
		{&commissionv1.GetForecastRequest{PageSize: -1}, "PAGE_SIZE_INVALID", "page_size"},
		{&commissionv1.GetForecastRequest{PageToken: "x"}, "PAGE_TOKEN_INVALID", "page_token"},
	} {
		_, err := w.forecasts(fiona).GetForecast(servertest.Context(t), c.request)
		wantReason(t, err, c.reason, c.field)
	}
	_, err := w.forecasts(softcat).GetForecast(servertest.Context(t), &commissionv1.GetForecastRequest{})
	wantReason(t, err, "SCOPE_MISSING", "")
	_, err = w.forecasts(billing).GetForecast(servertest.Context(t), &commissionv1.GetForecastRequest{})
	wantReason(t, err, "PERMISSION_DENIED", "")
}
