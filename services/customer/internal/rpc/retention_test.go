package rpc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var (
	experience = servertest.Person("eve", auth.Experience)
	bi         = servertest.Service("bi")
)

func (h *harness) retention(c auth.Caller) customerv1.RetentionServiceClient {
	return customerv1.NewRetentionServiceClient(h.env.As(c))
}

// rates makes pounds the base currency, and a dollar worth 80 pence.
func (h *harness) rates() {
	h.t.Helper()
	_, err := h.catalogue(admin).CreateFxSet(h.ctx, &customerv1.CreateFxSetRequest{RequestId: rid(), FxSet: &customerv1.FxSet{
		ValidFrom: "2010-01-01", BaseCurrency: "GBP", Rates: []*customerv1.FxRate{{CurrencyCode: "USD", Rate: "0.8"}},
	}})
	must(h.t, err)
}

// year2024 is a year of so many seats at 1,000.00 for a new customer.
func (h *harness) year2024(seats int64, spoil func(*customerv1.CreateSubscriptionRequest)) *customerv1.Subscription {
	h.t.Helper()
	r := order(h.customer(fmt.Sprintf("customer-%d.example", requests.Add(1))).GetCustomerId())
	r.StartDate, r.Seats, r.UnitPrice = "2024-01-01", seats, gbp("1000.00")
	if spoil != nil {
		spoil(r)
	}
	s, err := h.subscriptions(commission).CreateSubscription(h.ctx, r)
	must(h.t, err)
	return s
}

// renew renews a subscription with so many seats at 1,000.00.
func (h *harness) renew(s *customerv1.Subscription, seats int64) {
	h.t.Helper()
	r := renewal(h.get(s.GetSubscriptionId()))
	r.Seats, r.UnitPrice = seats, &typev1.Money{CurrencyCode: s.GetUnitPrice().GetCurrencyCode(), Amount: "1000.00"}
	_, err := h.subscriptions(commission).RenewSubscription(h.ctx, r)
	must(h.t, err)
}

// move gives a subscription to northwind within the year 2024.
func (h *harness) move(s *customerv1.Subscription) {
	h.t.Helper()
	_, err := h.subscriptions(partner).ReassignSubscription(h.ctx, &customerv1.ReassignSubscriptionRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind",
		EffectiveDate: "2024-07-01", AgreedDate: "2024-06-01", TransferId: rid(), RequestId: rid(),
	})
	must(h.t, err)
}

func of2024() *customerv1.GetRetentionRequest {
	return &customerv1.GetRetentionRequest{StartDate: "2024-01-01", EndDate: "2025-01-01"}
}

func (h *harness) figures(c auth.Caller, r *customerv1.GetRetentionRequest) *customerv1.RetentionFigures {
	h.t.Helper()
	found, err := h.retention(c).GetRetention(h.ctx, r)
	must(h.t, err)
	return found.GetTotal()
}

// wantRates checks gross, net and logo retention.
func wantRates(t *testing.T, who string, f *customerv1.RetentionFigures, gross, net, logo int32) {
	t.Helper()
	if got := [3]int32{f.GetGrrBps(), f.GetNrrBps(), f.GetLogoBps()}; got != [3]int32{gross, net, logo} {
		t.Errorf("%s: got gross, net, logo %v, want %v", who, got, [3]int32{gross, net, logo})
	}
}

