package finance_test

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/commissiontest"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// TestLaw_TheForecastIsWhatARecomputationSays lets two thousand things happen to
// some subscriptions, several at a time, while feeds are pulled and the forecast
// is refreshed; now and then it comes to rest and is compared, to the cent.
func TestLaw_TheForecastIsWhatARecomputationSays(t *testing.T) {
	const rounds, deeds, workers = 20, 100, 4
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := newWorld(t)
	w.Cards(2000, 1000)
	h := &happenings{world: w, rnd: rand.New(rand.NewPCG(seed, 0)), on: day(today), did: map[string]int{}, causes: map[forecast.Cause]int{}}
	for range 30 {
		h.begin()
	}
	for round := range rounds {
		h.on = h.on.AddDays(h.rnd.IntN(45))
		w.On(h.on.String())
		h.happen(deeds, workers)
		h.rest()
		h.compare()
		h.explain()
		if t.Failed() {
			t.Fatalf("in round %d, on %s", round, h.on)
		}
	}
	if len(h.did) < len(h.deeds()) || len(h.causes) < 8 {
		t.Errorf("only these things happened: %v, and were causes of a drift: %v", h.did, h.causes)
	}
}

// happenings are what becomes of subscriptions.
type happenings struct {
	*world
	on calendar.Date

	mu   sync.Mutex
	rnd  *rand.Rand
	ids  []string
	next int
	did  map[string]int

	transfers []int
	frozen    []records.ForecastSnapshot
	causes    map[forecast.Cause]int
}

func (h *happenings) intn(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rnd.IntN(n)
}

func (h *happenings) number() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

// begin adds a subscription that came with an import, of some kind; of some the
// margin is locked later.
func (h *happenings) begin() {
	id := fmt.Sprintf("sub_law%d", h.number())
	months := []int{1, 12, 12, 12, 24, 36}[h.intn(6)]
	start := h.on.AddDays(-h.intn(months*30) - 1)
	price := money.Amount{Minor: int64(1000 + h.intn(20_000)), Currency: []money.Currency{"GBP", "JPY"}[h.intn(2)]}
	sub := &customerv1.Subscription{
		SubscriptionId: id, CustomerId: fmt.Sprintf("cus_%d", h.intn(5)), CustomerName: "Harbour Legal", CustomerSegment: []string{"ENTERPRISE", "GLOBAL"}[h.intn(2)],
		CustomerCountryCode: "GB", ProductId: "email-security-plus", FamilyId: []string{"archiving", "email-security"}[h.intn(2)], Seats: int64(1 + h.intn(500)),
		UnitPrice: moneyProto(price), UpliftBps: int32(h.intn(600)), TermMonths: int32(months), Billing: customerv1.Billing(1 + h.intn(3)), AnchorDate: start.String(),
		FirstStartDate: start.String(), TimeZone: []string{"Europe/London", "Pacific/Auckland", "America/Los_Angeles"}[h.intn(3)],
		TermStartDate: start.String(), TermEndDate: commissiontest.EndOf(start.String(), start.String(), months), TermNet: moneyProto(price),
		PartnerId: "softcat", PartnerFromDate: start.String(), State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: "softcat", FromDate: start.String()}},
	}
	sub.Terms = []*customerv1.Term{{
		StartDate: start.String(), EndDate: sub.TermEndDate, TermMonths: int32(months), Seats: sub.Seats, FinalSeats: sub.Seats, UnitPrice: sub.UnitPrice, Billing: sub.Billing,
	}}
	h.Customer.Add(sub)
	h.mu.Lock()
	h.ids = append(h.ids, id)
	h.mu.Unlock()
	if h.intn(4) > 0 {
		h.agree(id)
	}
}

// agree locks the margin of a subscription, unless it is locked.
func (h *happenings) agree(id string) {
	sub := h.Customer.Get(id)
	first := sub.GetPartnersOfRecord()[0]
	row := app.AgreedMargin{SubscriptionID: id, PartnerID: first.GetPartnerId(), Rate: money.Bps(500 + h.intn(2500)), LockedOn: day(first.GetFromDate())}
	_, _ = h.App.BatchImportRelationships(keyed(anna, fmt.Sprint("lock-", h.number()), row), []app.AgreedMargin{row})
}

