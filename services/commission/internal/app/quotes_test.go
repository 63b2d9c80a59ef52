package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// quote quotes the renewal for 250 seats.
func (w *world) quote(key string) records.Quote {
	w.t.Helper()
	n := app.NewQuote{RenewalID: renewalID, Wish: renewal.Wish{Seats: 250}}
	q, err := w.App.CreateQuote(keyed(softcat, key, n), n)
	must(w.t, err)
	return q
}

func accepting(q records.Quote, wish renewal.Wish) app.Order {
	return app.Order{Offer: app.Offer{RenewalID: renewalID, QuoteID: q.ID, Wish: wish}}
}

func TestCreateQuote_FreezesWhatASubmissionBooks(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	q := w.quote("quote")
	if q.State != renewal.QuoteOpen || q.ValidUntil.String() != "2026-04-01" || q.Calculation.Net.Decimal() != "31500.00" || q.FxSetID != "fxs_1" {
		t.Errorf("%s until %s for %s", q.State, q.ValidUntil, q.Calculation.Net)
	}
	r, err := w.App.GetRenewal(as(softcat), renewalID)
	must(t, err)
	if r.State != renewal.Quoted || r.QuoteID != q.ID {
		t.Errorf("renewal is %s by quote %s", r.State, r.QuoteID)
	}
	w.Customer.Change(subscription, "subscription.seats_changed", func(s *customerv1.Subscription) { s.Seats = 240 })
	s, err := w.Submit(accepting(q, renewal.Wish{}))
	must(t, err)
	if diff := cmp.Diff(q.Calculation, s.Calculation); diff != "" {
		t.Errorf("booked something else than was quoted: %s", diff)
	}
	accepted, err := w.App.GetQuote(as(softcat), q.ID)
	must(t, err)
	if accepted.State != renewal.QuoteAccepted || s.State != records.Booked {
		t.Errorf("quote is %s, submission %s", accepted.State, s.State)
	}
}

func TestCreateQuote_TellsCustomerInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	q := w.quote("quote")
	if got := w.Customer.Get(subscription).GetLastQuoteDate(); got != today {
		t.Errorf("customer has the last quote on %q; want %s", got, today)
	}
	for range 2 {
		must(t, w.App.RecordQuote(t.Context(), q.ID))
	}
	if n := w.Customer.Get(subscription).GetRevision(); n != 2 {
		t.Errorf("the quote was recorded %d times", n-1)
	}
}

func TestSubmitRenewal_HoldsAQuoteToItsTerms(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Subscribe("sub_2")
	q := w.quote("quote")
	_, err := w.Submit(accepting(q, renewal.Wish{Seats: 251}))
	wantReason(t, err, "QUOTE_MISMATCH")
	_, err = w.Submit(accepting(q, renewal.Wish{Billing: margin.Monthly}))
	wantReason(t, err, "QUOTE_MISMATCH")
	_, err = w.Submit(app.Order{Offer: app.Offer{RenewalID: "rnw_2_20260401", QuoteID: q.ID}})
	wantReason(t, err, "QUOTE_MISMATCH")
	_, err = w.Submit(app.Order{Offer: app.Offer{RenewalID: renewalID, QuoteID: "quo_none"}})
	wantReason(t, err, "NOT_FOUND")
	w.On("2026-04-02")
	_, err = w.Submit(accepting(q, renewal.Wish{}))
	wantReason(t, err, "QUOTE_EXPIRED")
	expired, err := w.App.ListQuotes(as(softcat), app.QuoteFilter{State: renewal.QuoteExpired}, "", 10)
	must(t, err)
	if len(expired) != 1 || expired[0].State != renewal.QuoteExpired {
		t.Errorf("listed as expired: %+v", expired)
	}
}

func TestWithdrawQuote_EndsItsBindingForce(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	q := w.quote("quote")
	withdrawn, err := w.App.WithdrawQuote(keyed(softcat, "withdraw", q.ID), q.ID, q.Revision.Etag())
	must(t, err)
	if withdrawn.State != renewal.QuoteWithdrawn {
		t.Errorf("%s", withdrawn.State)
	}
	_, err = w.Submit(accepting(q, renewal.Wish{}))
	wantReason(t, err, "QUOTE_WITHDRAWN")
	_, err = w.App.WithdrawQuote(keyed(softcat, "again", q.ID), q.ID, "")
	wantReason(t, err, "STATE_INVALID")
	_, err = w.App.WithdrawQuote(keyed(cdw, "theirs", q.ID), q.ID, "")
	wantReason(t, err, "NOT_FOUND")
}

func TestWithdrawQuote_WaitsForTheSubmissionThatAcceptsIt(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	q := w.quote("quote")
	w.Customer.Before = func(*customerv1.RenewSubscriptionRequest) error { return rpcerr.Unavailable }
	s, err := w.Submit(accepting(q, renewal.Wish{}))
	must(t, err)
	_, err = w.App.WithdrawQuote(keyed(softcat, "withdraw", q.ID), q.ID, "")
	wantReason(t, err, "STATE_INVALID")
	w.Customer.Before = nil
	must(t, w.App.BookSubmission(t.Context(), s.ID))
	w.Project()
	if terms := w.booked(subscription); len(terms) != 1 || terms[0].Net.Decimal() != "31500.00" {
		t.Errorf("booked %+v", terms)
	}
}

func TestCreateQuote_BindsNoLongerThanTheRenewalCanBeSubmitted(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for i, c := range []struct{ day, until, want string }{
		{"2026-03-02", "2026-03-02", "2026-03-02"},
		{"2026-03-02", "2026-03-01", ""},
		{"2026-03-02", "2026-04-30", "2026-04-30"},
		{"2026-03-02", "2026-05-01", ""},
		{"2026-04-20", "", "2026-04-30"},
	} {
		w.On(c.day)
		asked, _ := calendar.ParseDate(c.until)
		n := app.NewQuote{RenewalID: renewalID, ValidUntil: asked}
		q, err := w.App.CreateQuote(keyed(softcat, fmt.Sprint("quote-", i), n), n)
		if c.want == "" {
			wantReason(t, err, "DATE_INVALID")
			continue
		}
		must(t, err)
		if q.ValidUntil.String() != c.want {
			t.Errorf("a quote of %s until %q binds until %s; want %s", c.day, c.until, q.ValidUntil, c.want)
		}
	}
	w.At(monday.Add(time.Hour))
}