func TestGetRetention_OfTenMillion(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	h.renew(h.year2024(5_000, nil), 6_800)
	h.renew(h.year2024(4_100, nil), 3_500)
	h.year2024(900, nil)
	h.year2024(700, func(r *customerv1.CreateSubscriptionRequest) { r.StartDate = "2024-01-02" }) // after the first day

	for _, who := range []auth.Caller{channel, experience, admin, bi, softcat} {
		found, err := h.retention(who).GetRetention(h.ctx, of2024())
		must(t, err)
		total := found.GetTotal()
		wantRates(t, who.String(), total, 8500, 10300, 6667)
		want := &customerv1.RetentionFigures{
			GrrBps: total.GrrBps, NrrBps: total.NrrBps, LogoBps: total.LogoBps, StartCustomers: 3, EndCustomers: 2,
			StartValue: gbp("10000000.00"), EndValue: gbp("10300000.00"), RetainedValue: gbp("8500000.00"),
			Movements: []*customerv1.MovementFigures{
				{Movement: customerv1.Movement_MOVEMENT_EXPANDED, Customers: 1, StartValue: gbp("5000000.00"), EndValue: gbp("6800000.00")},
				{Movement: customerv1.Movement_MOVEMENT_CONTRACTED, Customers: 1, StartValue: gbp("4100000.00"), EndValue: gbp("3500000.00")},
				{Movement: customerv1.Movement_MOVEMENT_CHURNED, Customers: 1, StartValue: gbp("900000.00"), EndValue: gbp("0.00")},
			},
		}
		if diff := cmp.Diff(want, total, protocmp.Transform()); diff != "" || found.GetFxSetId() == "" {
			t.Errorf("%s: %s", who, diff)
		}
	}
}

func TestGetRetention_CountsWhatWasRenewedLate(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	s := h.year2024(100, nil)
	wantRates(t, "before", h.figures(channel, of2024()), 0, 0, 0)
	h.renew(s, 100) // long after the end, back-dated to it
	wantRates(t, "after", h.figures(channel, of2024()), 10000, 10000, 10000)
}

