package finance_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// refresh brings the forecast up to date.
func (w *world) refresh() {
	w.t.Helper()
	for more := true; more; {
		var err error
		more, err = w.Finance.RefreshForecast(context.Background())
		must(w.t, err)
	}
}

// forecast returns softcat's forecast, a line for each month.
func (w *world) forecast(q finance.ForecastQuestion) []string {
	w.t.Helper()
	w.refresh()
	found, err := w.Finance.GetForecast(as(softcat), q)
	must(w.t, err)
	var lines []string
	for _, s := range found.Slices {
		for _, m := range s.Months {
			show := func(minor int64) string { return money.Amount{Minor: minor, Currency: s.Currency}.Decimal() }
			lines = append(lines, fmt.Sprintf("%s %s %s: committed %s, expected %s, upside %s, deviation %s",
				m.Month, s.Currency, s.Mode, show(m.Committed), show(m.Expected), show(m.Upside), show(m.Deviation)))
		}
	}
	return lines
}

func wantLines(t testing.TB, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGetForecast_FollowsARenewalFromOpenToBooked(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	two := finance.ForecastQuestion{From: march, Months: new(int32(24))}
	wantLines(t, w.forecast(two),
		"2026-04 GBP RESALE: committed 0.00, expected 4536.00, upside 5040.00, deviation 1512.00",
		"2027-04 GBP RESALE: committed 0.00, expected 4286.52, upside 5292.00, deviation 2076.06")

	_, err := w.App.CreateQuote(keyed(softcat, "quote", ""), app.NewQuote{RenewalID: renewalID})
	must(t, err)
	wantLines(t, w.forecast(two),
		"2026-04 GBP RESALE: committed 0.00, expected 4687.20, upside 5040.00, deviation 1285.94",
		"2027-04 GBP RESALE: committed 0.00, expected 4429.40, upside 5292.00, deviation 1954.68")

	_, err = w.Submit(order(renewalID))
	must(t, err)
	booked := []string{
		"2026-04 GBP RESALE: committed 5040.00, expected 5040.00, upside 5040.00, deviation 0.00",
		"2027-04 GBP RESALE: committed 0.00, expected 4762.80, upside 5292.00, deviation 1587.60",
	}
	wantLines(t, w.forecast(two), booked...) // before the feed has brought it
	w.Project()
	wantLines(t, w.forecast(two), booked...)
}

var march = forecast.MonthOf(mustDate(today))

func TestGetForecast_FollowsTheDays(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for _, c := range []struct{ day, want string }{
		{"2025-12-31", "2026-04 GBP RESALE: committed 0.00, expected 4536.00, upside 5040.00, deviation 1512.00"},
		{"2026-03-31", "2026-04 GBP RESALE: committed 0.00, expected 4536.00, upside 5040.00, deviation 1512.00"},
		{"2026-04-01", "2026-04 GBP RESALE: committed 0.00, expected 2016.00, upside 5040.00, deviation 2469.09"},
		{"2026-05-01", "2026-05 GBP RESALE: committed 0.00, expected 504.00, upside 5040.00, deviation 1512.00"},
		{"2026-06-29", "2026-06 GBP RESALE: committed 0.00, expected 504.00, upside 5040.00, deviation 1512.00"},
		{"2026-06-30", ""},
	} {
		w.On(c.day)
		got := strings.Join(w.forecast(finance.ForecastQuestion{Months: new(int32(6))}), "\n")
		if got != c.want {
			t.Errorf("on %s\n got %s\nwant %s", c.day, got, c.want)
		}
	}
}

func TestGetForecast_IsAPartnersOwn(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.refresh()
	for name, q := range map[string]finance.ForecastQuestion{"its own": {}, "another's": {PartnerID: "softcat"}} {
		found, err := w.Finance.GetForecast(as(cdw), q)
		must(t, err)
		if len(found.Slices)+len(found.Totals) != 0 {
			t.Errorf("cdw sees as %s %+v", name, found.Totals)
		}
	}
	for _, q := range []finance.ForecastQuestion{{}, {PartnerID: "softcat"}, {ByHistory: true}} {
		all, err := w.Finance.GetForecast(as(anna), q)
		must(t, err)
		own, err := w.Finance.GetForecast(as(softcat), q)
		must(t, err)
		if diff := cmp.Diff(own.Forecast, all.Forecast); diff != "" || len(own.Totals) != 1 {
			t.Errorf("the vendor sees other figures than the only partner:\n%s", diff)
		}
	}
}

func TestGetForecast_CountsSubscriptionsWithoutALock(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	unlocked := w.Customer.Get(subscription)
	unlocked.SubscriptionId = "sub_2"
	w.Customer.Add(unlocked)
	w.Project()
	w.refresh()
	found, err := w.Finance.GetForecast(as(softcat), finance.ForecastQuestion{})
	must(t, err)
	if found.WithoutLock != 1 || len(found.Totals) != 1 || found.Totals[0].Total.Upside != 504_000 {
		t.Errorf("%d without lock, %+v", found.WithoutLock, found.Totals)
	}
	w.Lock("sub_2", "softcat", 1000)
	w.refresh()
	found, err = w.Finance.GetForecast(as(softcat), finance.ForecastQuestion{})
	must(t, err)
	if found.WithoutLock != 0 || found.Totals[0].Total.Upside != 504_000+252_000 {
		t.Errorf("locked: %d without lock, %+v", found.WithoutLock, found.Totals)
	}
}

func TestGetForecast_ByHistoryTakesThePartnersOwn(t *testing.T) {
	w := newWorld(t)
	ids := []string{subscription, "sub_2", "sub_3"}
	for _, id := range ids {
		w.Subscribe(id)
	}
	for _, id := range []string{renewalID, "rnw_2_20260401"} {
		_, err := w.Submit(order(id))
		must(t, err)
	}
	w.Project()
	w.On("2026-07-01") // two were renewed, the third has expired
	w.refresh()
	found, err := w.Finance.GetForecast(as(softcat), finance.ForecastQuestion{ByHistory: true})
	must(t, err)
	// (2 + 9) ÷ (3 + 10) = 8462 basis points.
	if found.Several || found.Probabilities.Scheduled != 8462 || found.Probabilities.Open != 8462 || found.Probabilities.Grace != 4000 {
		t.Errorf("%+v", found.Probabilities)
	}
	months := found.Totals[0].Months
	if i := slices.IndexFunc(months, func(m forecast.MonthFigures) bool { return m.Month.String() == "2027-04" }); i < 0 || months[i].Expected != 895_618 {
		t.Errorf("%+v", months)
	}
	given, err := w.Finance.GetForecast(as(anna), finance.ForecastQuestion{ByHistory: true, Given: forecast.Given{Open: new(money.Bps(5000))}})
	must(t, err)
	if !given.Several || *given.Given.Open != 5000 {
		t.Errorf("%+v", given)
	}
}

func TestGetForecast_RefusesWhatCantBeForecast(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		q      finance.ForecastQuestion
		reason string
	}{
		{finance.ForecastQuestion{Months: new(int32(0))}, "RANGE_EMPTY"},
		{finance.ForecastQuestion{Months: new(int32(-1))}, "RANGE_EMPTY"},
		{finance.ForecastQuestion{Months: new(int32(60))}, ""},
		{finance.ForecastQuestion{Months: new(int32(61))}, "HORIZON_TOO_LONG"},
		{finance.ForecastQuestion{From: march + 1, Months: new(int32(60))}, "HORIZON_TOO_LONG"},
		{finance.ForecastQuestion{From: march - 12, Months: new(int32(60))}, ""},
		{finance.ForecastQuestion{Given: forecast.Given{Lapsed: new(money.Bps(10_001))}}, "PROBABILITY_OUT_OF_RANGE"},
		{finance.ForecastQuestion{Given: forecast.Given{Open: new(money.Bps(-1))}}, "PROBABILITY_OUT_OF_RANGE"},
		{finance.ForecastQuestion{Given: forecast.Given{Open: new(money.Bps(0)), Lapsed: new(money.Bps(10_000))}}, ""},
	} {
		_, err := w.Finance.GetForecast(as(softcat), c.q)
		if c.reason == "" {
			must(t, err)
			continue
		}
		wantReason(t, err, fault.Reason(c.reason))
	}
}

func mustDate(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}
