package subscriptions_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	start = calendar.On(2025, time.January, 1)
	end   = calendar.On(2026, time.January, 1)
	now   = time.Date(2025, time.December, 1, 9, 0, 0, 0, time.UTC)
)

func gbp(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "GBP"} }

// order is 200 seats at 120.00 GBP for 2025, from softcat.
func order() subscriptions.Order {
	return subscriptions.Order{
		ID: "sub_1", TermID: "trm_1", Customer: customers.Customer{ID: "cus_1", Name: "Acme", Segment: "MID_MARKET", Country: "GB", TimeZone: "Europe/London"},
		Product: catalogue.Product{ID: "gateway", Family: "email-security"}, Partner: "softcat", Seats: 200, UnitPrice: gbp(120_00), UpliftBps: 500,
		Months: 12, Billing: subscriptions.Prepaid, Start: start, BookedBy: "ord_1", At: now,
	}
}

// fataler is a test, or one run of a law.
type fataler interface{ Fatal(...any) }

func created(t fataler) subscriptions.Subscription {
	s, err := subscriptions.Create(order())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func renewal(s subscriptions.Subscription) subscriptions.Renewal {
	return subscriptions.Renewal{
		TermID: "trm_2", Expected: "softcat", Etag: s.Etag(), Start: s.Current.End, Months: 12, Seats: 200, UnitPrice: gbp(126_00), BookedBy: "sbm_1", At: now,
	}
}

func renewed(t testing.TB) subscriptions.Subscription {
	t.Helper()
	s := created(t)
	s, err := s.Renew(renewal(s))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refused(t *testing.T, name string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", name, err, want)
	}
}

func TestCreate_BooksTheFirstTerm(t *testing.T) {
	s := created(t)
	if s.Current != (calendar.Term{Start: start, End: end}) || s.TermNet != gbp(24_000_00) || s.Revision != 1 || s.PartnerOn(start) != "softcat" {
		t.Errorf("got %+v", s)
	}
	if s.PartnerOn(start.AddDays(-1)) != "" || s.PartnerOn(calendar.Last) != "softcat" {
		t.Error("the partner serves from the first day on")
	}
}

func TestCreate_Refuses(t *testing.T) {
	tests := map[string]struct {
		spoil func(*subscriptions.Order)
		want  error
	}{
		"a merged customer":      {func(o *subscriptions.Order) { o.Customer.MergedInto = "cus_2" }, customers.ErrMerged},
		"no seats":               {func(o *subscriptions.Order) { o.Seats = 0 }, subscriptions.ErrSeatsNotPositive},
		"a negative price":       {func(o *subscriptions.Order) { o.UnitPrice = gbp(-1) }, money.ErrNegative},
		"seats beyond all range": {func(o *subscriptions.Order) { o.Seats = 1 << 62 }, money.ErrOutOfRange},
		"a net beyond all range": {func(o *subscriptions.Order) { o.Seats, o.UnitPrice = 1e9, gbp(1e9) }, money.ErrOutOfRange},
		"18 months":              {func(o *subscriptions.Order) { o.Months = 18 }, calendar.ErrTermUnsupported},
		"an uplift of 101 %":     {func(o *subscriptions.Order) { o.UpliftBps = 10_100 }, subscriptions.ErrUpliftOutOfRange},
		"no billing":             {func(o *subscriptions.Order) { o.Billing = "" }, subscriptions.ErrInvalid},
		"no partner":             {func(o *subscriptions.Order) { o.Partner = "" }, subscriptions.ErrInvalid},
		"what is no partner":     {func(o *subscriptions.Order) { o.Partner = "Soft Cat" }, subscriptions.ErrInvalid},
		"no first day":           {func(o *subscriptions.Order) { o.Start = calendar.Date{} }, calendar.ErrDateInvalid},
	}
	for name, tt := range tests {
		o := order()
		tt.spoil(&o)
		_, err := subscriptions.Create(o)
		refused(t, name, err, tt.want)
	}
}

func TestTakeover_KeepsTheHistory(t *testing.T) {
	take := subscriptions.Takeover{Order: order(), FirstStart: calendar.On(2020, time.January, 1), PartnerFrom: calendar.On(2022, time.May, 3)}
	s, err := take.Subscription()
	if err != nil || s.Anchor != take.FirstStart || s.Current.Start != start || s.PartnerOn(take.PartnerFrom) != "softcat" || s.PartnerOn(take.PartnerFrom.AddDays(-1)) != "" {
		t.Errorf("got %+v, %v", s, err)
	}
	off := take
	off.Start = start.AddDays(1)
	_, err = off.Subscription()
	refused(t, "a start off the grid", err, calendar.ErrDateInvalid)
	early := take
	early.PartnerFrom = take.FirstStart.AddDays(-1)
	_, err = early.Subscription()
	refused(t, "a partner before the first day", err, calendar.ErrDateInvalid)
	late := take
	late.PartnerFrom = end
	_, err = late.Subscription()
	refused(t, "a partner after the running term", err, calendar.ErrDateInvalid)
}

func TestRenew_AddsTheNextTerm(t *testing.T) {
	before := created(t)
	before.LastQuote = start
	s, err := before.Renew(renewal(before))
	if err != nil {
		t.Fatal(err)
	}
	if s.Current != (calendar.Term{Start: end, End: end.AddMonths(12)}) || s.TermNet != gbp(25_200_00) || s.Revision != 2 || s.Billing != subscriptions.Prepaid || !s.LastQuote.IsZero() {
		t.Errorf("got %+v", s)
	}
	if len(before.Terms) != 1 || before.Revision != 1 {
		t.Error("Renew changed its receiver")
	}
}

func TestRenew_RefusesInOrder(t *testing.T) {
	s := created(t)
	cancelled, err := s.Cancel(subscriptions.Cancellation{From: end, Cause: subscriptions.CauseCustomer, At: now})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		s     subscriptions.Subscription
		spoil func(*subscriptions.Renewal)
		want  error
	}{
		{"another etag", cancelled, func(r *subscriptions.Renewal) { r.Etag, r.Expected = "r0", "other" }, subscriptions.ErrEtagMismatch},
		{"another partner", cancelled, func(r *subscriptions.Renewal) { r.Expected = "other" }, subscriptions.ErrPartnerChanged},
		{"a cancelled subscription", cancelled, func(*subscriptions.Renewal) {}, subscriptions.ErrCancelled},
		{"a term that is there", s, func(r *subscriptions.Renewal) { r.Start = start }, subscriptions.ErrAlreadyRenewed},
		{"a term that is booked", renewed(t), func(r *subscriptions.Renewal) { r.Start = end }, subscriptions.ErrAlreadyRenewed},
		{"a gap", s, func(r *subscriptions.Renewal) { r.Start = end.AddDays(1) }, calendar.ErrDateInvalid},
		{"another currency", s, func(r *subscriptions.Renewal) { r.UnitPrice.Currency = "EUR" }, money.ErrMismatch},
		{"18 months", s, func(r *subscriptions.Renewal) { r.Months = 18 }, calendar.ErrTermUnsupported},
		{"no seats", s, func(r *subscriptions.Renewal) { r.Seats = 0 }, subscriptions.ErrSeatsNotPositive},
	}
	for _, tt := range tests {
		r := renewal(tt.s)
		tt.spoil(&r)
		_, err := tt.s.Renew(r)
		refused(t, tt.name, err, tt.want)
	}
}