func TestGetRetention_ValuesBothDaysByTheRatesOfTheFirst(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	_, err := h.catalogue(admin).CreateFxSet(h.ctx, &customerv1.CreateFxSetRequest{RequestId: rid(), FxSet: &customerv1.FxSet{
		ValidFrom: "2024-06-01", BaseCurrency: "EUR", Rates: []*customerv1.FxRate{{CurrencyCode: "USD", Rate: "2"}},
	}})
	must(t, err)
	h.renew(h.year2024(100, func(r *customerv1.CreateSubscriptionRequest) {
		r.UnitPrice = &typev1.Money{CurrencyCode: "USD", Amount: "1000.00"}
	}), 100)
	total := h.figures(channel, of2024())
	wantRates(t, "dollars", total, 10000, 10000, 10000)
	if diff := cmp.Diff(gbp("80000.00"), total.GetEndValue(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestGetRetention_ATransferIsLostForOneAndNotNewForTheOther(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	moved, kept := h.year2024(60, nil), h.year2024(40, nil)
	own := h.year2024(100, func(r *customerv1.CreateSubscriptionRequest) { r.PartnerId = "northwind" })
	grown := h.year2024(50, func(r *customerv1.CreateSubscriptionRequest) { r.CustomerId = own.GetCustomerId() })
	for _, s := range []*customerv1.Subscription{moved, grown} { // the second one of a customer that northwind serves already
		h.move(s)
	}
	for _, s := range []*customerv1.Subscription{moved, kept, own, grown} {
		h.renew(s, s.GetSeats())
	}
	wantRates(t, "vendor", h.figures(channel, of2024()), 10000, 10000, 10000)
	wantRates(t, "softcat", h.figures(softcat, of2024()), 2667, 2667, 3333)
	wantRates(t, "northwind", h.figures(northwind, of2024()), 10000, 10000, 10000)

	lost, err := h.retention(softcat).ListRetentionCustomers(h.ctx, &customerv1.ListRetentionCustomersRequest{
		StartDate: "2024-01-01", EndDate: "2025-01-01", Movement: customerv1.Movement_MOVEMENT_LOST_TO_PARTNER,
	})
	must(t, err)
	want := []*customerv1.RetentionCustomer{
		{CustomerId: moved.GetCustomerId(), StartValue: gbp("60000.00")}, {CustomerId: own.GetCustomerId(), StartValue: gbp("50000.00")},
	}
	for _, c := range want { // without the names of whom it does not serve any more
		c.Segment, c.CountryCode, c.EndValue, c.Movement = customerv1.Segment_SEGMENT_MID_MARKET, "GB", gbp("0.00"), customerv1.Movement_MOVEMENT_LOST_TO_PARTNER
	}
	if diff := cmp.Diff(want, lost.GetCustomers(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	found, err := h.retention(channel).GetRetention(h.ctx, &customerv1.GetRetentionRequest{
		StartDate: "2024-01-01", EndDate: "2025-01-01", GroupBy: customerv1.RetentionDimension_RETENTION_DIMENSION_PARTNER,
	})
	must(t, err)
	if s := found.GetSlices(); len(s) != 2 || s[0].GetPartnerId() != "northwind" || s[1].GetPartnerId() != "softcat" {
		t.Fatalf("got %v", s)
	}
	wantRates(t, "the vendor's view of softcat", found.GetSlices()[1].GetFigures(), 2667, 2667, 3333)
}

func TestGetRetention_PartnersThatMergedAreOne(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	s := h.year2024(60, nil)
	h.move(s)
	h.renew(s, 60)
	both := servertest.Partner("northwind", "customers:read")
	both.PartnerIDs = []string{"northwind", "softcat"}
	wantRates(t, "both", h.figures(both, of2024()), 10000, 10000, 10000)
	wantRates(t, "the absorbed one", h.figures(both, &customerv1.GetRetentionRequest{StartDate: "2024-01-01", EndDate: "2025-01-01", PartnerId: "softcat"}), 0, 0, 0)
}

func TestGetRetention_CustomersThatMergedAreTheOneThatGoesOn(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	ended, lasting := h.year2024(60, nil), h.year2024(40, nil)
	h.renew(lasting, 100)
	_, err := h.customers(channel).MergeCustomers(h.ctx, &customerv1.MergeCustomersRequest{
		CustomerId: ended.GetCustomerId(), IntoCustomerId: lasting.GetCustomerId(), RequestId: rid(),
	})
	must(t, err)
	total := h.figures(channel, of2024())
	if wantRates(t, "merged", total, 10000, 10000, 10000); total.GetStartCustomers() != 1 {
		t.Errorf("got %v", total)
	}
}

func TestGetRetention_CountsAddedSeatsFromTheirDayOn(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	c := acme()
	c.TimeZone = "Etc/UTC"
	customer, err := h.customers(channel).CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: c, RequestId: rid()})
	must(t, err)
	s, err := h.subscriptions(commission).CreateSubscription(h.ctx, order(customer.GetCustomerId())) // 200 seats at 120.00, in a term that runs
	must(t, err)
	_, err = h.subscriptions(commission).ChangeSeats(h.ctx, &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(1), Seats: 250, RequestId: rid(),
	})
	must(t, err)
	_, err = h.subscriptions(commission).ChangeSeats(h.ctx, &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(0), Seats: 300, RequestId: rid(),
	})
	must(t, err)
	total := h.figures(channel, &customerv1.GetRetentionRequest{StartDate: day(-1), EndDate: day(0)})
	if got := total.GetStartValue().GetAmount() + " to " + total.GetEndValue().GetAmount(); got != "24000.00 to 30000.00" {
		t.Errorf("got %s", got)
	}
}

func TestListRetentionCustomers_AddsUpToTheFigure(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	for n := range int64(9) {
		if s := h.year2024(100+n, nil); n%3 < 2 {
			h.renew(s, 100)
		}
	}
	start, end, pages := int64(0), int64(0), 0
	request := &customerv1.ListRetentionCustomersRequest{StartDate: "2024-01-01", EndDate: "2025-01-01", PageSize: 4}
	for {
		page, err := h.retention(softcat).ListRetentionCustomers(h.ctx, request)
		must(t, err)
		for _, c := range page.GetCustomers() {
			start += pence(t, c.GetStartValue())
			end += pence(t, c.GetEndValue())
			if c.GetCustomerName() == "" {
				t.Errorf("softcat serves %s and does not see its name", c.GetCustomerId())
			}
		}
		pages++
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	total := h.figures(softcat, of2024())
	if start != pence(t, total.GetStartValue()) || end != pence(t, total.GetEndValue()) || pages != 3 {
		t.Errorf("%d to %d on %d pages do not add up to %v", start, end, pages, total)
	}
}

func pence(t *testing.T, m *typev1.Money) int64 {
	t.Helper()
	var pounds, pence int64
	_, err := fmt.Sscanf(m.GetAmount(), "%d.%d", &pounds, &pence)
	must(t, err)
	return pounds*100 + pence
}

func TestGetRetention_SlicesByCustomersAddUp(t *testing.T) {
	h := start(t)
	h.stock()
	h.rates()
	for n, country := range []string{"GB", "IE", "ZA", "US", "CA"} {
		s := h.year2024(int64(100+n), nil)
		found, err := h.customers(channel).GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: s.GetCustomerId()})
		must(t, err)
		h.relocate(found, country)
		if n%2 == 0 {
			h.renew(s, 150)
		}
	}
	request := of2024()
	for by, want := range map[customerv1.RetentionDimension]int{
		customerv1.RetentionDimension_RETENTION_DIMENSION_REGION: 3, customerv1.RetentionDimension_RETENTION_DIMENSION_COUNTRY: 5,
		customerv1.RetentionDimension_RETENTION_DIMENSION_SEGMENT: 1, customerv1.RetentionDimension_RETENTION_DIMENSION_FAMILY: 1,
	} {
		request.GroupBy = by
		found, err := h.retention(channel).GetRetention(h.ctx, request)
		must(t, err)
		start, end := int64(0), int64(0)
		for _, s := range found.GetSlices() {
			start += pence(t, s.GetFigures().GetStartValue())
			end += pence(t, s.GetFigures().GetEndValue())
		}
		if total := found.GetTotal(); len(found.GetSlices()) != want || start != pence(t, total.GetStartValue()) || end != pence(t, total.GetEndValue()) {
			t.Errorf("%s: %v", by, found)
		}
	}
	wantRates(t, "the Americas", h.figures(channel, &customerv1.GetRetentionRequest{
		StartDate: "2024-01-01", EndDate: "2025-01-01", Region: customerv1.Region_REGION_AMERICAS,
	}), 5024, 7246, 5000)
}