func moneyProto(a money.Amount) *typev1.Money {
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

// happen lets so many things happen, several at a time.
func (h *happenings) happen(deeds, workers int) {
	ctx, stop := context.WithCancel(context.Background())
	var beside, at sync.WaitGroup
	for _, follow := range []func() error{h.refreshOnce, h.projectOnce, h.hearOnce} {
		beside.Go(func() {
			for ctx.Err() == nil {
				if err := follow(); err != nil {
					h.t.Error(err)
				}
			}
		})
	}
	for range workers {
		at.Go(func() {
			for range deeds / workers {
				h.deed()
			}
		})
	}
	at.Wait()
	stop()
	beside.Wait()
}

// rest lets everything be told and divided, and brings the forecast up to date.
func (h *happenings) rest() {
	h.Project()
	h.Hear()
	for _, id := range h.ids {
		_ = h.App.DivideTerms(context.Background(), id) // what can't be divided yet stays as it is
	}
	h.Project()
	h.refresh()
}

func (h *happenings) refreshOnce() error {
	_, err := h.Finance.RefreshForecast(context.Background())
	return err
}

func (h *happenings) projectOnce() error {
	_, _, err := h.App.PullBook(context.Background(), app.FeedStart)
	return err
}

func (h *happenings) hearOnce() error {
	_, _, err := h.App.PullVerdicts(context.Background(), app.FeedStart)
	return err
}

// deeds are what may happen to a subscription. What is refused did not happen.
func (h *happenings) deeds() map[string]func(id string) error {
	return map[string]func(id string) error{
		"renew": func(string) error { return h.renew(h.any("OPEN", "QUOTED", "GRACE", "LAPSED")) },
		"quote": func(string) error {
			r := h.any("OPEN", "GRACE")
			n := app.NewQuote{RenewalID: r.ID}
			_, err := h.App.CreateQuote(keyed(holder(r), fmt.Sprint("quote-", h.number()), n), n)
			return err
		},
		"withdraw": func(string) error {
			r := h.any("QUOTED")
			_, err := h.App.WithdrawQuote(keyed(holder(r), fmt.Sprint("withdraw-", h.number()), ""), r.QuoteID, "")
			return err
		},
		"decline": func(string) error {
			r := h.any("SCHEDULED", "OPEN", "QUOTED")
			_, err := h.App.DeclineRenewal(keyed(holder(r), fmt.Sprint("decline-", h.number()), ""), app.Notice{RenewalID: r.ID})
			return err
		},
		"undo": func(string) error {
			r := h.any("DECLINED")
			_, err := h.App.UndoDecline(keyed(holder(r), fmt.Sprint("undo-", h.number()), ""), app.Notice{RenewalID: r.ID})
			return err
		},
		"approve late": func(string) error {
			r := h.any("LAPSED")
			_, err := h.App.ApproveLateRenewal(keyed(anna, fmt.Sprint("late-", h.number()), ""), app.Notice{RenewalID: r.ID})
			return err
		},
		"reseat": func(id string) error {
			n := app.NewSeats{SubscriptionID: id, Seats: h.Customer.Get(id).GetSeats() + int64(h.intn(50)) - 5}
			_, err := h.App.SubmitSeatChange(keyed(hunter, fmt.Sprint("seats-", h.number()), n), n)
			return err
		},
		"transfer": func(id string) error { return h.move(id) },
		"rule":     func(string) error { return h.judge() },
		"raise":    func(id string) error { return h.lift(id) },
		"lock":     func(id string) error { h.agree(id); return nil },
		"begin":    func(string) error { h.begin(); return nil },
		"order": func(string) error {
			o := harbour(func(o *app.NewOrder) { o.Domain, o.Months = fmt.Sprintf("law%d.example", h.number()), 12 })
			s, err := h.App.SubmitOrder(keyed(hunter, fmt.Sprint("order-", h.number()), o), o)
			if err == nil {
				h.mu.Lock()
				h.ids = append(h.ids, s.SubscriptionID)
				h.mu.Unlock()
			}
			return err
		},
		"cancel": func(id string) error {
			if h.intn(4) > 0 {
				return errKilled
			}
			from := h.on.AddDays(h.intn(200) - 20)
			h.Customer.Change(id, "subscription.cancelled", func(s *customerv1.Subscription) {
				s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, from.String()
			})
			return nil
		},
		"resegment": func(id string) error {
			segment := customerv1.Segment(1 + h.intn(4))
			h.Customer.Tell(&customerv1.Customer{CustomerId: fmt.Sprintf("cus_%d", h.intn(5)), DisplayName: "Harbour Legal", Segment: segment, CountryCode: "GB"}, int64(h.number()))
			return nil
		},
	}
}

func (h *happenings) deed() {
	deeds := h.deeds()
	names := slices.Sorted(maps.Keys(deeds))
	name := names[h.intn(len(names))]
	h.mu.Lock()
	id := h.ids[h.rnd.IntN(len(h.ids))]
	h.mu.Unlock()
	if deeds[name](id) != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.did[name]++
}

// any returns a renewal in one of the states, or none.
func (h *happenings) any(states ...string) records.Renewal {
	list, err := h.App.ListRenewals(as(anna), app.RenewalFilter{States: states}, app.ByDueDate, nil, 1000)
	if err != nil || len(list) == 0 {
		return records.Renewal{}
	}
	return list[h.intn(len(list))]
}

// holder is the partner that may renew.
func holder(r records.Renewal) auth.Caller {
	return servertest.Partner(r.PartnerID, "renewals:read", "renewals:write", "quotes:write", "orders:write")
}

func (h *happenings) renew(r records.Renewal) error {
	o := order(r.ID)
	o.Wish = renewal.Wish{Months: []int{0, 0, 1, 12, 36}[h.intn(5)], Billing: []margin.Billing{"", margin.Prepaid, margin.Annual, margin.Monthly}[h.intn(4)]}
	if h.intn(2) == 0 {
		o.Wish.Seats = int64(1 + h.intn(500))
	}
	_, err := h.App.SubmitRenewal(keyed(holder(r), fmt.Sprint("renew-", h.number()), o), o)
	return err
}

// move gives a subscription the other partner, some days before or after today.
func (h *happenings) move(id string) error {
	partners := h.Customer.Get(id).GetPartnersOfRecord()
	last := partners[len(partners)-1]
	from := h.on.AddDays(h.intn(60) - 10)
	if !day(last.GetFromDate()).Before(from) || len(partners) > 3 {
		return errKilled
	}
	to := map[string]string{"softcat": "cdw", "cdw": "softcat"}[last.GetPartnerId()]
	n := h.number()
	h.Transfer(fmt.Sprint("trf_", n), id, to, from.String(), h.outcome())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.transfers = append(h.transfers, n)
	return nil
}

// judge decides about an earlier transfer once more.
func (h *happenings) judge() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.transfers) == 0 {
		return errKilled
	}
	trf := h.transfers[h.rnd.IntN(len(h.transfers))]
	h.Conduct.Decide(fmt.Sprint("cas_trf_", trf), h.verdict(h.rnd.IntN(3)))
	return nil
}