// early is a day on which all days of the first term are still to come.
var early = start.AddDays(-20).Time()

func TestChangeSeats_AddsWithinATerm(t *testing.T) {
	s, err := created(t).ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: start.AddDays(90), Seats: 225, At: early})
	if err != nil || s.Seats != 225 || s.Terms[0].Seats != 200 || s.Terms[0].Net != gbp(24_000_00) || s.TermNet != gbp(27_000_00) {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestChangeSeats_LeavesABookedTermAlone(t *testing.T) {
	s, err := renewed(t).ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: start.AddDays(90), Seats: 225, At: early})
	if err != nil || s.Seats != 200 || s.Terms[0].FinalSeats != 225 || s.Terms[1].FinalSeats != 200 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestChangeSeats_Refuses(t *testing.T) {
	s := created(t)
	cancelled, _ := s.Cancel(subscriptions.Cancellation{From: end, Cause: subscriptions.CauseCustomer, At: now})
	tests := []struct {
		name string
		s    subscriptions.Subscription
		c    subscriptions.SeatChange
		want error
	}{
		{"another etag", s, subscriptions.SeatChange{Etag: "r0", Expected: "softcat", From: start, Seats: 300}, subscriptions.ErrEtagMismatch},
		{"another partner", s, subscriptions.SeatChange{Expected: "other", From: start, Seats: 300}, subscriptions.ErrPartnerChanged},
		{"a cancelled subscription", cancelled, subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 300}, subscriptions.ErrCancelled},
		{"a day after the term", s, subscriptions.SeatChange{Expected: "softcat", From: end, Seats: 300}, calendar.ErrDateInvalid},
		{"yesterday", s, subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 300, At: start.AddDays(1).Time()}, calendar.ErrDateInvalid},
		{"a day of a term that has ended", renewed(t), subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 300, At: end.Time()}, calendar.ErrDateInvalid},
		{"fewer seats", s, subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 199}, subscriptions.ErrReductionAtRenewalOnly},
		{"no seats", s, subscriptions.SeatChange{Expected: "softcat", From: start}, subscriptions.ErrSeatsNotPositive},
		{"seats beyond all range", s, subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 1 << 62}, money.ErrOutOfRange},
	}
	for _, tt := range tests {
		if tt.c.At.IsZero() {
			tt.c.At = early
		}
		_, err := tt.s.ChangeSeats(tt.c)
		refused(t, tt.name, err, tt.want)
	}
}

