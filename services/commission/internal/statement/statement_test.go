package statement_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func month(t testing.TB, text string) statement.Month {
	t.Helper()
	m, err := statement.ParseMonth(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var second = time.Date(2026, time.April, 2, 6, 0, 0, 0, time.UTC)

// closing is that of March with lines of 300.00 after an opening of -120.00.
func closing(t testing.TB) statement.Closing {
	return statement.Closing{
		ID: "stm_2", PartnerID: "softcat", Currency: "GBP", Month: month(t, "2026-03"),
		Latest: statement.Statement{ID: "stm_1", Month: month(t, "2026-02"), State: statement.Carried, ClosingMinor: -12_000},
		Lines:  statement.Lines{Count: 1, Sum: 30_000, Payable: 30_000}, MinimumMinor: 5_000, DisputeDays: 30, CodeVersionID: "cod_1",
		Agreement: statement.Agreement{PartnerName: "Softcat", ID: "agr_1", TaxID: "GB123456789"}, At: second, By: "finance",
	}
}

func wantReason(t testing.TB, err error, reason fault.Reason, field string) {
	t.Helper()
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != reason || refusal.Field != field {
		t.Errorf("got %v; want %s on %q", err, reason, field)
	}
}

func TestClose_IsASelfBilledInvoiceOnlyIfThatIsAgreedAndThereIsSomethingToInvoice(t *testing.T) {
	for name, c := range map[string]struct {
		agreed bool
		lines  int64
		want   string
	}{"agreed": {true, 1, "SB-000042"}, "not agreed": {false, 1, ""}, "nothing to invoice": {true, 0, ""}} {
		closing := closing(t)
		closing.Agreement.SelfBilling, closing.Lines.Count = c.agreed, c.lines
		s, err := closing.Close(statement.Number(42))
		if err != nil {
			t.Fatal(err)
		}
		if s.DocumentNumber != c.want || s.SelfBilled() != (c.want != "") || (s.TaxID == "GB123456789") != (c.want != "") {
			t.Errorf("%s: number %q, tax id %q", name, s.DocumentNumber, s.TaxID)
		}
		if err := s.CheckSelfBilled(); (err == nil) != (c.want != "") {
			t.Errorf("%s: %v", name, err)
		} else if err != nil {
			wantReason(t, err, "SELF_BILLING_NOT_AGREED", "self_billed_invoice")
		}
	}
}

func TestClose_RefusesWhatIsBeyondAllAmounts(t *testing.T) {
	c := closing(t)
	c.Lines.Sum = money.MaxMinor
	c.Latest.ClosingMinor = 1
	if _, err := c.Close(""); !errors.Is(err, money.ErrOutOfRange) {
		t.Errorf("got %v", err)
	}
}

func TestStatement_SurvivesJSON(t *testing.T) {
	c := closing(t)
	c.Agreement.SelfBilling = true
	want, err := c.Close("SB-000001")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got statement.Statement
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(statement.Month{}, calendar.Date{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseMonth_RefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{"", "2026", "2026-13", "2026-00", "2026-3", "2026-03-01", "March"} {
		if _, err := statement.ParseMonth(text); !errors.Is(err, calendar.ErrDateInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if m := month(t, "2024-02"); m.Last() != calendar.On(2024, time.February, 29) || m.Previous().String() != "2024-01" || m.Words() != "February 2024" {
		t.Errorf("%s ends on %s after %s", m.Words(), m.Last(), m.Previous())
	}
}

func TestMaturityOfARewardRestsOnAnotherClauseThanThatOfAMargin(t *testing.T) {
	for _, c := range []struct {
		kind   ledger.Kind
		earned string
		want   string
	}{
		{ledger.Maturity, "MARGIN", "predictable-revenue"}, {ledger.Maturity, "REWARD", "new-business-rewarded"},
		{ledger.Clawback, "REWARD", "reliability-and-simplicity"}, {ledger.Hold, "MARGIN", "ethical-ecosystem"},
		{ledger.Maturity, "ADJUSTMENT", "ethical-ecosystem"}, {ledger.Adjustment, "", ""},
	} {
		l := statement.Line{Kind: c.kind}
		if l.Earning.Kind = c.earned; c.earned != "" {
			l.AccrualID = "acr_1"
		}
		if got := l.Clause(); got != c.want {
			t.Errorf("%s of %s rests on %q; want %q", c.kind, c.earned, got, c.want)
		}
	}
}

// dispute is an open one about a line of 50.00.
func dispute(t testing.TB) statement.Dispute {
	t.Helper()
	d, err := objection().Open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func objection() statement.Objection {
	return statement.Objection{
		ID: "dsp_1", Line: statement.Line{ID: "ent_1", PartnerID: "softcat", Kind: ledger.Maturity, Amount: money.Amount{Minor: 5_000, Currency: "GBP"}},
		Of: statement.Statement{ID: "stm_1", DisputeUntil: calendar.On(2026, time.May, 2)}, Reason: "Too little.", By: "partner:softcat", At: second,
	}
}

func TestOpen_RefusesWhatIsNoObjection(t *testing.T) {
	for _, c := range []struct {
		change        func(*statement.Objection)
		reason, field string
	}{
		{func(o *statement.Objection) { o.Reason = " \n" }, "REASON_TEXT_REQUIRED", "reason_text"},
		{func(o *statement.Objection) { o.Claimed = money.Amount{Minor: 1, Currency: "USD"} }, "CURRENCY_MISMATCH", "claimed"},
		{func(o *statement.Objection) { o.Of = statement.Statement{} }, "STATE_INVALID", "line_id"},
		{func(o *statement.Objection) { o.Line.Kind = ledger.DisputeRelease }, "STATE_INVALID", "line_id"},
		{func(o *statement.Objection) { o.At = second.AddDate(0, 0, 31) }, "DISPUTE_WINDOW_CLOSED", "line_id"},
	} {
		o := objection()
		c.change(&o)
		_, err := o.Open()
		wantReason(t, err, fault.Reason(c.reason), c.field)
	}
}

func TestResolve_RefusesWhatIsNoDecision(t *testing.T) {
	pound := money.Amount{Minor: 100, Currency: "GBP"}
	for _, c := range []struct {
		by            statement.Decision
		reason, field string
	}{
		{statement.Decision{Outcome: statement.Rejected}, "REASON_TEXT_REQUIRED", "resolution_text"},
		{statement.Decision{Outcome: statement.Upheld, Text: "Yes."}, "AMOUNT_INVALID", "adjustment"},
		{statement.Decision{Outcome: statement.Upheld, Text: "Yes.", Adjustment: money.Amount{Currency: "GBP"}}, "AMOUNT_INVALID", "adjustment"},
		{statement.Decision{Outcome: statement.Upheld, Text: "Yes.", Adjustment: money.Amount{Minor: 1, Currency: "USD"}}, "CURRENCY_MISMATCH", "adjustment"},
		{statement.Decision{Outcome: statement.Rejected, Text: "No.", Adjustment: pound}, "AMOUNT_INVALID", "adjustment"},
	} {
		_, err := dispute(t).Resolve(c.by)
		wantReason(t, err, fault.Reason(c.reason), c.field)
	}
}

func TestDispute_EndsOnce(t *testing.T) {
	d, err := dispute(t).Withdraw("partner:softcat", second)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Withdraw("partner:softcat", second)
	wantReason(t, err, "STATE_INVALID", "")
	_, err = d.Resolve(statement.Decision{Outcome: statement.Rejected, Text: "No."})
	wantReason(t, err, "STATE_INVALID", "")
	_, err = d.Say(statement.Comment{Text: "But."})
	wantReason(t, err, "STATE_INVALID", "")
}

func TestSay_NumbersComments(t *testing.T) {
	first, err := dispute(t).Say(statement.Comment{Side: statement.ByPartner, Text: "Look."})
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Say(statement.Comment{Side: statement.ByVendor, Text: "We do."})
	if err != nil {
		t.Fatal(err)
	}
	other, err := first.Say(statement.Comment{Side: statement.ByPartner, Text: "Well?"})
	if err != nil {
		t.Fatal(err)
	}
	if second.Comments[1].Number != 2 || second.Comments[1].Text != "We do." || other.Comments[1].Text != "Well?" || second.Revision != 3 {
		t.Errorf("%+v and %+v", second, other)
	}
	_, err = second.Say(statement.Comment{Text: "\t"})
	wantReason(t, err, "REASON_TEXT_REQUIRED", "text")
}