func (h *happenings) outcome() func(*partnerv1.Case) { return h.verdict(h.intn(3)) }

func (h *happenings) verdict(n int) func(*partnerv1.Case) {
	until := h.on.AddMonths(12).String()
	return []func(*partnerv1.Case){clean, poached(until), appealed(until)}[n]
}

// lift raises the margin of a subscription's last relationship.
func (h *happenings) lift(id string) error {
	list, err := h.App.ListRelationships(as(anna), app.RelationshipFilter{SubscriptionID: id}, "", 10)
	if err != nil || len(list) == 0 {
		return errKilled
	}
	to := app.Raise{RelationshipID: list[len(list)-1].ID, To: list[len(list)-1].Lock.Rate + money.Bps(1+h.intn(300))}
	if _, err := h.App.ProposeRaise(as(anna), to); err != nil {
		return err
	}
	_, err = h.App.ApproveRaise(as(bert), to)
	return err
}

// compare holds what is stored and answered against the rules, applied to what is
// known of every subscription today.
func (h *happenings) compare() {
	h.t.Helper()
	var facts map[string]*postgres.ForecastFacts
	rollups, histories := map[forecast.RollupKey]string{}, map[string]forecast.History{}
	must(h.t, h.System(func(ctx context.Context, tx *postgres.Store) (err error) {
		if facts, err = tx.ForecastFacts(ctx, h.ids); err != nil {
			return err
		}
		if err := readRollups(ctx, tx.Tx(), rollups); err != nil {
			return err
		}
		rows, _ := tx.Tx().Query(ctx, "SELECT partner_id, due_count, renewed_count FROM forecast_histories")
		var partner string
		var history forecast.History
		_, err = pgx.ForEachRow(rows, []any{&partner, &history.Due, &history.Renewed}, func() error {
			histories[partner] = history
			return nil
		})
		return err
	}))
	change := forecast.NewChange()
	var entries []forecast.Entry
	for _, id := range h.ids {
		f := facts[id]
		zone, err := calendar.LoadZone(f.TimeZone)
		must(h.t, err)
		on := calendar.DateOf(*h.Now.Load(), zone)
		for _, p := range f.Subscription.Parts(on, forecast.Until(on)) {
			e := forecast.Entry{SubscriptionID: id, FamilyID: f.FamilyID, Segment: f.Segment, Currency: f.Subscription.Contract.UnitPrice.Currency, Part: p}
			change.Add(e)
			entries = append(entries, e)
		}
	}
	want := map[forecast.RollupKey]string{}
	for key, r := range change.Rollups {
		want[key] = fmt.Sprint(r.Minor, " ", &r.Squares, " ", r.Count)
	}
	from, until := forecast.MonthOf(h.on)-3, forecast.MonthOf(h.on)+forecast.Horizon // what lies further ahead is looked at later
	far := func(k forecast.RollupKey, _ string) bool { return k.Month < from || k.Month >= until }
	maps.DeleteFunc(want, far)
	maps.DeleteFunc(rollups, far)
	if diff := cmp.Diff(want, rollups); diff != "" {
		h.t.Errorf("the sums (+) are not those of a recomputation (-):\n%.3000s", diff)
	}
	if diff := cmp.Diff(change.Histories, histories); diff != "" {
		h.t.Errorf("the histories (+) are not those of a recomputation (-):\n%s", diff)
	}
	h.compareAnswers(entries, change.Histories)
	h.compareRenewals(entries)
	h.compareBookings(facts, entries)
}