// monthly is a contract from month to month.
func monthly(t *testing.T) subscriptions.Subscription {
	t.Helper()
	o := order()
	o.Months = 1
	s, err := subscriptions.Create(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func seats(t *testing.T, s subscriptions.Subscription, on calendar.Date, n int64) subscriptions.Subscription {
	t.Helper()
	s, err := s.ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: on, Seats: n, At: early})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChangeSeats_OfAMonthlyTermFallAwayAtItsEnd(t *testing.T) {
	s := seats(t, monthly(t), start.AddDays(3), 10)
	if s.Seats != 10 || s.Terms[0].FinalSeats != 200 || s.TermNet != gbp(2_000_00) {
		t.Errorf("fewer: %d of %d go on at %s", s.Seats, s.Terms[0].FinalSeats, s.TermNet)
	}
	if s = seats(t, s, start.AddDays(5), 180); s.Seats != 180 || s.Terms[0].FinalSeats != 200 {
		t.Errorf("not so many fewer: %d of %d", s.Seats, s.Terms[0].FinalSeats)
	}
	if s = seats(t, s, start.AddDays(7), 220); s.Seats != 220 || s.Terms[0].FinalSeats != 220 {
		t.Errorf("more after all: %d of %d", s.Seats, s.Terms[0].FinalSeats)
	}
}

func TestChangeSeats_OfAMonthIsForTheLastOneThatIsBooked(t *testing.T) {
	s := monthly(t)
	r := renewal(s)
	r.Months = 1
	s, err := s.Renew(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.ChangeSeats(subscriptions.SeatChange{Expected: "softcat", From: start, Seats: 190, At: early})
	refused(t, "with the next month booked", err, subscriptions.ErrReductionAtRenewalOnly)
	s = seats(t, s, s.Current.Start, 190)
	if s = seats(t, s, start, 210); s.Seats != 190 || s.Terms[0].FinalSeats != 210 || s.Terms[1].FinalSeats != 200 {
		t.Errorf("%d seats go on of %+v", s.Seats, s.Terms)
	}
	r = renewal(s)
	r.Months, r.Seats = 1, s.Seats
	if s, err = s.Renew(r); err != nil || s.Seats != 190 || s.Terms[2].FinalSeats != 190 {
		t.Errorf("the month after: %+v, %v", s, err)
	}
}

func TestReassign_EndsOnePartnerAndBeginsAnother(t *testing.T) {
	moved := start.AddDays(100)
	s, err := created(t).Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "northwind", From: moved, Transfer: "tra_1", At: early})
	if err != nil {
		t.Fatal(err)
	}
	want := []subscriptions.PartnerOfRecord{{Partner: "softcat", From: start, Until: moved}, {Partner: "northwind", From: moved, Transfer: "tra_1"}}
	if diff := cmp.Diff(want, s.Partners, cmp.Comparer(calendar.Date.Equal)); diff != "" {
		t.Error(diff)
	}
	if !s.VisibleTo([]subscriptions.PartnerID{"softcat"}, moved.AddDays(-1)) || s.VisibleTo([]subscriptions.PartnerID{"softcat"}, moved) {
		t.Error("the old partner sees it until the day before")
	}
	if !s.VisibleTo([]subscriptions.PartnerID{"northwind"}, start) || s.VisibleTo([]subscriptions.PartnerID{"third"}, start) {
		t.Error("the new partner sees it before its first day, a third one never")
	}
	if seen := s.SeenBy([]subscriptions.PartnerID{"northwind"}); len(seen.Partners) != 1 || len(s.Partners) != 2 {
		t.Errorf("a partner sees itself only: %+v", seen.Partners)
	}
}

