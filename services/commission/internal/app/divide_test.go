package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// shares returns the parts of the subscription's terms that a caller sees, by
// their first day, written as "partner [from, until) net margin bps".
func (w *world) shares(c auth.Caller) []string {
	w.t.Helper()
	list, err := w.App.ListTermShares(as(c), app.TermShareFilter{SubscriptionID: subscription}, "", 100)
	must(w.t, err)
	var texts []string
	for _, s := range list {
		texts = append(texts, s.Span.String()+" "+s.PartnerID+" "+s.Net.Decimal()+" "+s.Margin.Decimal())
	}
	slices.Sort(texts)
	return texts
}

func (w *world) wantShares(c auth.Caller, want ...string) {
	w.t.Helper()
	if got := w.shares(c); strings.Join(got, "; ") != strings.Join(want, "; ") {
		w.t.Errorf("shares\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// runUntilRead works on the queue until a job reads a contract, and on that job
// to its end.
func (w *world) runUntilRead() {
	w.t.Helper()
	begun := make(chan struct{})
	w.Customer.Read = sync.OnceFunc(func() { close(begun) })
	w.RunUntil(begun)
	w.Customer.Read = nil
}

func TestDivideTerms_OfAnImportedTermSplitsItByDays(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, poached("2027-03-02"))
	for range 2 {
		must(t, w.App.DivideTerms(t.Context(), subscription))
	}
	// 335 of 365 days are the old partner's.
	old, next := "[2025-04-01, 2026-03-02) softcat 22027.40 4405.48", "[2026-03-02, 2026-04-01) cdw 1972.60 98.63"
	w.wantShares(anna, old, next)
	w.wantShares(softcat, old)
	w.wantShares(cdw, next)
	w.wantWithheld("394.52 - 98.63 = 295.89 KEPT")
	r := w.serving("softcat")
	if r.Until.String() != today {
		t.Errorf("the old relationship ends on %s", r.Until)
	}
}

func TestDivideTerms_ByManyAtOnceDividesOnce(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, poached("2027-03-02"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.App.DivideTerms(context.Background(), subscription); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.shares(anna); len(got) != 2 {
		t.Errorf("%q", got)
	}
	w.wantWithheld("394.52 - 98.63 = 295.89 KEPT")
}

func TestQueue_DividesWhatATransferFellInto(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, clean)
	w.Project()
	w.runUntilRead()
	w.wantShares(cdw, "[2026-03-02, 2026-04-01) cdw 1972.60 394.52")
	if n, err := w.App.SweepHandovers(t.Context(), "divide_terms"); n != 0 || err != nil {
		t.Errorf("%d subscriptions are left to divide, %v", n, err)
	}
}

func TestSweepHandovers_WaitsForTheDayAndGivesOneJob(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", "2026-03-20", clean)
	w.Project()
	for _, c := range []struct {
		day  string
		want int
	}{{"2026-03-19", 0}, {"2026-03-20", 1}, {"2026-03-20", 0}} {
		w.On(c.day)
		if n, err := w.App.SweepHandovers(t.Context(), "divide_terms"); n != c.want || err != nil {
			t.Errorf("on %s %d jobs, %v; want %d", c.day, n, err, c.want)
		}
	}
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(cdw, "[2026-03-20, 2026-04-01) cdw 789.04 157.81")
}

func TestDivideTerms_SplitsARenewalThatWasBookedBefore(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	_, err := w.Submit(order(renewalID))
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", "2026-03-20", poached("2027-03-20"))
	w.On("2026-03-20")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(anna,
		"[2025-04-01, 2026-03-20) softcat 23210.96 4642.19", "[2026-03-20, 2026-04-01) cdw 789.04 39.45", "[2026-04-01, 2027-04-01) cdw 25200.00 1260.00")
	if terms := w.booked(subscription); len(terms) != 1 || terms[0].PartnerID != "softcat" || terms[0].Margin.Decimal() != "5040.00" {
		t.Errorf("the booked term was rewritten: %+v", terms)
	}
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 KEPT", "157.81 - 39.45 = 118.36 KEPT")
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	w.wantWithheld("5040.00 - 1260.00 = 3780.00 RELEASED", "157.81 - 39.45 = 118.36 RELEASED")
}

func TestDivideTerms_LeavesALaterRenewalToTheNewPartner(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, clean)
	w.Project()
	must(t, w.App.DivideTerms(t.Context(), subscription))
	_, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	must(t, w.App.DivideTerms(t.Context(), subscription))
	if got := w.shares(anna); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// The old partner is still the one of record on the renewal's first day, so it
// may book late; its term is divided then.
func TestDivideTerms_FollowsALateBookingOfTheOldPartner(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", "2026-04-15", clean)
	w.Project()
	w.On("2026-04-20")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	if got := w.shares(anna); len(got) != 0 {
		t.Errorf("divided %q before anything was booked", got)
	}
	_, err := w.SubmitAs(anna, order(renewalID))
	must(t, err)
	w.runUntilRead()
	w.wantShares(anna, "[2026-04-01, 2026-04-15) softcat 966.58 193.32", "[2026-04-15, 2027-04-01) cdw 24233.42 4846.68")
}

func TestDivideTerms_WaitsForATermOnItsWay(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Customer.After = func(*customerv1.RenewSubscriptionRequest) error { return errors.New("the connection broke") }
	s, err := w.Submit(order(renewalID))
	must(t, err)
	if s.State != records.Submitted {
		t.Fatalf("%s", s.State)
	}
	w.Customer.After = nil
	w.Transfer("trf_1", subscription, "cdw", today, clean)
	if err := w.App.DivideTerms(t.Context(), subscription); err == nil {
		t.Error("a term that is not booked yet was forgotten")
	}
	must(t, w.App.BookSubmission(t.Context(), s.ID))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(cdw, "[2026-03-02, 2026-04-01) cdw 1972.60 394.52", "[2026-04-01, 2027-04-01) cdw 25200.00 5040.00")
}

func TestDivideTerms_OfASecondTransferDividesThePartThatIsLeft(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, poached("2027-03-02"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantWithheld("394.52 - 98.63 = 295.89 KEPT")
	w.Transfer("trf_2", subscription, "insight", "2026-03-17", clean)
	w.On("2026-03-17")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(anna, "[2025-04-01, 2026-03-02) softcat 22027.40 4405.48", "[2026-03-02, 2026-03-17) cdw 986.30 49.32",
		"[2026-03-17, 2026-04-01) insight 986.30 197.26")
	w.wantWithheld("197.26 - 49.32 = 147.94 KEPT", "0.00 - 0.00 = 0.00 KEPT")
}

func TestDivideTerms_LeavesASuspendedIncumbentWhatItEarned(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	s, err := w.Submit(order(renewalID))
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", "2026-04-15", clean)
	w.Partner.Only = "softcat"
	w.Partner.Suspended.Store(true)
	w.On("2026-04-15")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(softcat, "[2026-04-01, 2026-04-15) softcat 966.58 193.32")
	kept, err := w.App.GetCalculation(as(softcat), s.Calculation.ID)
	must(t, err)
	if kept.Margin.Decimal() != "5040.00" {
		t.Errorf("its calculation says %s", kept.Margin)
	}
	if terms := w.booked(subscription); terms[0].Margin.Decimal() != "5040.00" || terms[0].PartnerID != "softcat" {
		t.Errorf("its booked term says %+v", terms[0])
	}
}

// A margin that was locked by hand does not escape the verdict.
func TestDivideTerms_CapsARelationshipThatWasLockedByHand(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", "2026-03-20", poached("2027-03-20"))
	w.On("2026-03-20")
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		was := w.serving("softcat")
		was.Until = day("2026-03-20")
		if _, err := tx.EndRelationship(ctx, was); err != nil {
			return err
		}
		_, err := tx.InsertRelationships(ctx, []records.Relationship{{
			Relationship: margin.Relationship{
				ID: "rel_by_hand", SubscriptionID: subscription, PartnerID: "cdw", Mode: margin.Resale, From: was.Until,
				Lock: margin.Lock{Rate: 2500, On: was.Until},
			},
			Revision: 1, CreateTime: monday,
		}})
		return err
	}))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	r := w.serving("cdw")
	if r.Cap == nil || r.Case.ID != "cas_trf_1" || r.TransferID != "trf_1" || r.Lock.Rate != 2500 || r.Effective != 500 {
		t.Errorf("%+v, cap %+v", r, r.Cap)
	}
	w.wantShares(cdw, "[2026-03-20, 2026-04-01) cdw 789.04 39.45")
}

