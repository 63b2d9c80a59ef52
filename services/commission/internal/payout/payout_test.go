package payout_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	today  = calendar.On(2026, time.March, 2)
	payday = calendar.On(2026, time.March, 9)
)

func gbp(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "GBP"} }

// due is a statement of softcat's that closed at 180.00.
func due(how ...func(*payout.Due)) payout.Due {
	d := payout.Due{
		StatementID: "stm_1", PartnerID: "softcat", Month: calendar.On(2026, time.February, 1), Open: true,
		Closing: gbp(18_000), Paid: gbp(0), Held: gbp(0), Minimum: gbp(5_000),
	}
	for _, change := range how {
		change(&d)
	}
	return d
}

var account = payout.Account{ID: "pac_1", Masked: "****5432", Holder: "Softcat plc"}

func proposal() payout.Proposal {
	n := 0
	return payout.Proposal{
		Currency: "GBP", ExecuteOn: payday, Accounts: map[string]payout.Account{"softcat": account}, By: "staff:fred", At: monday, Today: today,
		NewID: func() string { n++; return fmt.Sprint("pay-", n) },
	}
}

func TestPropose_PaysWhatIsLeftAndNotDisputed(t *testing.T) {
	for name, tt := range map[string]struct {
		due      payout.Due
		pays     int64
		obstacle payout.Obstacle
	}{
		"all of it":                     {due(), 18_000, ""},
		"all but what is disputed":      {due(func(d *payout.Due) { d.Held = gbp(10_000) }), 8_000, ""},
		"a disputed deduction":          {due(func(d *payout.Due) { d.Held = gbp(-2_000) }), 20_000, ""},
		"exactly the minimum":           {due(func(d *payout.Due) { d.Closing = gbp(5_000) }), 5_000, ""},
		"no minimum":                    {due(func(d *payout.Due) { d.Closing, d.Minimum = gbp(1), gbp(0) }), 1, ""},
		"below the minimum":             {due(func(d *payout.Due) { d.Open, d.Closing = false, gbp(4_999) }), 0, payout.BelowMinimum},
		"too much disputed":             {due(func(d *payout.Due) { d.Held = gbp(13_001) }), 0, payout.Disputed},
		"all disputed, without minimum": {due(func(d *payout.Due) { d.Held, d.Minimum = gbp(18_000), gbp(0) }), 0, payout.Disputed},
		"in another batch":              {due(func(d *payout.Due) { d.InBatch = "pob-1" }), 0, payout.InAnotherBatch},
		"returned in part":              {due(func(d *payout.Due) { d.Open, d.Paid = false, gbp(8_000) }), 0, payout.Carried},
		"nothing":                       {due(func(d *payout.Due) { d.Closing = gbp(0) }), 0, ""},
		"owed by the partner":           {due(func(d *payout.Due) { d.Closing = gbp(-18_000) }), 0, ""},
		"nobody's account":              {due(func(d *payout.Due) { d.PartnerID = "cdw" }), 0, payout.AccountMissing},
	} {
		b, err := proposal().Propose([]payout.Due{tt.due})
		if err != nil {
			t.Fatal(err)
		}
		var got payout.Obstacle
		if len(b.Omissions) == 1 {
			got = b.Omissions[0].Obstacle
		}
		if b.Total != gbp(tt.pays) || b.Count != len(b.Payouts) || (tt.pays > 0) != (b.Count == 1) || got != tt.obstacle {
			t.Errorf("%s: pays %s with %d payouts, leaves out %v", name, b.Total, b.Count, b.Omissions)
		}
	}
}