func TestReassign_KeepsALaterChange(t *testing.T) {
	s, err := created(t).Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "late", From: end, At: early})
	if err == nil {
		s, err = s.Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "early", From: start.AddDays(9), At: early})
	}
	if err != nil || s.PartnerOn(start.AddDays(8)) != "softcat" || s.PartnerOn(end.AddDays(-1)) != "early" || s.PartnerOn(end) != "late" {
		t.Errorf("got %+v, %v", s.Partners, err)
	}
}

func TestReassign_Refuses(t *testing.T) {
	s := created(t)
	cancelled, _ := s.Cancel(subscriptions.Cancellation{From: end, Cause: subscriptions.CauseCustomer, At: early})
	later := start.AddDays(1)
	tests := []struct {
		name string
		s    subscriptions.Subscription
		r    subscriptions.Reassignment
		want error
	}{
		{"a cancelled subscription", cancelled, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: later}, subscriptions.ErrCancelled},
		{"another incumbent", s, subscriptions.Reassignment{Expected: "other", Partner: "third", From: later}, subscriptions.ErrPartnerChanged},
		{"the same partner", s, subscriptions.Reassignment{Expected: "softcat", Partner: "softcat", From: later}, subscriptions.ErrSamePartner},
		{"what is no partner", s, subscriptions.Reassignment{Expected: "softcat", Partner: "x y", From: later}, subscriptions.ErrInvalid},
		{"a day before it was agreed", s, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: later, Agreed: later.AddDays(1), At: later.AddDays(3).Time()}, calendar.ErrDateInvalid},
		{"yesterday", s, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: later, At: later.AddDays(1).Time()}, calendar.ErrDateInvalid},
		{"a day before the end of a term that has ended", s, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: end.AddDays(-1), At: end.AddDays(5).Time()}, calendar.ErrDateInvalid},
		{"a day after it that is over", s, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: end.AddDays(1), At: end.AddDays(5).Time()}, calendar.ErrDateInvalid},
		{"the end of a term that another follows", renewed(t), subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: end, At: end.AddDays(5).Time()}, calendar.ErrDateInvalid},
		{"the incumbent's first day", s, subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: start}, calendar.ErrDateInvalid},
	}
	for _, tt := range tests {
		if tt.r.At.IsZero() {
			tt.r.At = early
		}
		_, err := tt.s.Reassign(tt.r)
		refused(t, tt.name, err, tt.want)
	}
}

func TestReassign_GoesBackToTheEndOfATermThatHasEnded(t *testing.T) {
	for name, from := range map[string]calendar.Date{"its end": end, "today": end.AddDays(5), "later": end.AddDays(9)} {
		s, err := created(t).Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: from, At: end.AddDays(5).Time()})
		if err != nil || s.PartnerOn(from.AddDays(-1)) != "softcat" || s.PartnerOn(from) != "other" {
			t.Errorf("%s: %+v, %v", name, s.Partners, err)
		}
	}
}

// A consent stands, though the contract could not be changed for days.
func TestReassign_KeepsTheDayThatWasAgreed(t *testing.T) {
	agreed := start.AddDays(40)
	s, err := created(t).Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: agreed, Agreed: agreed, At: agreed.AddDays(3).Time()})
	if err != nil || s.PartnerOn(agreed.AddDays(-1)) != "softcat" || s.PartnerOn(agreed) != "other" {
		t.Errorf("%+v, %v", s.Partners, err)
	}
}

func TestReassign_TakesTheBookedTermAlong(t *testing.T) {
	for name, from := range map[string]calendar.Date{"within the running term": start.AddDays(40), "at its end": end, "within the booked term": end.AddDays(40)} {
		before := renewed(t)
		s, err := before.Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "other", From: from, At: early})
		if err != nil || s.PartnerOn(calendar.Last) != "other" || s.Current != before.Current || s.TermNet != before.TermNet {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestReassign_KnowsTheDayWhereTheCustomerIs: at noon UTC it is
// tomorrow in Auckland.
func TestReassign_KnowsTheDayWhereTheCustomerIs(t *testing.T) {
	o := order()
	o.Customer.TimeZone = "Pacific/Auckland"
	s, err := subscriptions.Create(o)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[calendar.Date]error{calendar.On(2025, time.July, 1): calendar.ErrDateInvalid, calendar.On(2025, time.July, 2): nil} {
		_, err := s.Reassign(subscriptions.Reassignment{
			Expected: "softcat", Partner: "other", From: day, At: time.Date(2025, time.July, 1, 12, 0, 0, 0, time.UTC),
		})
		if want == nil && err != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", day, err, want)
		}
	}
}

