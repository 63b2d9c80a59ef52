package app_test

import (
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
)

func TestRenewMonthly_RenewsWhatIsDueAndNotDeclined(t *testing.T) {
	w := newWorld(t)
	monthly := func(s *customerv1.Subscription) {
		s.AnchorDate, s.TermStartDate, s.TermEndDate, s.TermMonths = "2025-03-02", "2026-02-02", today, 1
		s.Terms[0].StartDate, s.Terms[0].EndDate, s.Terms[0].TermMonths = "2026-02-02", today, 1
		s.Billing, s.Terms[0].Billing = customerv1.Billing_BILLING_MONTHLY, customerv1.Billing_BILLING_MONTHLY
	}
	w.Subscribe("sub_m1", monthly)
	w.Subscribe("sub_m2", monthly)
	w.Subscribe(subscription) // a yearly one is not touched
	w.At(monday.Add(-24 * time.Hour))
	_, err := w.App.DeclineRenewal(keyed(softcat, "decline", ""), app.Notice{RenewalID: "rnw_m2_20260302"})
	must(t, err)
	if n, err := w.App.RenewMonthly(t.Context()); n != 0 || err != nil {
		t.Errorf("renewed %d, %v the day before", n, err)
	}
	w.At(monday)
	for want := range 2 {
		n, err := w.App.RenewMonthly(t.Context())
		if n != 1-want || err != nil {
			t.Errorf("renewed %d, %v; want %d", n, err, 1-want)
		}
	}
	terms := w.booked("sub_m1")
	if len(terms) != 1 || terms[0].Term.String() != "[2026-03-02, 2026-04-02)" || terms[0].Net.Decimal() != "2100.00" {
		t.Errorf("booked %+v; want the month from 2026-03-02 for 2100.00: a year of the contract begins", terms)
	}
}