func readRollups(ctx context.Context, tx pgx.Tx, into map[forecast.RollupKey]string) error {
	rows, _ := tx.Query(ctx, `
		SELECT partner_id, family_id, segment, currency, settlement_mode, month, state, ahead, minor || ' ' || squares || ' ' || count
		FROM forecast_rollups`)
	var k forecast.RollupKey
	var month calendar.Date
	var sums string
	_, err := pgx.ForEachRow(rows, []any{&k.PartnerID, &k.FamilyID, &k.Segment, &k.Currency, &k.Mode, &month, &k.State, &k.Ahead, &sums}, func() error {
		k.Month = forecast.MonthOf(month)
		into[k] = sums
		return nil
	})
	return err
}

// compareAnswers adds the entries up one by one and compares.
func (h *happenings) compareAnswers(entries []forecast.Entry, histories map[string]forecast.History) {
	h.t.Helper()
	for _, q := range []finance.ForecastQuestion{
		{}, {ByHistory: true}, {Filter: finance.ForecastFilter{ByPartner: true}}, {Filter: finance.ForecastFilter{ByFamily: true, BySegment: true}}, {PartnerID: "cdw", ByHistory: true},
		{Filter: finance.ForecastFilter{ByPartner: true, ByFamily: true, BySegment: true, Currency: "GBP"}},
	} {
		q.Months = new(int32(24))
		got, err := h.Finance.GetForecast(as(anna), q)
		must(h.t, err)
		var lines []forecast.Line
		policy := forecast.Policy()
		for _, e := range entries {
			if q.PartnerID != "" && e.PartnerID != q.PartnerID || q.Filter.Currency != "" && string(e.Currency) != q.Filter.Currency {
				continue
			}
			by := &policy
			if q.ByHistory {
				by = new(policy.By(histories[e.PartnerID]))
			}
			lines = append(lines, linesOf(e, q.Filter, got.Range, by)...)
		}
		if diff := cmp.Diff(forecast.Sum(lines), got.Forecast, cmpopts.EquateEmpty()); diff != "" {
			h.t.Errorf("%+v is answered with (+), it should be (-):\n%.3000s", q, diff)
		}
	}
}

func linesOf(e forecast.Entry, f finance.ForecastFilter, months forecast.Range, by *forecast.Probabilities) (lines []forecast.Line) {
	var group forecast.Group
	if f.ByPartner {
		group.PartnerID = e.PartnerID
	}
	if f.ByFamily {
		group.FamilyID = e.FamilyID
	}
	if f.BySegment {
		group.Segment = e.Segment
	}
	for _, term := range e.Terms {
		for _, earns := range term.Earns {
			if earns.Month < months.From || earns.Month >= months.Until() {
				continue
			}
			lines = append(lines, forecast.Line{
				Group: group, Currency: e.Currency, Mode: e.Mode, Month: earns.Month, State: e.State, Ahead: term.Ahead, Minor: earns.Minor,
				Squares: new(big.Int).Mul(big.NewInt(earns.Minor), big.NewInt(earns.Minor)), By: by,
			})
		}
	}
	return lines
}

