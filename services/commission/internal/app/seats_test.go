package app_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// reseat submits a change of seats of softcat's with a fresh key.
func (w *world) reseat(n app.NewSeats) (records.Submission, error) {
	return w.App.SubmitSeatChange(keyed(softcat, fmt.Sprint("key-", keys.Add(1)), n), n)
}

func seats(n int64) app.NewSeats { return app.NewSeats{SubscriptionID: subscription, Seats: n} }

func TestSubmitSeatChange_PaysForTheDaysLeftAtTheRateOfTheTerm(t *testing.T) {
	w := newWorld(t)
	w.On("2025-04-02")
	w.Subscribe(subscription, func(s *customerv1.Subscription) {
		s.AnchorDate, s.TermStartDate, s.TermEndDate = "2025-01-01", "2025-01-01", "2026-01-01"
		s.Terms[0].StartDate, s.Terms[0].EndDate, s.PartnersOfRecord[0].FromDate = "2025-01-01", "2026-01-01", "2025-01-01"
	})
	n := seats(225)
	n.From = calendar.On(2025, 4, 15)
	p, err := w.App.PreviewSeatChange(as(softcat), n)
	must(t, err)
	n.ExpectedFingerprint, n.PartnerReference = p.Fingerprint, "PO 18"
	s, err := w.reseat(n)
	must(t, err)
	if diff := cmp.Diff(p.Calculation, s.Calculation.Calculation); diff != "" {
		t.Errorf("booked something else than was previewed: %s", diff)
	}
	c := s.Calculation
	if s.State != records.Booked || c.Net.Decimal() != "2145.21" || c.Margin.Decimal() != "429.04" || c.Lines[0].Kind != margin.Expanded || c.Lines[0].Seats != 25 {
		t.Errorf("%s: net %s, margin %s, lines %+v; want BOOKED 2145.21, 429.04, 25 EXPANDED", s.State, c.Net, c.Margin, c.Lines)
	}
	if s.Term.String() != "[2025-04-15, 2026-01-01)" || s.Months != 0 || s.OldSeats != 200 || s.Seats != 225 || s.RatedFrom().String() != "2025-01-01" {
		t.Errorf("term %s of %d months, from %d to %d seats", s.Term, s.Months, s.OldSeats, s.Seats)
	}
	if terms := w.booked(subscription); len(terms) != 1 || terms[0].Kind != records.OfSeatChange {
		t.Errorf("booked %+v", terms)
	}
}

func TestSubmitSeatChange_SeveralInATermAddUp(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	for _, n := range []int64{210, 250} {
		s, err := w.reseat(seats(n))
		must(t, err)
		if s.State != records.Booked {
			t.Errorf("%d seats: %s", n, s.State)
		}
	}
	_, err := w.Submit(order(renewalID)) // the next term begins with them
	must(t, err)
	s, err := w.reseat(seats(260)) // after the next term is booked, of the running one
	must(t, err)
	if s.OldSeats != 250 || s.Calculation.Lines[0].Seats != 10 {
		t.Errorf("from %d seats, %+v; want 10 more than 250", s.OldSeats, s.Calculation.Lines)
	}
	terms := w.booked(subscription)
	if len(terms) != 4 || terms[3].Kind != records.OfRenewal || terms[3].Net.Decimal() != "31500.00" {
		t.Errorf("booked %+v; want three changes and the renewal of 250 seats", terms)
	}
}

func TestSubmitSeatChange_OfManyAtOnceEachPaysForItsOwn(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := w.reseat(seats(int64(210 + 10*i)))
			refusal, refused := fault.Of(err)
			if err != nil && (!refused || refusal.Reason != "PREVIEW_STALE" && refusal.Reason != "SEAT_REDUCTION_AT_RENEWAL_ONLY" && refusal.Reason != "REQUEST_INVALID") {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	var paid, held int64 = 0, w.Customer.Get(subscription).GetSeats()
	for _, s := range w.all() {
		if s.State == records.Booked {
			paid += s.Calculation.Lines[0].Seats
		}
	}
	if paid != held-200 {
		t.Errorf("%d seats are paid for, %d were added", paid, held-200)
	}
}

func TestSubmitSeatChange_RefusesWhatCantBe(t *testing.T) {
	day := func(n app.NewSeats, y, m, d int) app.NewSeats {
		n.From = calendar.On(y, time.Month(m), d)
		return n
	}
	for _, c := range []struct {
		name   string
		wish   app.NewSeats
		change func(*customerv1.Subscription)
		reason fault.Reason
		field  string
	}{
		{"fewer", seats(199), nil, "SEAT_REDUCTION_AT_RENEWAL_ONLY", "seats"},
		{"as many", seats(200), nil, "REQUEST_INVALID", "seats"},
		{"yesterday", day(seats(210), 2026, 3, 1), nil, "DATE_INVALID", "effective_date"},
		{"in the next term", day(seats(210), 2026, 4, 1), nil, "DATE_INVALID", "effective_date"},
		{"cancelled", seats(210), func(s *customerv1.Subscription) {
			s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-20"
		}, "SUBSCRIPTION_CANCELLED", ""},
		{"after a change of partner", day(seats(210), 2026, 3, 20), reassignTo("cdw", "2026-03-10"), "PARTNER_CHANGED", ""},
		{"another's", app.NewSeats{SubscriptionID: "sub_none", Seats: 210}, nil, "NOT_FOUND", ""},
		{"a stale preview", app.NewSeats{SubscriptionID: subscription, Seats: 210, ExpectedFingerprint: "another"}, nil, "PREVIEW_STALE", "expected_fingerprint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.Subscribe(subscription)
			if c.change != nil {
				w.Customer.Change(subscription, "subscription.changed", c.change)
			}
			_, err := w.reseat(c.wish)
			refusal, ok := fault.Of(err)
			if !ok || refusal.Reason != c.reason || refusal.Field != c.field {
				t.Errorf("got %v; want %s on %q", err, c.reason, c.field)
			}
			if _, previewed := w.App.PreviewSeatChange(as(softcat), c.wish); previewed == nil || previewed.Error() != err.Error() {
				t.Errorf("the preview says %v, the submission %v", previewed, err)
			}
			_, theirs := w.App.PreviewSeatChange(as(cdw), c.wish)
			if c.name != "after a change of partner" {
				wantReason(t, theirs, "NOT_FOUND")
			}
		})
	}
}