func TestPropose_WritesWhatIsPaidToWhom(t *testing.T) {
	got, err := proposal().Propose([]payout.Due{due(func(d *payout.Due) { d.Document = "SB-000042" })})
	if err != nil {
		t.Fatal(err)
	}
	want := payout.Batch{
		Currency: "GBP", ExecuteOn: payday, State: payout.BatchProposed, Count: 1, Total: gbp(18_000), Proposer: "staff:fred", Revision: 1, CreateTime: monday,
		Payouts: []payout.Payout{{
			ID: "pay-1", PartnerID: "softcat", StatementID: "stm_1", Document: "SB-000042", Month: calendar.On(2026, time.February, 1), Amount: gbp(18_000),
			Account: account, ExecuteOn: payday, State: payout.Proposed, Revision: 1, CreateTime: monday, UpdateTime: monday,
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := got.Payouts[0].Text(); text != "Statement 2026-02 softcat SB-000042" {
		t.Errorf("text %q", text)
	}
}

func TestPropose_FillsABatchAndNoMore(t *testing.T) {
	list := make([]payout.Due, payout.MaxPayouts+2)
	for i := range list {
		list[i] = due(func(d *payout.Due) { d.StatementID = fmt.Sprint("stm_", i) })
	}
	b, err := proposal().Propose(list)
	if err != nil || b.Count != payout.MaxPayouts || len(b.Omissions) != 2 || b.Omissions[0].Obstacle != payout.BatchFull {
		t.Errorf("%d payouts, left out %v, %v", b.Count, b.Omissions, err)
	}
}

// A batch pays or leaves out each statement of which something is left, never
// more than it closed at and nothing below its minimum.
func TestPropose_AccountsForEveryStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []payout.Due
		left := map[string]payout.Due{}
		for i := range rapid.IntRange(0, 20).Draw(t, "statements") {
			d := due(func(d *payout.Due) {
				d.StatementID = fmt.Sprint("stm_", i)
				d.PartnerID = rapid.SampledFrom([]string{"softcat", "cdw"}).Draw(t, "partner")
				d.Open = rapid.Bool().Draw(t, "open")
				d.Closing.Minor = rapid.Int64Range(-20_000, 20_000).Draw(t, "closing")
				d.Held.Minor = rapid.Int64Range(0, 20_000).Draw(t, "held")
				d.Minimum.Minor = rapid.Int64Range(0, 6_000).Draw(t, "minimum")
				if rapid.Bool().Draw(t, "in a batch") {
					d.InBatch = "pob-9"
				}
			})
			list = append(list, d)
			if d.Closing.Minor > 0 {
				left[d.StatementID] = d
			}
		}
		b, err := proposal().Propose(list)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, p := range b.Payouts {
			d := left[p.StatementID]
			if p.Amount.Minor != d.Closing.Minor-d.Held.Minor || p.Amount.Minor < max(d.Minimum.Minor, 1) || !d.Open || d.InBatch != "" {
				t.Fatalf("pays %s of %+v", p.Amount, d)
			}
			total += p.Amount.Minor
			delete(left, p.StatementID)
		}
		for _, o := range b.Omissions {
			if _, known := left[o.StatementID]; !known || o.Obstacle == "" || o.Detail == "" {
				t.Fatalf("leaves out %+v", o)
			}
			delete(left, o.StatementID)
		}
		if len(left) > 0 || b.Total.Minor != total || b.Count != len(b.Payouts) {
			t.Fatalf("%v are neither paid nor left out; total %s, want %d", left, b.Total, total)
		}
	})
}

func TestProposal_IsForDaysThatAccountsAreKnownOf(t *testing.T) {
	for on, want := range map[calendar.Date]error{
		today.AddDays(-1): payout.ErrDate, today: nil, today.AddDays(90): nil, today.AddDays(91): payout.ErrDate,
	} {
		p := proposal()
		p.ExecuteOn = on
		if err := p.Check(); !errors.Is(err, want) {
			t.Errorf("on %s: %v", on, err)
		}
	}
}

func TestBatch_GoesOneWay(t *testing.T) {
	grace := payout.Decision{By: "staff:grace", At: monday, Today: today}
	proposed := payout.Batch{ID: "pob-1", State: payout.BatchProposed, Proposer: "staff:fred", ExecuteOn: payday, Revision: 1}
	if _, err := proposed.Approve(payout.Decision{By: "staff:fred", Today: today}); !errors.Is(err, payout.ErrSameDecider) {
		t.Errorf("approved by its proposer: %v", err)
	}
	if _, err := proposed.Approve(payout.Decision{By: "staff:grace", Today: payday.AddDays(1)}); !errors.Is(err, payout.ErrState) {
		t.Errorf("approved too late: %v", err)
	}
	approved, err := proposed.Approve(grace)
	if err != nil || approved.State != payout.BatchApproved || approved.Approver != "staff:grace" || approved.Revision != 2 {
		t.Errorf("approved %+v, %v", approved, err)
	}
	for name, decide := range map[string]func(payout.Decision) (payout.Batch, error){"approved": approved.Approve, "cancelled": approved.Cancel} {
		if _, err := decide(grace); !errors.Is(err, payout.ErrState) {
			t.Errorf("%s once it is approved: %v", name, err)
		}
	}
	if err := approved.CheckExport(); !errors.Is(err, payout.ErrState) {
		t.Errorf("exported half-way: %v", err)
	}
	for _, tt := range []struct {
		sums []payout.Sum
		want payout.BatchState
	}{
		{[]payout.Sum{{State: payout.Proposed, Count: 1}, {State: payout.Paid, Count: 1}}, payout.BatchApproved},
		{[]payout.Sum{{State: payout.Instructed, Count: 1}, {State: payout.Skipped, Count: 1}}, payout.BatchInstructed},
		{[]payout.Sum{{State: payout.Paid, Count: 1}, {State: payout.Returned, Count: 1}}, payout.BatchCompleted},
		{[]payout.Sum{{State: payout.Skipped, Count: 2}}, payout.BatchCompleted},
	} {
		b := approved
		b.Sums = tt.sums
		if got, moved := b.Advance(monday); got.State != tt.want || moved != (got.State != b.State) {
			t.Errorf("with %v: %s, %v", tt.sums, got.State, moved)
		}
	}
}

