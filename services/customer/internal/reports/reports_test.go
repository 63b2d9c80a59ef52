package reports_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var (
	policy  = scores.Policy{Version: 1, Excellent: 85, Good: 75, Okay: 65, Poor: 55, Minimum: 5, Full: 30, PublishDay: 5, FollowUpDays: 30}
	october = calendar.On(2026, 10, 1)
	names   = reports.Names{
		Touchpoints: map[reports.Audience][]reports.Name{
			reports.Customers: {{Key: "kick-off", Name: "Kick-off"}, {Key: "support-case", Name: "Support case"}, {Key: "renewal-decision", Name: "Renewal decision"}},
			reports.Partners:  {{Key: "partner-renewal", Name: "Renewal"}},
		},
		Products: []reports.Name{{Key: "gateway", Name: "Gateway"}},
	}
)

// happy are so many answers, of which so many are as good as can be and the
// others as bad.
func happy(good, bad int64) scores.Tally {
	s := scores.Split{High: good, Low: bad}
	return scores.Tally{s, s, s, s}
}

func at(touchpoint string) reports.Cell {
	return reports.Cell{Audience: reports.Customers, Touchpoint: touchpoint, Segment: "GLOBAL", Region: "EMEA", Product: "gateway", Partner: "softcat"}
}

func cube(cells map[reports.Cell]scores.Tally) reports.Cube {
	c := reports.Cube{}
	for cell, t := range cells {
		c.Add(cell, t)
	}
	return c
}

func byTouchpoint(good map[string]int64) reports.Cube {
	c := reports.Cube{}
	for touchpoint, n := range good {
		c.Add(at(touchpoint), happy(n, 0))
	}
	return c
}

// ns are the numbers of answers that a document shows by touchpoint, after the
// total.
func ns(d reports.Document) string {
	text := fmt.Sprint(d.Customers.Overall.NPS.N)
	for _, r := range d.Customers.Tables[0].Rows {
		text += fmt.Sprintf(" %d", r.NPS.N)
	}
	return text
}

func document(b reports.Basis, revision int) reports.Document {
	return reports.Make(reports.Making{Month: october, Revision: revision, Policy: policy, Basis: b, Names: names})
}

func TestBasis_WorkedExample(t *testing.T) {
	first := reports.Begin(policy, byTouchpoint(map[string]int64{"kick-off": 40, "support-case": 3, "renewal-decision": 12}))
	if got, want := ns(document(first, 1)), "55 40 0 0"; got != want {
		t.Errorf("first: got %q, want %q", got, want)
	}
	second, more := first.Revise(policy, byTouchpoint(map[string]int64{"kick-off": 44, "support-case": 3, "renewal-decision": 21}))
	if got, want := ns(document(second, 2)), "64 40 0 0"; got != want || !more {
		t.Errorf("second: got %q, %t, want %q", got, more, want)
	}
	third, more := second.Revise(policy, byTouchpoint(map[string]int64{"kick-off": 45, "support-case": 3, "renewal-decision": 21}))
	if got, want := ns(document(third, 3)), "69 45 0 0"; got != want || !more {
		t.Errorf("third: got %q, %t, want %q", got, more, want)
	}
}

func TestRevise_HasNothingToSayOfFewLateAnswers(t *testing.T) {
	first := reports.Begin(policy, byTouchpoint(map[string]int64{"kick-off": 40}))
	if _, more := first.Revise(policy, byTouchpoint(map[string]int64{"kick-off": 44})); more {
		t.Error("four late answers are told")
	}
	if _, more := first.Revise(policy, byTouchpoint(map[string]int64{"kick-off": 40})); more {
		t.Error("no late answers are told")
	}
}

func TestRevise_ShowsAMonthThatHadTooFewAnswersAtFirst(t *testing.T) {
	first := reports.Begin(policy, byTouchpoint(map[string]int64{"kick-off": 4}))
	if got, want := ns(document(first, 1)), "0 0 0 0"; got != want {
		t.Errorf("first: got %q, want %q", got, want)
	}
	second, more := first.Revise(policy, byTouchpoint(map[string]int64{"kick-off": 5}))
	if got, want := ns(document(second, 2)), "5 5 0 0"; got != want || !more {
		t.Errorf("second: got %q, %t, want %q", got, more, want)
	}
}

