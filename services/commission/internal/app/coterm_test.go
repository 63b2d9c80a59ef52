package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// july leads to a common end on 2026-07-01: 91 days of 365 from the due date.
var july = renewal.Wish{End: calendar.On(2026, 7, 1)}

func TestSubmitRenewal_ToACommonEndIsAStubFromWhichLaterTermsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	offer := app.Offer{RenewalID: renewalID, Wish: july}
	p, err := w.App.PreviewRenewal(as(softcat), offer)
	must(t, err)
	offer.ExpectedFingerprint = p.Calculation.Fingerprint
	s, err := w.Submit(app.Order{Offer: offer})
	must(t, err)
	if diff := cmp.Diff(p.Calculation.Calculation, s.Calculation.Calculation); diff != "" {
		t.Errorf("booked something else than was previewed: %s", diff)
	}
	if s.State != records.Booked || s.Term.String() != "[2026-04-01, 2026-07-01)" || s.Months != 0 || s.Calculation.Net.Decimal() != "6282.74" || s.Calculation.Margin.Decimal() != "1256.55" {
		t.Errorf("%s: %s of %d months, net %s, margin %s", s.State, s.Term, s.Months, s.Calculation.Net, s.Calculation.Margin)
	}
	w.Project()
	if got := w.Renewals(app.RenewalFilter{}); len(got) != 2 || got[1].ID != "rnw_1_20260701" || got[1].Due.String() != "2026-07-01" {
		t.Fatalf("renewals %+v", got)
	}
	w.On("2026-06-20")
	next, err := w.Submit(order("rnw_1_20260701"))
	must(t, err)
	if next.State != records.Booked || next.Term.String() != "[2026-07-01, 2027-07-01)" {
		t.Errorf("%s: %s; want a year from the common end", next.State, next.Term)
	}
}

func TestSubmitRenewal_RefusesACommonEndThatIsNone(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for _, wish := range []renewal.Wish{
		{End: calendar.On(2026, 4, 1)}, {End: calendar.On(2029, 4, 2)}, {End: calendar.On(2026, 7, 1), Months: 12},
	} {
		_, err := w.Submit(app.Order{Offer: app.Offer{RenewalID: renewalID, Wish: wish}})
		wantReason(t, err, "COTERM_DATE_OUT_OF_RANGE")
	}
}

func TestCreateQuote_OfACommonEndIsBookedAsQuoted(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	n := app.NewQuote{RenewalID: renewalID, Wish: july}
	q, err := w.App.CreateQuote(keyed(softcat, "quote", n), n)
	must(t, err)
	if q.Months != 0 || q.Calculation.Term.End.String() != "2026-07-01" {
		t.Errorf("%d months until %s", q.Months, q.Calculation.Term.End)
	}
	_, err = w.Submit(accepting(q, renewal.Wish{End: calendar.On(2026, 8, 1)}))
	wantReason(t, err, "QUOTE_MISMATCH")
	_, err = w.Submit(accepting(q, renewal.Wish{Months: 12}))
	wantReason(t, err, "QUOTE_MISMATCH")
	s, err := w.Submit(accepting(q, july))
	must(t, err)
	if s.State != records.Booked || s.Term != q.Calculation.Term || s.Calculation.Net != q.Calculation.Net {
		t.Errorf("%s: %s for %s", s.State, s.Term, s.Calculation.Net)
	}
}