func posting(how ...func(*payout.Posting)) payout.Posting {
	p := payout.Posting{Due: due(), Account: account, Found: true, At: monday, Today: today}
	for _, change := range how {
		change(&p)
	}
	return p
}

func proposed() payout.Payout {
	b, _ := proposal().Propose([]payout.Due{due()})
	return b.Payouts[0]
}

func TestPost_InstructsWhatIsAsItWasApproved(t *testing.T) {
	p := proposed().Post(posting())
	if p.State != payout.Instructed || p.InstructedOn != today || p.Revision != 2 {
		t.Errorf("posted %+v", p)
	}
	want := ledger.Entry{
		Kind: ledger.Payout, PartnerID: "softcat", Currency: "GBP", Effective: today, Cause: "payout:pay-1",
		Note: "Statement 2026-02 softcat is paid out by transfer pay-1.", Postings: ledger.Transfer(ledger.Payable, ledger.InTransit, 18_000),
	}
	if diff := cmp.Diff(want, p.Entry()); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}

func TestPost_SkipsWhatIsNotAndChangesNoAmount(t *testing.T) {
	for want, change := range map[payout.Obstacle]func(*payout.Posting){
		payout.Superseded:     func(p *payout.Posting) { p.Due.StatementID = "stm_2" },
		payout.Carried:        func(p *payout.Posting) { p.Due.Open = false },
		payout.AmountChanged:  func(p *payout.Posting) { p.Due.Held = gbp(1) },
		payout.AccountMissing: func(p *payout.Posting) { p.Account, p.Found = payout.Account{}, false },
		payout.AccountChanged: func(p *payout.Posting) { p.Account.ID = "pac_2" },
	} {
		p := proposed().Post(posting(change))
		if p.State != payout.Skipped || p.Obstacle != want || p.Detail == "" || p.Amount != gbp(18_000) || !p.InstructedOn.IsZero() {
			t.Errorf("%s: %+v", want, p)
		}
	}
}

func result(outcome payout.State, how ...func(*payout.Result)) payout.Result {
	r := payout.Result{
		PayoutID: "pay-1", Outcome: outcome, Today: payday,
		Answer: payout.Answer{Reference: "B-1", ValueOn: payday, Text: "Account closed.", Actor: "service:billing", At: monday.AddDate(0, 0, 7)},
	}
	for _, change := range how {
		change(&r)
	}
	return r
}

func TestRecord_MovesTheMoneyAsTheBankSays(t *testing.T) {
	instructed := proposed().Post(posting())
	paid, changed, err := instructed.Record(result(payout.Paid))
	if err != nil || !changed || paid.State != payout.Paid {
		t.Fatalf("paid %+v, %v, %v", paid, changed, err)
	}
	atOnce, _, err := instructed.Record(result(payout.Returned))
	if err != nil {
		t.Fatal(err)
	}
	later, _, err := paid.Record(result(payout.Returned))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		entry ledger.Entry
		kind  ledger.Kind
		moved []ledger.Posting
	}{
		"paid":                   {paid.Entry(), ledger.PayoutPaid, ledger.Transfer(ledger.InTransit, ledger.Cash, 18_000)},
		"returned at once":       {atOnce.Entry(), ledger.PayoutReturned, ledger.Transfer(ledger.InTransit, ledger.Payable, 18_000)},
		"paid, and then it came": {later.Entry(), ledger.PayoutReturned, ledger.Transfer(ledger.Cash, ledger.Payable, 18_000)},
	} {
		if tt.entry.Kind != tt.kind || tt.entry.Effective != payday || tt.entry.Check() != nil || !cmp.Equal(tt.entry.Postings, tt.moved) {
			t.Errorf("%s: %+v", name, tt.entry)
		}
		stated, shown := tt.entry.Stated()
		if shown != (tt.kind == ledger.PayoutReturned) || shown && stated != gbp(18_000) {
			t.Errorf("%s: states %s, %v", name, stated, shown)
		}
	}
}