func TestCancel_TakesTheTermsThatHaveNotBegun(t *testing.T) {
	s, err := renewed(t).Cancel(subscriptions.Cancellation{From: end, Cause: subscriptions.CauseNonPayment, At: now})
	if err != nil || s.State != subscriptions.Cancelled || s.Terms[0].Cancelled || !s.Terms[1].Cancelled || s.Current.End != end || s.UnitPrice != gbp(120_00) {
		t.Errorf("got %+v, %v", s, err)
	}
	all, err := renewed(t).Cancel(subscriptions.Cancellation{From: start, Cause: subscriptions.CauseFraud, At: now})
	if err != nil || !all.Terms[0].Cancelled || !all.Terms[1].Cancelled {
		t.Errorf("from the first day: got %+v, %v", all, err)
	}
	_, err = s.Cancel(subscriptions.Cancellation{From: end, Cause: subscriptions.CauseFraud})
	refused(t, "twice", err, subscriptions.ErrCancelled)
	_, err = created(t).Cancel(subscriptions.Cancellation{From: start.AddDays(-1)})
	refused(t, "before the first day", err, calendar.ErrDateInvalid)
	_, err = created(t).Cancel(subscriptions.Cancellation{From: end.AddDays(1)})
	refused(t, "after the last day", err, calendar.ErrDateInvalid)
	_, err = created(t).Cancel(subscriptions.Cancellation{From: end, Etag: "r0"})
	refused(t, "another etag", err, subscriptions.ErrEtagMismatch)
}

func TestRecordQuote_KeepsTheLatestDay(t *testing.T) {
	s, err := created(t).RecordQuote(subscriptions.Quote{Partner: "softcat", On: end.AddDays(-40), At: now})
	if err == nil {
		s, err = s.RecordQuote(subscriptions.Quote{Partner: "softcat", On: end.AddDays(-60), At: now})
	}
	if err != nil || s.LastQuote != end.AddDays(-40) || s.Revision != 3 {
		t.Errorf("got %s at revision %d, %v", s.LastQuote, s.Revision, err)
	}
	_, err = s.RecordQuote(subscriptions.Quote{Partner: "other", On: end})
	refused(t, "another partner", err, subscriptions.ErrPartnerChanged)
}

func TestRecordQuote_TakesThePartnerOfTheComingTerm(t *testing.T) {
	s, err := created(t).Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "northwind", From: end, At: now})
	if err == nil {
		s, err = s.RecordQuote(subscriptions.Quote{Partner: "northwind", On: end.AddDays(-40), At: now})
	}
	if err != nil || s.LastQuote != end.AddDays(-40) {
		t.Errorf("got %s, %v", s.LastQuote, err)
	}
}

func TestOn_TellsThePartnerOfTheDayInTheSubscriptionsZone(t *testing.T) {
	o := order()
	o.Customer.TimeZone = "Pacific/Auckland"
	s, err := subscriptions.Create(o)
	if err == nil {
		s, err = s.Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "northwind", From: end, At: now})
	}
	if err != nil {
		t.Fatal(err)
	}
	turn := time.Date(2025, time.December, 31, 11, 0, 0, 0, time.UTC) // midnight in Auckland
	if got := s.On(turn.Add(-time.Second)).Partner; got != "softcat" {
		t.Errorf("before midnight: %s", got)
	}
	if got := s.On(turn).Partner; got != "northwind" {
		t.Errorf("at midnight: %s", got)
	}
	if got := s.On(turn.AddDate(-3, 0, 0)).Partner; got != "softcat" {
		t.Errorf("before the first day: %s", got)
	}
}

func TestSubscription_IsReadBackFromItsSnapshot(t *testing.T) {
	s := renewed(t)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back subscriptions.Subscription
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back, cmp.Comparer(calendar.Date.Equal)); diff != "" {
		t.Error(diff)
	}
	if refusal, ok := fault.Of(subscriptions.ErrNotFound); !ok || refusal.Reason != "NOT_FOUND" {
		t.Error("a missing subscription is NOT_FOUND")
	}
}

func TestRenew_RaisesTheUnitPriceYearByYearUnlessPaidAhead(t *testing.T) {
	for billing, want := range map[subscriptions.Billing]money.Amount{
		subscriptions.Prepaid: gbp(50_400_00), subscriptions.Annual: gbp(51_660_00), subscriptions.Monthly: gbp(51_660_00),
	} {
		s := created(t)
		r := renewal(s)
		r.Months, r.Billing = 24, billing
		longer, err := s.Renew(r)
		if err != nil || longer.TermNet != want || longer.Terms[1].Net != want {
			t.Errorf("%s: %s, %v; want %s", billing, longer.TermNet, err, want)
		}
	}
}
