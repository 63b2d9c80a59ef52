package finance_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/commissiontest"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// TestLaw_TheDatabaseAndTheRulesAgreeOnTheRisk generates facts as the law of the
// state does, and looks for each reason.
func TestLaw_TheDatabaseAndTheRulesAgreeOnTheRisk(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	n := 0
	seen := map[forecast.Risk]int{}
	rapid.Check(t, func(rt *rapid.T) {
		n++
		f, signs := commissiontest.DrawFacts(rt), forecast.Signs{SeatsDeclining: rapid.Bool().Draw(rt, "declining"), PoorExperience: rapid.Bool().Draw(rt, "poor")}
		near := forecast.Nearness{Late: rapid.IntRange(0, 60).Draw(rt, "late"), Silent: rapid.IntRange(0, 60).Draw(rt, "silent")}
		w.At(day(due).AddDays(f.Today).Time().Add(12 * 3600e9))
		must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
			if err := f.Write(ctx, tx, day(due), n); err != nil {
				return err
			}
			if err := tx.ProjectExperiences(ctx, []postgres.BookExperience{{
				CustomerID: "cus_1", Revision: int64(n), Band: "INDICATIVE", Score: new(int32(40)), Poor: signs.PoorExperience,
			}}); err != nil {
				return err
			}
			return tx.ReplaceForecastParts(ctx, []string{commissiontest.RoundID(n)}, []postgres.ForecastPart{{
				Entry:          forecast.Entry{SubscriptionID: commissiontest.RoundID(n), Currency: "GBP", Part: forecast.Part{PartnerID: "softcat"}},
				SeatsDeclining: signs.SeatsDeclining, ChangeTime: w.Now.Load().AddDate(1, 0, 0),
			}})
		}))
		r, err := w.App.GetRenewal(as(anna), commissiontest.RoundID(n))
		must(t, err)
		want := forecast.Risks(r.Facts(), r.Today, signs, near)
		for _, reason := range []forecast.Risk{"", forecast.Late, forecast.Silent, forecast.SeatsDeclining, forecast.Experienced} {
			filter := finance.RiskFilter{Near: near, RenewalFilter: app.RenewalFilter{DueFrom: day(due), DueBefore: day(due).AddDays(1)}}
			fits := len(want) > 0
			if reason != "" {
				filter.Reasons, fits = []forecast.Risk{reason}, slices.Contains(want, reason)
			}
			found, err := w.Finance.ListRenewalsAtRisk(as(anna), filter, nil, 1000)
			must(t, err)
			at := slices.IndexFunc(found, func(r records.RenewalAtRisk) bool { return r.Renewal.ID == commissiontest.RoundID(n) })
			if at >= 0 != fits || fits && !slices.Equal(found[at].Risks, want) {
				rt.Fatalf("%s for %q: the database says %d of %d, the rules %v", r.State, reason, at, len(found), want)
			}
		}
		for _, risk := range want {
			seen[risk]++
		}
	})
	if len(seen) != 4 {
		t.Errorf("only the reasons %v occurred", seen)
	}
}

func TestListRenewalsAtRisk_ShowsWhereSeatsWereDropped(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription, func(s *customerv1.Subscription) {
		s.Terms = append([]*customerv1.Term{{
			StartDate: "2024-04-01", EndDate: "2025-04-01", TermMonths: 12, Seats: 250, FinalSeats: 250, UnitPrice: gbp("110.00"), Billing: s.GetBilling(),
		}}, s.GetTerms()...)
	})
	w.Subscribe("sub_2")
	w.refresh()
	found, err := w.Finance.ListRenewalsAtRisk(as(softcat), finance.RiskFilter{Near: forecast.Nearness{}}, nil, 10)
	must(t, err)
	if len(found) != 1 || found[0].Renewal.ID != renewalID || !slices.Equal(found[0].Risks, []forecast.Risk{forecast.SeatsDeclining}) {
		t.Errorf("%+v", found)
	}
}