func TestRecord_RefusesWithItsReason(t *testing.T) {
	instructed := proposed().Post(posting())
	paid, _, _ := instructed.Record(result(payout.Paid))
	returned, _, _ := paid.Record(result(payout.Returned))
	for name, tt := range map[string]struct {
		of     payout.Payout
		result payout.Result
		reason fault.Reason
		field  string
	}{
		"a proposed one":          {proposed(), result(payout.Paid), "STATE_INVALID", ""},
		"a skipped one":           {proposed().Post(posting(func(p *payout.Posting) { p.Found = false })), result(payout.Returned), "STATE_INVALID", ""},
		"paid by another":         {paid, result(payout.Paid, func(r *payout.Result) { r.Reference = "B-2" }), "PAYOUT_ALREADY_DECIDED", ""},
		"paid on another day":     {paid, result(payout.Paid, func(r *payout.Result) { r.ValueOn = today }), "PAYOUT_ALREADY_DECIDED", ""},
		"returned twice":          {returned, result(payout.Returned, func(r *payout.Result) { r.Text = "X" }), "PAYOUT_ALREADY_DECIDED", ""},
		"paid after it came back": {returned, result(payout.Paid, func(r *payout.Result) { r.Reference = "B-2" }), "PAYOUT_ALREADY_DECIDED", ""},
		"returned for no reason":  {instructed, result(payout.Returned, func(r *payout.Result) { r.Text = " " }), "REASON_TEXT_REQUIRED", "reason_text"},
		"tomorrow":                {instructed, result(payout.Paid, func(r *payout.Result) { r.ValueOn = payday.AddDays(1) }), "DATE_INVALID", "value_date"},
		"before it was posted":    {instructed, result(payout.Paid, func(r *payout.Result) { r.ValueOn = today.AddDays(-1) }), "DATE_INVALID", "value_date"},
		"back before it was paid": {paid, result(payout.Returned, func(r *payout.Result) { r.ValueOn = payday.AddDays(-1) }), "DATE_INVALID", "value_date"},
	} {
		got, changed, err := tt.of.Record(tt.result)
		refusal, ok := fault.Of(err)
		if !ok || refusal.Reason != tt.reason || refusal.Field != tt.field || changed || !cmp.Equal(got, tt.of) {
			t.Errorf("%s: %v, %v", name, err, changed)
		}
	}
}

// However often and in whatever order answers come, a payout is paid once and
// returned once, and its entries leave nothing in transit but what the bank has
// not answered.
func TestRecord_ReplaysChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := proposed().Post(posting())
		transit := p.Entry().Net(ledger.InTransit)
		payable := p.Entry().Net(ledger.Payable)
		for range rapid.IntRange(0, 12).Draw(t, "answers") {
			outcome := rapid.SampledFrom([]payout.State{payout.Paid, payout.Returned}).Draw(t, "outcome")
			reference := rapid.SampledFrom([]string{"B-1", "B-2"}).Draw(t, "reference")
			before := p
			next, changed, err := p.Record(result(outcome, func(r *payout.Result) { r.Reference = reference }))
			if err != nil || !changed {
				if !cmp.Equal(before, next) {
					t.Fatalf("nothing was recorded, and yet %+v", next)
				}
				continue
			}
			p = next
			transit += p.Entry().Net(ledger.InTransit)
			payable += p.Entry().Net(ledger.Payable)
		}
		want := map[payout.State][2]int64{payout.Instructed: {18_000, -18_000}, payout.Paid: {0, -18_000}, payout.Returned: {0, 0}}[p.State]
		if got := [2]int64{transit, payable}; got != want {
			t.Fatalf("%s leaves %v in transit and payable; want %v", p.State, got, want)
		}
	})
}
