package subscriptions_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// deeds does arbitrary things to a subscription; what is refused changes
// nothing.
func deeds(t *rapid.T, s subscriptions.Subscription, check func(before, after subscriptions.Subscription)) {
	partners := []subscriptions.PartnerID{"softcat", "northwind", "third"}
	for range rapid.IntRange(0, 30).Draw(t, "deeds") {
		on := start.AddDays(rapid.IntRange(0, 1500).Draw(t, "day"))
		partner := rapid.SampledFrom(partners).Draw(t, "partner")
		after, err := s, error(nil)
		switch rapid.IntRange(0, 9).Draw(t, "deed") {
		case 0, 1, 2:
			r := renewal(s)
			r.Expected, r.Etag = s.PartnerOn(s.Current.End), ""
			if r.Months = rapid.SampledFrom([]int{0, 1, 12, 24, 36}).Draw(t, "months"); r.Months == 0 {
				r.End = r.Start.AddDays(rapid.IntRange(1, 1000).Draw(t, "days"))
			}
			r.Seats = rapid.Int64Range(1, 500).Draw(t, "seats")
			after, err = s.Renew(r)
		case 3, 4:
			after, err = s.ChangeSeats(subscriptions.SeatChange{Expected: s.PartnerOn(on), From: on, Seats: rapid.Int64Range(1, 500).Draw(t, "seats"), At: on.Time()})
		case 5, 6, 7:
			after, err = s.Reassign(subscriptions.Reassignment{Expected: s.PartnerOn(on), Partner: partner, From: on, At: on.Time()})
		case 8:
			after, err = s.RecordQuote(subscriptions.Quote{Partner: partner, On: on, At: now})
		case 9:
			if rapid.IntRange(0, 4).Draw(t, "really") > 0 {
				continue // or nothing would happen afterwards
			}
			after, err = s.Cancel(subscriptions.Cancellation{From: on, Cause: subscriptions.CauseCustomer, At: now})
		}
		if err == nil {
			check(s, after)
			s = after
		}
	}
}

func TestLaw_TermsTileWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := order()
		o.Start = calendar.On(2024, 1, 31).AddDays(rapid.IntRange(0, 400).Draw(t, "start"))
		s, err := subscriptions.Create(o)
		if err != nil {
			t.Fatal(err)
		}
		deeds(t, s, func(_, after subscriptions.Subscription) {
			next := after.FirstStart
			for _, term := range after.Terms {
				if term.Span.Start != next || term.Span.Empty() {
					t.Fatalf("term %s does not begin on %s", term.Span, next)
				}
				next = term.Span.End
			}
			if after.State == subscriptions.Active && after.Current != after.Terms[len(after.Terms)-1].Span {
				t.Fatalf("the current term is %s", after.Current)
			}
		})
	})
}

func TestLaw_ExactlyOnePartnerServesEachDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := created(t)
		deeds(t, s, func(before, after subscriptions.Subscription) {
			for n := range 1600 {
				serving := 0
				for _, p := range after.Partners {
					if p.Serves(start.AddDays(n)) {
						serving++
					}
				}
				if serving != 1 {
					t.Fatalf("%d partners serve on %s: %+v", serving, start.AddDays(n), after.Partners)
				}
			}
			if after.Revision != before.Revision+1 {
				t.Fatalf("revision went from %d to %d", before.Revision, after.Revision)
			}
		})
	})
}

func TestLaw_TheFirmWordOfATermStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deeds(t, created(t), func(before, after subscriptions.Subscription) {
			for i, term := range before.Terms {
				now := after.Terms[i]
				now.FinalSeats, now.Cancelled = term.FinalSeats, term.Cancelled
				if now != term {
					t.Fatalf("term %+v became %+v", term, now)
				}
			}
		})
	})
}

func TestLaw_NobodyLosesASeatWithinATerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := order()
		o.Months = rapid.SampledFrom([]int{1, 12}).Draw(t, "months of the first term")
		s, err := subscriptions.Create(o)
		if err != nil {
			t.Fatal(err)
		}
		deeds(t, s, func(before, after subscriptions.Subscription) {
			for i, term := range before.Terms {
				if after.Terms[i].FinalSeats < term.FinalSeats {
					t.Fatalf("%s goes from %d seats to %d", term.Span, term.FinalSeats, after.Terms[i].FinalSeats)
				}
			}
			last := after.Terms[len(after.Terms)-1]
			if after.State == subscriptions.Active && (after.Seats > last.FinalSeats || after.Seats < last.FinalSeats && last.Months != 1) {
				t.Fatalf("%d seats go on of %d in a term of %d months", after.Seats, last.FinalSeats, last.Months)
			}
		})
	})
}

func TestLaw_NetIsTheUnitPriceTimesSeatsAndYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit, seats := rapid.Int64Range(0, 1_000_000).Draw(t, "unit"), rapid.Int64Range(1, 100_000).Draw(t, "seats")
		for _, months := range []int{12, 24, 36} {
			net, err := subscriptions.Net(gbp(unit), seats, months)
			if err != nil || net.Minor != unit*seats*int64(months)/12 {
				t.Fatalf("%d seats at %d for %d months: %s, %v", seats, unit, months, net, err)
			}
		}
		month, err := subscriptions.Net(gbp(unit), seats, 1)
		if twelve := 12 * month.Minor; err != nil || twelve-unit*seats > 6 || unit*seats-twelve > 6 {
			t.Fatalf("a month of %d seats at %d: %s, %v", seats, unit, month, err)
		}
	})
}