// relocate changes a customer's country.
func (h *harness) relocate(c *customerv1.Customer, country string) {
	h.t.Helper()
	c.CountryCode = country
	_, err := h.customers(channel).UpdateCustomer(h.ctx, &customerv1.UpdateCustomerRequest{
		Customer: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"country_code"}}, RequestId: rid(),
	})
	must(h.t, err)
}

func TestRetention_RefusesByReason(t *testing.T) {
	h := start(t)
	h.stock()
	get := func(c auth.Caller, spoil func(*customerv1.GetRetentionRequest)) func() error {
		return func() error {
			r := of2024()
			spoil(r)
			_, err := h.retention(c).GetRetention(h.ctx, r)
			return err
		}
	}
	adoption := func(from, until string) func() error {
		return func() error {
			_, err := h.retention(channel).GetAdoption(h.ctx, &customerv1.GetAdoptionRequest{FromMonth: from, UntilMonth: until})
			return err
		}
	}
	next := time.Now().UTC().AddDate(0, 1, 5).Format("2006-01")
	expectRefusals(t, []refusal{{"no exchange rates", "FX_RATE_MISSING", get(channel, func(*customerv1.GetRetentionRequest) {})}})
	h.rates()
	h.year2024(10, func(r *customerv1.CreateSubscriptionRequest) {
		r.UnitPrice = &typev1.Money{CurrencyCode: "JPY", Amount: "9"}
	})
	h.year2024(10, func(r *customerv1.CreateSubscriptionRequest) { r.UnitPrice, r.PartnerId = gbp("0.00"), "northwind" })
	expectRefusals(t, []refusal{
		{"no rate", "FX_RATE_MISSING", get(channel, func(*customerv1.GetRetentionRequest) {})},
		{"nobody", "METRIC_UNDEFINED", get(channel, func(r *customerv1.GetRetentionRequest) { r.StartDate = "2023-01-01" })},
		{"a value of nothing", "METRIC_UNDEFINED", get(northwind, func(*customerv1.GetRetentionRequest) {})},
		{"another partner", "METRIC_UNDEFINED", get(northwind, func(r *customerv1.GetRetentionRequest) { r.PartnerId = "softcat" })},
		{"no partner of that name", "METRIC_UNDEFINED", get(northwind, func(r *customerv1.GetRetentionRequest) { r.PartnerId = "nobody" })},
		{"a country of another region", "METRIC_UNDEFINED", get(channel, func(r *customerv1.GetRetentionRequest) {
			r.CountryCode, r.Region = "GB", customerv1.Region_REGION_ASIA
		})},
		{"no start", "DATE_INVALID start_date", get(channel, func(r *customerv1.GetRetentionRequest) { r.StartDate = "" })},
		{"an end that is none", "DATE_INVALID end_date", get(channel, func(r *customerv1.GetRetentionRequest) { r.EndDate = "2025-02-29" })},
		{"no day", "RANGE_EMPTY end_date", get(channel, func(r *customerv1.GetRetentionRequest) { r.EndDate = r.StartDate })},
		{"tomorrow", "DATE_IN_FUTURE end_date", get(channel, func(r *customerv1.GetRetentionRequest) { r.EndDate = day(1) })},
		{"a country that is none", "COUNTRY_UNKNOWN country_code", get(channel, func(r *customerv1.GetRetentionRequest) { r.CountryCode = "UK" })},
		{"an unknown dimension", "REQUEST_INVALID group_by", get(channel, func(r *customerv1.GetRetentionRequest) { r.GroupBy = 99 })},
		{"a partner without the scope", "SCOPE_MISSING", get(servertest.Partner("softcat", "catalogue:read"), func(*customerv1.GetRetentionRequest) {})},
		{"a service without the right", "PERMISSION_DENIED", get(commission, func(*customerv1.GetRetentionRequest) {})},
		{"a list without rates", "FX_RATE_MISSING", func() error {
			_, err := h.retention(channel).ListRetentionCustomers(h.ctx, &customerv1.ListRetentionCustomersRequest{StartDate: "2024-01-01", EndDate: "2025-01-01"})
			return err
		}},
		{"a list of the future", "DATE_IN_FUTURE end_date", func() error {
			_, err := h.retention(channel).ListRetentionCustomers(h.ctx, &customerv1.ListRetentionCustomersRequest{StartDate: "2024-01-01", EndDate: day(1)})
			return err
		}},
		{"a made-up token", "PAGE_TOKEN_INVALID page_token", func() error {
			_, err := h.retention(channel).ListRetentionCustomers(h.ctx, &customerv1.ListRetentionCustomersRequest{PageToken: "x"})
			return err
		}},
		{"a month that is none", "DATE_INVALID from_month", adoption("2024-13", "2024-12")},
		{"a day for a month", "DATE_INVALID until_month", adoption("2024-01", "2024-12-01")},
		{"no month", "RANGE_EMPTY until_month", adoption("2024-02", "2024-01")},
		{"too many months", "RANGE_TOO_LONG until_month", adoption("2019-01", "2024-01")},
		{"next month", "DATE_IN_FUTURE until_month", adoption("2024-01", next)},
		{"the customers of next month", "DATE_IN_FUTURE month", func() error {
			_, err := h.retention(channel).ListAdoptionCustomers(h.ctx, &customerv1.ListAdoptionCustomersRequest{Month: next})
			return err
		}},
		{"fewer than no families", "REQUEST_INVALID families", func() error {
			_, err := h.retention(channel).ListAdoptionCustomers(h.ctx, &customerv1.ListAdoptionCustomersRequest{Month: "2024-01", Families: -1})
			return err
		}},
	})
	list, err := h.retention(northwind).ListRetentionCustomers(h.ctx, &customerv1.ListRetentionCustomersRequest{
		StartDate: "2024-01-01", EndDate: "2025-01-01", PartnerId: "softcat",
	})
	if must(t, err); len(list.GetCustomers()) != 0 {
		t.Errorf("northwind sees %v of softcat", list)
	}
}