// compareRenewals holds the next renewals against the margins that the list of
// renewals tells.
func (h *happenings) compareRenewals(entries []forecast.Entry) {
	h.t.Helper()
	next := map[string]int64{}
	for _, e := range entries {
		for _, term := range e.Terms {
			if term.Ahead == 1 {
				for _, earns := range term.Earns {
					next[e.SubscriptionID] += earns.Minor
				}
			}
		}
	}
	for _, r := range h.Renewals(app.RenewalFilter{}) {
		if forecast.Ahead(r.State) && r.Effective != nil && next[r.SubscriptionID] != r.Margin.Minor {
			h.t.Errorf("%s renewal %s is forecast with %d, and listed with %d", r.State, r.ID, next[r.SubscriptionID], r.Margin.Minor)
		}
		if !forecast.Ahead(r.State) && r.Due == day(h.Customer.Get(r.SubscriptionID).GetTermEndDate()) && next[r.SubscriptionID] != 0 {
			h.t.Errorf("%s renewal %s is forecast with %d", r.State, r.ID, next[r.SubscriptionID])
		}
	}
}

// compareBookings holds what is committed against what is booked: terms and parts
// of them, less what is withheld.
func (h *happenings) compareBookings(facts map[string]*postgres.ForecastFacts, entries []forecast.Entry) {
	h.t.Helper()
	booked := map[string]int64{}
	must(h.t, h.System(func(ctx context.Context, tx *postgres.Store) error {
		rows, _ := tx.Tx().Query(ctx, `
			SELECT subscription_id, partner_id, sum(CASE w.state WHEN 'RELEASED' THEN w.agreed_minor ELSE coalesce(w.capped_minor, e.margin_minor) END)::bigint
			FROM (
				SELECT submission_id AS source_id, subscription_id, partner_id, margin_minor
				FROM booked_terms
				WHERE submission_id NOT IN (SELECT source_id FROM term_shares)
				UNION ALL
				SELECT term_share_id, subscription_id, partner_id, margin_minor
				FROM term_shares
				WHERE replaced_by = '') e
			LEFT JOIN withholdings w USING (subscription_id, partner_id, source_id)
			GROUP BY 1, 2`)
		var id, partner string
		var minor int64
		_, err := pgx.ForEachRow(rows, []any{&id, &partner, &minor}, func() error {
			booked[id+" "+partner] = minor
			return nil
		})
		return err
	}))
	for _, e := range entries {
		if f := facts[e.SubscriptionID]; !f.Subscription.CancelledFrom.IsZero() {
			delete(booked, e.SubscriptionID+" "+e.PartnerID)
			continue
		}
		for _, term := range e.Terms {
			imported := slices.ContainsFunc(facts[e.SubscriptionID].Subscription.Imported, func(t forecast.Imported) bool {
				return t.Term.Start == term.Start && !t.Divided
			})
			if term.Ahead == 0 && (!imported || term.Added) {
				for _, earns := range term.Earns {
					booked[e.SubscriptionID+" "+e.PartnerID] -= earns.Minor
				}
			}
		}
	}
	for of, left := range booked {
		if id, _, _ := strings.Cut(of, " "); left != 0 && facts[id].Subscription.CancelledFrom.IsZero() {
			h.t.Errorf("of what %s has booked, %d is not committed", of, left)
		}
	}
}

// explain compares the forecast with snapshots of earlier rounds, and takes
// another one.
func (h *happenings) explain() {
	h.t.Helper()
	for _, snap := range h.frozen {
		found, err := h.Finance.CompareForecast(as(anna), finance.ForecastComparison{SnapshotID: snap.ID, Months: new(int32(24))})
		must(h.t, err)
		was, err := h.Finance.GetForecastSnapshot(as(anna), snap.ID, "")
		must(h.t, err)
		is, err := h.Finance.GetForecast(as(anna), finance.ForecastQuestion{From: snap.Month, Months: new(int32(24))})
		must(h.t, err)
		before, after := expectations(was.Forecast.Totals), expectations(is.Totals)
		for _, d := range found.Drifts {
			for _, m := range d.Months {
				at := expectation{d.Currency, d.Mode, m.Month}
				sum := m.Before
				for _, cause := range m.Causes {
					sum += cause.Minor
					h.causes[cause.Cause]++
				}
				// What was late counts in the first month, once it is booked.
				if m.Before != before[at] || sum != m.After || m.After != after[at] && m.Month != snap.Month {
					h.t.Errorf("%s: from %d to %d by %+v; the snapshot says %d and the forecast %d", m.Month, m.Before, m.After, m.Causes, before[at], after[at])
				}
			}
		}
	}
	if h.frozen = append(h.frozen, h.freeze()); len(h.frozen) > 3 {
		h.frozen = h.frozen[1:]
	}
}

type expectation struct {
	currency money.Currency
	mode     margin.Mode
	month    forecast.Month
}

func expectations(totals []forecast.Slice) map[expectation]int64 {
	expected := map[expectation]int64{}
	for _, s := range totals {
		for _, m := range s.Months {
			expected[expectation{s.Currency, s.Mode, m.Month}] = m.Expected
		}
	}
	return expected
}
