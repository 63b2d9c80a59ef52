package conduct_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// opened is the day of the examples: the customer's consent.
var opened = day("2026-04-20")

func open(t testing.TB, given string) conduct.Case {
	t.Helper()
	facts := "2026-05-01, asked 2026-04-13"
	switch given {
	case "open":
	case "open claiming":
		facts += ", claims SERVICE_FAILURE"
	case "open clean":
		facts += ", ceased"
	case "open from direct":
		facts += ", by direct"
	case "open by direct":
		facts += ", taken direct"
	default:
		t.Fatalf("what is %q?", given)
	}
	f, err := readFacts(facts)
	if err != nil {
		t.Fatal(err)
	}
	c, err := conduct.Open(conduct.Opening{
		ID: "cas_1", Transfer: "trf_1", Subscription: "sub_1", Facts: f, Policy: policy, Today: opened, At: noonOf(opened),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func noonOf(d calendar.Date) time.Time { return d.Time().Add(12 * time.Hour) }

func TestR3_CasesAsWorked(t *testing.T) {
	lines(t, "testdata/R3-cases.txtar", func(t *testing.T, given, want string) {
		first, rest, _ := strings.Cut(given, ", ")
		c := open(t, first)
		today := opened
		for rest != "" {
			var deed string
			deed, rest, _ = strings.Cut(rest, ", ")
			var err error
			if c, today, err = act(t, c, deed); err != nil {
				refusal, _ := fault.Of(err)
				if got := string(refusal.Reason); got != want || rest != "" {
					t.Errorf("%s: got %v, want %s", deed, err, want)
				}
				return
			}
		}
		v := c.View("", today)
		got := fmt.Sprintf("%s %s", v.State, v.Verdict.Outcome)
		if v.Held {
			got += " held"
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		checkLife(t, c, v)
	})
}

// checkLife holds a case to what is true of all: each decision counts, and the
// verdict ends with what decided it.
func checkLife(t testing.TB, c conduct.Case, v conduct.View) {
	t.Helper()
	if int(c.Revision) != len(c.Decisions) || c.Decisions[len(c.Decisions)-1].Outcome != v.Verdict.Outcome {
		t.Errorf("revision %d, decisions %+v", c.Revision, c.Decisions)
	}
	checkFindings(t, c.Facts, v.Verdict)
	if v.Held && v.Verdict.Outcome != conduct.Poached {
		t.Error("the higher margin applies while the difference is held")
	}
}

// act does what a line says, such as "appeal by the challenger on 2026-05-20".
func act(t testing.TB, c conduct.Case, text string) (conduct.Case, calendar.Date, error) {
	t.Helper()
	text, silent := strings.CutSuffix(text, " without words")
	words := strings.Fields(text)
	today := day(words[len(words)-1])
	d := conduct.Deed{By: words[0], Text: "because", Today: today, At: noonOf(today)}
	if silent {
		d.Text = " "
	}
	var err error
	switch what := strings.TrimSuffix(text, " "+today.String()); what {
	case "nothing until":
	case "release on":
		d.Side = conduct.Incumbent
		c, err = c.Release(d)
	case "contest on":
		d.Side = conduct.Incumbent
		c, err = c.Contest(d)
	case "appeal by the challenger on":
		d.Side = conduct.Challenger
		c, err = c.Appeal(d)
	case "appeal by the incumbent on":
		d.Side = conduct.Incumbent
		c, err = c.Appeal(d)
	default:
		c, err = decide(t, c, d, strings.TrimPrefix(what, words[0]+" "))
	}
	return c, today, err
}

func decide(t testing.TB, c conduct.Case, d conduct.Deed, what string) (conduct.Case, error) {
	t.Helper()
	switch what {
	case "grants on":
		return c.Decide(conduct.Ruled{Deed: d, Grant: true})
	case "refuses on":
		if c.State == conduct.Appealed {
			return c.DecideAppeal(conduct.Ruled{Deed: d})
		}
		return c.Decide(conduct.Ruled{Deed: d})
	case "upholds on":
		return c.DecideAppeal(conduct.Ruled{Deed: d, Grant: true})
	case "proposes a waiver on":
		return c.ProposeWaiver(d)
	case "approves on":
		return c.ApproveWaiver(d)
	}
	t.Fatalf("what is %q?", what)
	return c, nil
}

func TestOpen_TakesAnOrdersVerdictAsItWasBooked(t *testing.T) {
	f, err := readFacts("2026-05-01, asked 2026-04-20, ceased")
	if err != nil {
		t.Fatal(err)
	}
	f.Order = true
	booked := conduct.Verdict{
		Outcome: conduct.Poached, Findings: []conduct.Finding{{Ground: conduct.ReplacementOrder, Holds: true, Decisive: true}},
		Cap: conduct.Cap{Bps: 300, Until: day("2027-05-01")}, CodeVersion: "cod_0", FactsDate: day("2026-04-19"),
	}
	c, err := conduct.Open(conduct.Opening{
		ID: "cas_1", Submission: "sbm_1", Subscription: "sub_9", Facts: f, Policy: policy, Verdict: &booked, Today: opened, At: noonOf(opened),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := booked
	want.Incumbent = "softcat"
	if diff := cmp.Diff(want, c.Verdict); diff != "" || c.Incumbent != "softcat" || c.Cap != booked.Cap || c.State != conduct.Decided {
		t.Errorf("got %+v\n%s", c, diff)
	}
}

func TestDecide_ComesToWhatTheFactsComeToWithTheRuling(t *testing.T) {
	for ruling, grant := range map[conduct.Ruling]bool{conduct.Granted: true, conduct.Refused: false} {
		c := open(t, "open claiming")
		f := c.Facts
		f.Ruling = ruling
		want, err := conduct.Evaluate(f, policy)
		if err != nil {
			t.Fatal(err)
		}
		c, err = c.Decide(conduct.Ruled{Deed: conduct.Deed{By: "ann", Text: "because", Today: day("2026-06-01")}, Grant: grant})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Verdict); diff != "" {
			t.Errorf("%s:\n%s", ruling, diff)
		}
	}
}

// contested is a case in which everybody has said and brought something.
func contested(t testing.TB) conduct.Case {
	t.Helper()
	c := open(t, "open claiming")
	for _, e := range []conduct.Evidence{
		{ID: "evd_1", Side: conduct.Challenger, PartnerID: "cdw"}, {ID: "evd_2", Side: conduct.Incumbent, PartnerID: "softcat"}, {ID: "evd_3"},
	} {
		var err error
		if c, err = c.Add(e, opened); err != nil {
			t.Fatal(err)
		}
	}
	for _, deed := range []string{
		"contest on 2026-04-22", "ann refuses on 2026-04-23", "cid proposes a waiver on 2026-04-24", "appeal by the challenger on 2026-04-25",
	} {
		var err error
		if c, _, err = act(t, c, deed); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestSeen_ShowsASideNothingOfTheOther(t *testing.T) {
	c := contested(t)
	type sight struct {
		Partner, Incumbent  partners.ID
		Contested           bool
		Evidence, Decisions string
		Revision            int
	}
	for by, want := range map[conduct.Side]sight{
		conduct.Challenger: {"cdw", "", false, "evd_1", "COMPUTED REVIEW(because) APPEAL(because)", 4},
		conduct.Incumbent:  {"", "softcat", true, "evd_2", "COMPUTED CONTEST(because) REVIEW(because) APPEAL", 5},
		"": {
			"cdw", "softcat", true, "evd_1 evd_2 evd_3",
			"COMPUTED CONTEST(because) REVIEW(because) WAIVER_PROPOSAL(because) APPEAL(because)", 8,
		},
	} {
		v := c.View(by, day("2026-04-26"))
		got := sight{Partner: v.Partner, Incumbent: v.Incumbent, Contested: v.Contested, Revision: int(v.Revision)}
		for _, e := range v.Evidence {
			got.Evidence = strings.TrimSpace(got.Evidence + " " + e.ID)
		}
		for _, d := range v.Decisions {
			got.Decisions = strings.TrimSpace(got.Decisions + " " + string(d.Kind))
			if d.Text != "" {
				got.Decisions += "(" + d.Text + ")"
			}
			if by != "" && d.Actor != "" {
				t.Errorf("%s sees %s", by, d.Actor)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", by, diff)
		}
		if by != "" && (v.WaiverProposer != "" || v.Reviewer != "" || len(v.Case.Facts.Held) > 0 || v.Verdict.Incumbent != "") {
			t.Errorf("%q sees what is the vendor's: %+v", by, v)
		}
	}
}

func TestSeen_OfAnOrderTheIncumbentLearnsNothing(t *testing.T) {
	c := open(t, "open")
	c.Transfer, c.Submission = "", "sbm_1"
	if v := c.Seen(conduct.Incumbent); v.Submission != "" || v.Subscription != "" || v.Partner != "" {
		t.Errorf("got %+v", v)
	}
	if v := c.Seen(conduct.Challenger); v.Submission != "sbm_1" || v.Subscription != "sub_1" || v.Incumbent != "" {
		t.Errorf("got %+v", v)
	}
}

func TestRemedy_SaysWhatASideCanDo(t *testing.T) {
	c := open(t, "open claiming")
	decided, _, err := act(t, c, "ann refuses on 2026-05-06")
	if err != nil {
		t.Fatal(err)
	}
	appealed, _, err := act(t, decided, "appeal by the challenger on 2026-06-05")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		c    conduct.Case
		by   conduct.Side
		on   string
		want string
	}{
		{c, conduct.Challenger, "2026-04-20", "Channel operations decide the customer's reason; you may add evidence, and until then the difference is held."},
		{c, conduct.Incumbent, "2026-05-05", "You may contest the customer's reason until 2026-05-05, let the customer go, or add evidence."},
		{c, conduct.Incumbent, "2026-05-06", "Channel operations decide the customer's reason; you may add evidence or let the customer go."},
		{decided, conduct.Challenger, "2026-06-05", "You may appeal once until 2026-06-05; another person decides."},
		{decided, conduct.Incumbent, "2026-06-05", "The verdict is in your favour; the other side may appeal until 2026-06-05."},
		{decided, conduct.Challenger, "2026-06-06", "The verdict is final; nothing more can be done about it."},
		{appealed, conduct.Challenger, "2026-06-06", "Your appeal is being decided by another person; until then the lower margin applies and the difference is held."},
		{appealed, conduct.Incumbent, "2026-06-06", "The verdict was appealed against and another person decides; until then the lower margin applies and the difference is held."},
		{decided, "", "2026-06-05", ""},
	}
	for _, tt := range tests {
		if got := tt.c.Remedy(tt.by, day(tt.on)); got != tt.want {
			t.Errorf("%s on %s:\n got %s\nwant %s", tt.by, tt.on, got, tt.want)
		}
	}
}

func TestAdd_RefusesEvidenceOnceItIsFinal(t *testing.T) {
	c := open(t, "open")
	for on, want := range map[string]bool{"2026-05-20": true, "2026-05-21": false} {
		if _, err := c.Add(conduct.Evidence{ID: "evd_1"}, day(on)); (err == nil) != want {
			t.Errorf("on %s: %v", on, err)
		}
	}
}
