package ledger_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// histories are an invoice line with what was told of it and claimed, in any
// order of arrival.
func histories(t *rapid.T, issued calendar.Date) (line ledger.Line, claims []ledger.Claim) {
	amount := rapid.Int64Range(1, 5_000_000).Draw(t, "amount")
	line = ledger.Line{Invoice: "I", Amount: amount, Issued: issued, Due: issued.AddDays(30), HoldDays: 30, OverdueDays: 90}
	day := func() calendar.Date { return issued.AddDays(rapid.IntRange(-5, 200).Draw(t, "day")) }
	credits, settled := amount, amount
	for range rapid.IntRange(0, 6).Draw(t, "facts") {
		f := ledger.Fact{Kind: rapid.SampledFrom([]ledger.FactKind{ledger.Payment, ledger.Credit, ledger.Excuse}).Draw(t, "kind"), Cause: "payment:P", On: day()}
		room := &settled
		if f.Kind == ledger.Credit {
			room = &credits
		}
		if *room == 0 {
			continue
		}
		f.Amount = rapid.Int64Range(1, *room).Draw(t, "part")
		*room -= f.Amount
		if f.Kind == ledger.Payment && rapid.Bool().Draw(t, "taken back") {
			f.Undone, f.UndoneBy = f.On.AddDays(rapid.IntRange(0, 60).Draw(t, "after")), "payment_reversal:R"
		}
		line.Facts = append(line.Facts, f)
	}
	sign := rapid.SampledFrom([]int64{1, 1, 1, -1}).Draw(t, "sign")
	from := issued
	for n := range rapid.IntRange(1, 3).Draw(t, "claims") {
		c := ledger.Claim{From: from, Cause: "case:1", Span: amount}
		c.Earned = sign * rapid.Int64Range(0, amount).Draw(t, "earned")
		if sign > 0 {
			c.Held = rapid.Int64Range(0, amount-c.Earned).Draw(t, "held")
		}
		if n > 0 {
			c.First = rapid.Int64Range(0, amount-1).Draw(t, "first")
			c.Span = amount - c.First
		}
		claims = append(claims, c)
		from = from.AddDays(rapid.IntRange(0, 90).Draw(t, "days"))
	}
	return line, claims
}

// sumsByDay adds up what entries come to by the end of each day.
func sumsByDay(posted []ledger.Posted) map[calendar.Date]ledger.Standing {
	sums := map[calendar.Date]ledger.Standing{}
	for _, p := range posted {
		sums[p.On] = sums[p.On].Plus(p.Standing)
	}
	for day, s := range sums {
		if s == (ledger.Standing{}) {
			delete(sums, day)
		}
	}
	return sums
}

// TestLaw_TheOrderOfArrivalDoesNotMatter tells a line's facts one by one, in an
// order and on days that have nothing to do with their own, and holds the result
// against telling all of them at once at the end.
func TestLaw_TheOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		issued := calendar.On(2026, 1, 10)
		line, claims := histories(t, issued)
		arrivals := rapid.Permutation(line.Facts).Draw(t, "arrivals")
		told, today := line, issued
		told.Facts = nil
		var posted []ledger.Posted
		open := int64(0)
		settle := func(l ledger.Line) {
			entries, _ := ledger.Settlement{Line: l, Claims: claims, Posted: posted, Open: open}.Settle(today)
			for _, e := range entries {
				if err := e.Check(); err != nil {
					t.Fatalf("%s: %v", written([]ledger.Entry{e}), err)
				}
				if e.Effective.After(today) {
					t.Fatalf("posted on %s for %s", today, e.Effective)
				}
				if e.Net(ledger.Receivable) != 0 {
					t.Fatalf("%s before any statement", written([]ledger.Entry{e}))
				}
				posted, open = append(posted, ledger.Posted{On: e.Effective, Standing: e.Standing()}), open+e.Net(ledger.Payable)
			}
			slices.SortStableFunc(posted, func(a, b ledger.Posted) int { return a.On.Compare(b.On) })
		}
		settle(told)
		for _, f := range arrivals {
			today = calendar.Max(today.AddDays(rapid.IntRange(0, 40).Draw(t, "pass")), f.On)
			told.Facts = append(told.Facts, f)
			settle(told)
		}
		today = issued.AddDays(400)
		settle(told)
		got := sumsByDay(posted)
		posted, open = nil, 0
		settle(line)
		if diff := cmp.Diff(sumsByDay(posted), got); diff != "" {
			t.Fatalf("by day (-at once +one by one):\n%s", diff)
		}
	})
}

func TestLaw_NothingIsOwedBeyondWhatIsEarned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line, claims := histories(t, calendar.On(2026, 1, 10))
		c := claims[0]
		day := line.Issued.AddDays(rapid.IntRange(0, 300).Draw(t, "on"))
		s := line.At(c, day)
		total := s.Accrued + s.Payable
		if c.Earned >= 0 && (s.Accrued < 0 || s.Payable < 0 || total > c.Earned) || c.Earned < 0 && (s.Accrued > 0 || s.Payable > 0 || total < c.Earned) {
			t.Fatalf("%+v of a claim %+v on %s", s, c, day)
		}
		if s.Held < 0 || s.Held > c.Held {
			t.Fatalf("%d held of %d", s.Held, c.Held)
		}
	})
}
