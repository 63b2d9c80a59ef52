package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// openBook returns a store with an arbitrary book.
func openBook(t *testing.T, seed uint64) (context.Context, *pg.DB, []contract) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 11))
	db := pgtest.New(t, pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()})
	ctx := pg.WithScope(t.Context(), pg.System())
	var book []contract
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		for _, f := range bookFamilies {
			product := catalogue.Product{ID: catalogue.ProductID(f), Name: string(f), Family: f, CreateTime: at}
			if err := errors.Join(tx.InsertFamily(ctx, catalogue.Family{ID: f, Name: string(f)}), tx.InsertProduct(ctx, product)); err != nil {
				return err
			}
		}
		for n := range 40 {
			c := acme(customers.ID(fmt.Sprintf("cus_%02d", n)), fmt.Sprintf("customer-%d.example", n))
			c.Segment = []customers.Segment{customers.MidMarket, customers.Enterprise}[rnd.IntN(2)]
			c.Country = []customers.Country{"GB", "US", "JP"}[rnd.IntN(3)]
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			for m := range 1 + rnd.IntN(4) {
				made := randomContract(t, rnd, fmt.Sprintf("sub_%02d_%d", n, m), c)
				book = append(book, made)
				if err := tx.InsertSubscription(ctx, made.Subscription); err != nil {
					return err
				}
				for i, a := range made.added {
					changed := made.Subscription
					changed.Revision = int64(i + 1)
					if err := tx.InsertSeatAddition(ctx, changed, a); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return ctx, db, book
}

// somePeriod is a period in which much happens.
func somePeriod(rnd *rand.Rand) retention.Period {
	from := calendar.On(2020, time.June, 1).AddDays(rnd.IntN(1000))
	return retention.Period{From: from, Until: from.AddDays(1 + rnd.IntN(500))}
}

func TestRetention_IsWhatTheRulesSay(t *testing.T) {
	for seed := range uint64(3) {
		ctx, db, book := openBook(t, seed)
		rnd := rand.New(rand.NewPCG(seed, 12))
		seen := map[retention.Movement]int{}
		for range 12 {
			q := postgres.RetentionQuery{Period: somePeriod(rnd), Rates: rates}
			q.Partners = [][]subscriptions.PartnerID{nil, nil, {"softcat"}, {"northwind", "third"}}[rnd.IntN(4)]
			q.Segment = []customers.Segment{"", "", customers.Enterprise}[rnd.IntN(3)]
			q.Countries = [][]customers.Country{nil, nil, {"GB", "JP"}}[rnd.IntN(3)]
			q.Family = []catalogue.FamilyID{"", "", "archiving"}[rnd.IntN(3)]
			for _, by := range []retention.Dimension{"", retention.ByPartner, retention.BySegment, retention.ByCountry, retention.ByFamily} {
				want := changes(t, book, q, by)
				within(ctx, t, db, nil, func(tx *postgres.Store) error {
					got, err := tx.TallyRetention(ctx, q, by)
					if diff := cmp.Diff(tally(want), got); diff != "" {
						t.Errorf("%v by %q: %s", q, by, diff)
					}
					return err
				})
				for _, c := range want {
					seen[c.Movement()]++
				}
			}
			wantList(ctx, t, db, q, changes(t, book, q, ""))
		}
		if len(seen) != 5 || seen[retention.LostToPartner] < 5 {
			t.Errorf("the book moves too little: %v", seen)
		}
	}
}

// tally adds up customers by slice and movement.
func tally(list []change) (tallies []postgres.RetentionTally) {
	for _, c := range list {
		i := slices.IndexFunc(tallies, func(t postgres.RetentionTally) bool { return t.Slice == c.slice && t.Movement == c.Movement() })
		if i < 0 {
			zero := money.Amount{Currency: "USD"}
			i, tallies = len(tallies), append(tallies, postgres.RetentionTally{Slice: c.slice, Tally: retention.Tally{Movement: c.Movement(), Start: zero, End: zero}})
		}
		tallies[i].Customers++
		tallies[i].Start.Minor += c.Start.Minor
		tallies[i].End.Minor += c.End.Minor
	}
	slices.SortFunc(tallies, func(x, y postgres.RetentionTally) int {
		return strings.Compare(x.Slice+"/"+string(x.Movement), y.Slice+"/"+string(y.Movement))
	})
	return tallies
}

// wantList reads the list in pages, as a whole and by movement.
func wantList(ctx context.Context, t *testing.T, db *pg.DB, q postgres.RetentionQuery, want []change) {
	t.Helper()
	for _, movement := range []retention.Movement{"", retention.Expanded, retention.Churned, retention.LostToPartner} {
		var expected, got []retention.Change
		for _, c := range want {
			if movement == "" || c.Movement() == movement {
				expected = append(expected, c.Change)
			}
		}
		list := postgres.RetentionList{RetentionQuery: q, Movement: movement, Limit: 4}
		for {
			var page []retention.Change
			within(ctx, t, db, nil, func(tx *postgres.Store) (err error) {
				page, err = tx.ListRetention(ctx, list)
				return err
			})
			if got = append(got, page...); len(page) < list.Limit {
				break
			}
			last := page[len(page)-1]
			list.After = postgres.RetentionKey{Value: last.Value(), ID: last.Customer}
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s of %v: %s", movement, q.Period, diff)
		}
	}
}

func TestRetention_NeedsARateForEachCurrencyOfTheCohort(t *testing.T) {
	ctx, db, book := openBook(t, 1)
	q := postgres.RetentionQuery{Period: somePeriod(rand.New(rand.NewPCG(1, 2))), Rates: catalogue.FxSet{Base: "USD"}}
	if len(changes(t, book, q, "")) == 0 {
		t.Fatal("nobody is in the cohort")
	}
	within(ctx, t, db, retention.ErrRateMissing, func(tx *postgres.Store) error {
		_, err := tx.TallyRetention(ctx, q, "")
		return err
	})
	within(ctx, t, db, retention.ErrRateMissing, func(tx *postgres.Store) error {
		_, err := tx.ListRetention(ctx, postgres.RetentionList{RetentionQuery: q, Movement: retention.Churned, Limit: 1})
		return err
	})
}

func TestAdoption_IsWhatTheContractsSay(t *testing.T) {
	ctx, db, book := openBook(t, 4)
	months := retention.Months{First: calendar.On(2020, time.January, 1), Last: calendar.On(2024, time.December, 1)}
	for _, q := range []postgres.BookSlice{{}, {Partners: []subscriptions.PartnerID{"softcat", "third"}}, {Segment: customers.Enterprise, Countries: []customers.Country{"GB"}}} {
		var want []retention.Adoption
		for day := months.First; !day.After(months.Last); day = day.AddMonths(1) {
			if month, used := adopted(t, book, q, day); used {
				want = append(want, month)
			}
		}
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			got, err := tx.Adoption(ctx, q, months)
			if diff := cmp.Diff(want, got, cmp.Comparer(calendar.Date.Equal)); diff != "" || len(want) < 30 {
				t.Errorf("%d months: %s", len(want), diff)
			}
			return err
		})
		wantAdopters(ctx, t, db, postgres.AdoptionList{BookSlice: q, Month: calendar.On(2021, time.March, 1), Limit: 3}, want)
	}
}

