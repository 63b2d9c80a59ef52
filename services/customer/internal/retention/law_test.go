package retention_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// anyChange is a customer of the cohort.
var anyChange = rapid.Custom(func(t *rapid.T) retention.Change {
	value := func(name string) money.Amount {
		return money.Amount{Minor: rapid.Int64Range(0, 1_000_000_000).Draw(t, name), Currency: "GBP"}
	}
	c := retention.Change{Start: value("start"), End: money.Amount{Currency: "GBP"}}
	if c.Active = rapid.Bool().Draw(t, "active"); c.Active {
		c.End = value("end")
	}
	c.Moved = rapid.Bool().Draw(t, "moved")
	return c
})

func sum(t *rapid.T, tallies []retention.Tally) retention.Figures {
	figures, err := retention.Sum("GBP", tallies)
	if err != nil {
		t.Fatal(err)
	}
	return figures
}

func TestLaw_GrossIsAtMostEverythingAndAtMostNet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figures := sum(t, tallied(rapid.SliceOfN(anyChange, 0, 20).Draw(t, "changes")))
		gross, defined := figures.GRR()
		net, sayable := figures.NRR()
		if defined != (figures.Defined() == nil) {
			t.Fatal("a figure without something to divide by")
		}
		if gross < 0 || gross > money.Whole || sayable && gross > net {
			t.Fatalf("gross %d, net %d", gross, net)
		}
		if logo, ok := figures.Logo(); logo < 0 || logo > money.Whole || ok != (figures.StartCustomers > 0) {
			t.Fatalf("logo %d", logo)
		}
	})
}

func TestLaw_RetainedIsTheSumOfMinimums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOfN(anyChange, 0, 20).Draw(t, "changes")
		want := int64(0)
		for _, c := range changes {
			want += min(c.Start.Minor, c.End.Minor)
		}
		figures := sum(t, tallied(changes))
		if figures.Retained.Minor != want {
			t.Fatalf("got %d, want %d", figures.Retained.Minor, want)
		}
	})
}

// Whoever changes from day to day in between, the movements lead from the start
// to the end.
func TestLaw_MovementsLeadFromStartToEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figures := sum(t, tallied(rapid.SliceOfN(anyChange, 0, 20).Draw(t, "changes")))
		moved, customers, left := figures.Start.Minor, int64(0), int64(0)
		for _, tally := range figures.Tallies {
			moved += tally.End.Minor - tally.Start.Minor
			customers += tally.Customers
			if tally.Movement == retention.Churned || tally.Movement == retention.LostToPartner {
				left += tally.Customers
			}
		}
		if moved != figures.End.Minor || customers != figures.StartCustomers || customers-left != figures.EndCustomers {
			t.Fatalf("%+v", figures)
		}
	})
}

// Segments and countries divide the customers, so their figures add up to the
// total, and the order does not matter.
func TestLaw_SlicesOfCustomersRecombine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOfN(anyChange, 0, 20).Draw(t, "changes")
		var slices [3][]retention.Change
		for _, c := range changes {
			i := rapid.IntRange(0, 2).Draw(t, "slice")
			slices[i] = append(slices[i], c)
		}
		var parts []retention.Tally
		weighted := int64(0)
		for _, slice := range slices {
			figures := sum(t, tallied(slice))
			parts = append(parts, figures.Tallies...)
			weighted += figures.Retained.Minor
		}
		total := sum(t, tallied(rapid.Permutation(changes).Draw(t, "order")))
		if diff := cmp.Diff(total, sum(t, parts)); diff != "" || weighted != total.Retained.Minor {
			t.Fatal(diff)
		}
	})
}

// A customer with a subscription of 60 at one partner and of 40 at another
// moves the second one to the first. For the vendor nothing has happened; the
// first partner has won nothing, the second has lost everything. So the ends of
// partners' slices add up to less than the total, and no weighting by starts
// gives the total's figure.
func TestPartners_DoNotRecombine(t *testing.T) {
	vendor := rates([]retention.Change{{Start: pounds(t, "100"), End: pounds(t, "100"), Active: true}})
	one := rates([]retention.Change{{Start: pounds(t, "60"), End: pounds(t, "60"), Active: true}})
	other := rates([]retention.Change{{Start: pounds(t, "40"), End: pounds(t, "0"), Moved: true}})
	want := []string{"GRR 10000, NRR 10000, logo 10000", "GRR 10000, NRR 10000, logo 10000", "GRR 0, NRR 0, logo 0"}
	if diff := cmp.Diff(want, []string{vendor, one, other}); diff != "" {
		t.Error(diff)
	}
}

func TestLaw_TheAverageLiesAmongTheFamilies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a retention.Adoption
		families := 0
		for range rapid.IntRange(0, 5).Draw(t, "counts") {
			families += rapid.IntRange(1, 3).Draw(t, "more")
			a.Counts = append(a.Counts, retention.Count{Families: families, Customers: rapid.Int64Range(1, 1_000_000).Draw(t, "customers")})
		}
		average, ok := a.Average()
		if ok != (len(a.Counts) > 0) {
			t.Fatal("an average of nothing")
		}
		if ok && (int(average) < a.Counts[0].Families*10_000 || int(average) > families*10_000) {
			t.Fatalf("an average of %d basis points of %v", average, a.Counts)
		}
	})
}