func TestSubmitSeatChange_ChangedOnTheWayIsRefusedForItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*customerv1.Subscription)
		reason fault.Reason
	}{
		"cancelled": {func(s *customerv1.Subscription) {
			s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-15"
		}, "SUBSCRIPTION_CANCELLED"},
		"reassigned":       {reassignTo("cdw", today), "PARTNER_CHANGED"},
		"with other seats": {func(s *customerv1.Subscription) { s.Seats = 201 }, "PREVIEW_STALE"},
		"renewed": {func(s *customerv1.Subscription) {
			next := proto.CloneOf(s.Terms[0])
			next.StartDate, next.EndDate, next.BookedBy = due, "2027-04-01", "sbm_elsewhere"
			s.Terms = append(s.Terms, next)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Subscribe(subscription)
			w.onTheWayOfDeeds(func() { w.Customer.Change(subscription, "subscription.changed", c.change) })
			s, err := w.reseat(seats(250))
			if c.reason == "" {
				must(t, err)
				if s.State != records.Booked {
					t.Errorf("%s; want BOOKED", s.State)
				}
				return
			}
			wantReason(t, err, c.reason)
			if refusal, ok := fault.Of(err); ok && refusal.Facts["submission_id"] == "" {
				t.Error("the refusal does not name the submission")
			}
			if n := len(w.booked(subscription)); n != 0 {
				t.Errorf("%d booked", n)
			}
		})
	}
}

func TestSubmitSeatChange_OfAMonthMayBeFewerFromTheNextOneOn(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription, func(s *customerv1.Subscription) {
		s.TermMonths, s.TermStartDate, s.TermEndDate = 1, "2026-03-01", "2026-04-01"
		s.Terms[0].TermMonths, s.Terms[0].StartDate = 1, "2026-03-01"
	})
	s, err := w.reseat(seats(150))
	must(t, err)
	if s.State != records.Booked || !s.Calculation.Net.IsZero() || !s.Calculation.Margin.IsZero() || w.Customer.Get(subscription).GetSeats() != 150 {
		t.Errorf("%s: net %s, margin %s, %d seats", s.State, s.Calculation.Net, s.Calculation.Margin, w.Customer.Get(subscription).GetSeats())
	}
}

func TestListSubmissions_OfOneKindOrSubscription(t *testing.T) {
	w := newWorld(t)
	w.Cards(2000, 1000)
	w.Subscribe(subscription)
	ordered, err := w.place(harbour())
	must(t, err)
	reseated, err := w.reseat(seats(250))
	must(t, err)
	renewed, err := w.Submit(order(renewalID))
	must(t, err)
	for _, c := range []struct {
		filter app.SubmissionFilter
		want   []string
	}{
		{app.SubmissionFilter{Kind: records.OfOrder}, []string{ordered.ID}},
		{app.SubmissionFilter{Kind: records.OfSeatChange}, []string{reseated.ID}},
		{app.SubmissionFilter{Kind: records.OfRenewal}, []string{renewed.ID}},
		{app.SubmissionFilter{SubscriptionID: subscription}, []string{renewed.ID, reseated.ID}},
		{app.SubmissionFilter{RenewalID: renewalID}, []string{renewed.ID}},
		{app.SubmissionFilter{}, []string{renewed.ID, reseated.ID, ordered.ID}},
	} {
		list, err := w.App.ListSubmissions(as(softcat), c.filter, "", 10)
		must(t, err)
		var got []string
		for _, s := range list {
			got = append(got, s.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.filter, diff)
		}
		if theirs, err := w.App.ListSubmissions(as(cdw), c.filter, "", 10); err != nil || len(theirs) != 0 {
			t.Errorf("another partner sees %+v, %v", theirs, err)
		}
	}
}