// adopted counts a month, contract by contract.
func adopted(t *testing.T, book []contract, q postgres.BookSlice, day calendar.Date) (month retention.Adoption, active bool) {
	t.Helper()
	used := map[customers.ID]map[catalogue.FamilyID]bool{}
	for _, c := range book {
		_, runs := c.valueOn(t, day)
		if !runs || q.Segment != "" && c.Customer.Segment != q.Segment || len(q.Countries) > 0 && !slices.Contains(q.Countries, c.Customer.Country) ||
			len(q.Partners) > 0 && !slices.Contains(q.Partners, c.PartnerOn(day)) {
			continue
		}
		if used[c.Customer.ID] == nil {
			used[c.Customer.ID] = map[catalogue.FamilyID]bool{}
		}
		used[c.Customer.ID][c.Family] = true
	}
	month.Month = day
	for n := 1; n <= len(bookFamilies); n++ {
		count := retention.Count{Families: n}
		for _, families := range used {
			if len(families) == n {
				count.Customers++
			}
		}
		if count.Customers > 0 {
			month.Counts = append(month.Counts, count)
		}
	}
	return month, len(used) > 0
}

// wantAdopters reads a month's customers in pages and holds them to its counts.
func wantAdopters(ctx context.Context, t *testing.T, db *pg.DB, q postgres.AdoptionList, months []retention.Adoption) {
	t.Helper()
	i := slices.IndexFunc(months, func(a retention.Adoption) bool { return a.Month == q.Month })
	if i < 0 {
		t.Fatalf("nobody is active in %s", q.Month)
	}
	got, last := retention.Adoption{Month: q.Month}, postgres.AdoptionKey{}
	for {
		var page []retention.User
		within(ctx, t, db, nil, func(tx *postgres.Store) (err error) {
			page, err = tx.ListAdoption(ctx, q)
			return err
		})
		for _, u := range page {
			key := postgres.AdoptionKey{Families: len(u.Families), ID: u.Customer}
			if key.Families < last.Families || key.Families == last.Families && key.ID <= last.ID {
				t.Errorf("%v comes after %v", key, last)
			}
			if n := len(got.Counts); n == 0 || got.Counts[n-1].Families != key.Families {
				got.Counts = append(got.Counts, retention.Count{Families: key.Families})
			}
			got.Counts[len(got.Counts)-1].Customers++
			last = key
		}
		if len(page) < q.Limit {
			break
		}
		q.After = last
	}
	if diff := cmp.Diff(months[i], got, cmp.Comparer(calendar.Date.Equal)); diff != "" {
		t.Error(diff)
	}
}