func TestBasis_IsReadAsItWasWritten(t *testing.T) {
	want := reports.Begin(policy, byTouchpoint(map[string]int64{"kick-off": 40, "support-case": 3, "renewal-decision": 12}))
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got reports.Basis
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(text) {
		t.Errorf("%v: got %s, want %s", err, again, text)
	}
	if diff := cmp.Diff(document(want, 1), document(got, 1)); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestMake_TellsHighsLowsAndMovement(t *testing.T) {
	make := func(month calendar.Date, earlier []reports.Document, kickOff, support, renewal scores.Tally) reports.Document {
		b := reports.Begin(policy, cube(map[reports.Cell]scores.Tally{at("kick-off"): kickOff, at("support-case"): support, at("renewal-decision"): renewal}))
		return reports.Make(reports.Making{Month: month, Revision: 1, Policy: policy, Basis: b, Names: names, Earlier: earlier})
	}
	september := make(october.AddMonths(-1), nil, happy(40, 10), happy(30, 20), happy(10, 10))
	got := make(october, []reports.Document{september}, happy(45, 5), happy(25, 25), happy(40, 0))
	if diff := cmp.Diff([][]string{{"renewal-decision", "kick-off"}, {"support-case"}}, [][]string{got.Highs, got.Lows}); diff != "" {
		t.Errorf("highs and lows (-want +got):\n%s", diff)
	}
	changes := map[string]int{}
	for _, r := range got.Customers.Tables[0].Rows {
		changes[r.Key] = *r.CXiChange
	}
	if diff := cmp.Diff(map[string]int{"kick-off": 20, "support-case": -20, "renewal-decision": 100}, changes); diff != "" {
		t.Errorf("movement (-want +got):\n%s", diff)
	}
	if len(got.Trend) != 2 || got.Trend[0].Month != september.Month || got.Trend[1].CXi != got.Customers.Overall.CXi {
		t.Errorf("trend %v", got.Trend)
	}
	later := make(october.AddMonths(1), []reports.Document{september}, happy(45, 5), happy(25, 25), happy(40, 0))
	if later.Customers.Overall.CXiChange != nil {
		t.Error("a month is compared with another than the one before")
	}
	if from := reports.TrendFrom(october); from != october.AddMonths(-12) {
		t.Errorf("the trend goes back to %s", from)
	}
}

func TestMake_KeepsAudiencesApart(t *testing.T) {
	partner := reports.Cell{Audience: reports.Partners, Touchpoint: "partner-renewal", Partner: "softcat"}
	got := document(reports.Begin(policy, cube(map[reports.Cell]scores.Tally{at("kick-off"): happy(30, 0), partner: happy(0, 30)})), 1)
	if got.Customers.Overall.CXi.Value != 100 || got.Partners.Overall.CXi.Value != -100 || got.Staff.Overall.CXi.Shown() {
		t.Errorf("customers %v, partners %v, staff %v", got.Customers.Overall.CXi, got.Partners.Overall.CXi, got.Staff.Overall.CXi)
	}
}

func TestMakePartnerTables_ShowEachItsOwnCustomers(t *testing.T) {
	northwind, few := at("kick-off"), at("kick-off")
	northwind.Partner, few.Partner = "northwind", "few"
	b := reports.Begin(policy, cube(map[reports.Cell]scores.Tally{at("kick-off"): happy(30, 0), northwind: happy(0, 6), few: happy(4, 0)}))
	got := reports.MakePartnerTables(reports.Making{Month: october, Revision: 1, Policy: policy, Basis: b, Names: names}, october.AddDays(35).Time())
	if len(got) != 2 || got[0].Partner != "northwind" || got[0].Overall.CXi.Value != -100 || got[1].Partner != "softcat" || got[1].Rows[0].NPS.N != 30 {
		t.Errorf("tables %+v", got)
	}
}

func TestCSV_LeavesWhatIsHiddenEmpty(t *testing.T) {
	text, err := document(reports.Begin(policy, byTouchpoint(map[string]int64{"kick-off": 40, "support-case": 3, "renewal-decision": 2})), 1).CSV()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\r\n")
	for _, want := range []string{
		"2026-10,1,CUSTOMER,OVERALL,,All,100,45,100,45,100,45,100,45,FULL,EXCELLENT,,100,45,FULL,85.3,100.0,",
		"2026-10,1,CUSTOMER,TOUCHPOINT,support-case,Support case,,,,,,,,,HIDDEN,,,,,HIDDEN,,,",
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("there is no line %q in\n%s", want, text)
		}
	}
}

func TestInert_KeepsFormulasFromRunning(t *testing.T) {
	for text, want := range map[string]string{"": "", "fine": "fine", "=1+1": "'=1+1", "@x": "'@x", "-1": "'-1"} {
		if got := reports.Inert(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