func TestDivideTerms_DividesSeatsThatWereAddedWithinTheTerm(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	n := app.NewSeats{SubscriptionID: subscription, Seats: 230}
	s, err := w.App.SubmitSeatChange(keyed(softcat, "seats", n), n)
	must(t, err)
	if s.State != records.Booked || s.Calculation.Net.Decimal() != "295.89" { // 30 × 120.00 × 30 ÷ 365
		t.Fatalf("%s for %s", s.State, s.Calculation.Net)
	}
	w.Transfer("trf_1", subscription, "cdw", "2026-03-12", poached("2027-03-12"))
	w.On("2026-03-12")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.wantShares(anna,
		"[2025-04-01, 2026-03-12) softcat 22684.93 4536.99", "[2026-03-02, 2026-03-12) softcat 98.63 19.73",
		"[2026-03-12, 2026-04-01) cdw 1315.07 65.75", "[2026-03-12, 2026-04-01) cdw 197.26 9.86")
	w.wantWithheld("263.01 - 65.75 = 197.26 KEPT", "39.45 - 9.86 = 29.59 KEPT")
}

// Seats that were added to a term under a cap are capped as that is, also once the cap
// would not reach a term that begins with them, and once another partner has taken over.
func TestDivideTerms_LeavesAddedSeatsUnderTheCapOfTheirTerm(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", due, clean)
	w.Project()
	_, err := w.SubmitAs(cdw, app.Order{Offer: app.Offer{RenewalID: renewalID, Wish: renewal.Wish{Months: 24}}})
	must(t, err)
	w.On("2027-06-01")
	n := seats(210)
	_, err = w.App.SubmitSeatChange(keyed(cdw, "seats", n), n)
	must(t, err)
	w.Conduct.Decide("cas_trf_1", poached("2027-04-01"))
	w.Hear()
	if kept := w.keptOf("cdw"); len(kept) != 2 {
		t.Fatalf("withheld of cdw: %v; want something of the term and of the seats", kept)
	}
	w.On("2027-09-01")
	w.Transfer("trf_2", subscription, "insight", "2027-09-01", clean)
	w.Project()
	must(t, w.App.DivideTerms(t.Context(), subscription))
	if kept := w.keptOf("cdw"); len(kept) != 2 {
		t.Errorf("withheld of cdw after it was divided: %v; want something of its part of the term and of the seats", kept)
	}
}

// keptOf are the amounts above zero that are withheld of a partner.
func (w *world) keptOf(partner string) (kept []string) {
	w.t.Helper()
	list, err := w.App.ListWithholdings(as(anna), app.WithholdingFilter{SubscriptionID: subscription}, "", 10)
	must(w.t, err)
	for _, h := range list {
		if h.PartnerID == partner && h.State == records.Kept && !h.Amount().IsZero() {
			kept = append(kept, h.Amount().Decimal())
		}
	}
	return kept
}
