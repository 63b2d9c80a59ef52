package reports_test

import (
	"encoding/xml"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// journey are the touchpoints of the example, with how many of a hundred are
// glad about each.
var journey = []struct {
	key, name string
	glad      int64
	answers   int64
}{
	{"discover", "Discover", 86, 120}, {"proof-of-value", "Proof of value", 91, 64}, {"quote-and-order", "Quote and order", 79, 88},
	{"kick-off", "Kick-off", 90, 52}, {"mail-flow-cut-over", "Mail-flow cut-over", 84, 41}, {"administrator-training", "Administrator training", 94, 77},
	{"administration-console", "Administration console", 74, 210}, {"end-user-experience", "End-user experience", 82, 340},
	{"support-case", "Support case", 88, 512}, {"incident-communication", "Incident communication", 66, 18},
	{"success-review", "Success review", 93, 96}, {"billing-and-changes", "Billing and changes", 71, 130}, {"renewal-decision", "Renewal decision", 87, 4},
}

// example is a month of a whole journey.
func example(month calendar.Date, earlier []reports.Document, shift int64) reports.Document {
	c, n := reports.Cube{}, reports.Names{Touchpoints: map[reports.Audience][]reports.Name{
		reports.Partners: {{Key: "partner-renewal", Name: "Renewal"}, {Key: "partner-statement", Name: "Statement and payment"}},
		reports.Staff:    {{Key: "staff-training", Name: "Training"}},
	}, Products: []reports.Name{{Key: "gateway", Name: "Email gateway"}, {Key: "archive", Name: "Archive"}}}
	segments := []string{"SMALL_BUSINESS", "MID_MARKET", "ENTERPRISE", "GLOBAL"}
	for i, j := range journey {
		n.Touchpoints[reports.Customers] = append(n.Touchpoints[reports.Customers], reports.Name{Key: j.key, Name: j.name})
		wave := (int64(i*7)+shift*5)%9 - 4
		for k, segment := range segments {
			answers := j.answers * int64(4-k) / 10
			glad := min(answers*(j.glad+wave+shift/3-int64(k))/100, answers)
			rest := answers - glad
			split := scores.Split{High: glad, Middle: rest / 2, Low: rest - rest/2}
			votes := scores.Split{High: glad * 7 / 9, Middle: answers - glad*7/9 - rest*2/3, Low: rest * 2 / 3}
			c.Add(reports.Cell{
				Audience: reports.Customers, Touchpoint: j.key, Segment: segment, Region: []string{"EUROPE", "AMERICAS", "EUROPE", "ASIA"}[k],
				Product: []string{"gateway", "archive"}[(i+k)%2], Partner: []string{"softcat", "northwind"}[i%2],
			}, scores.Tally{split, {High: glad - glad/12, Middle: rest/2 + glad/12, Low: rest - rest/2}, {High: glad - glad/8, Middle: rest/2 + glad/8, Low: rest - rest/2}, votes})
		}
	}
	for i, touchpoint := range n.Touchpoints[reports.Partners] {
		c.Add(reports.Cell{Audience: reports.Partners, Touchpoint: touchpoint.Key}, happy(34+int64(i), 6))
	}
	return reports.Make(reports.Making{Month: month, Revision: 1, Policy: policy, Basis: reports.Begin(policy, c), Names: n, Earlier: earlier})
}

// year is the report of a month after twelve others.
func year() reports.Document {
	var all []reports.Document
	for i := range int64(13) {
		all = append(all, example(october.AddMonths(int(i)-12), all, i))
	}
	d := all[12]
	d.PublishTime = time.Date(2026, 11, 5, 0, 1, 0, 0, time.UTC)
	return d
}

func TestPage_IsWellFormedAndComplete(t *testing.T) {
	for name, d := range map[string]reports.Document{
		"a year": year(), "nothing": reports.Make(reports.Making{Month: october, Revision: 1, Policy: policy, Basis: reports.Begin(policy, nil), Names: names}),
	} {
		text, err := d.Page()
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("PAGE_DIR"); dir != "" {
			os.WriteFile(dir+"/"+strings.ReplaceAll(name, " ", "-")+".html", text, 0o644)
		}
		decoder := xml.NewDecoder(strings.NewReader(strings.Replace(string(text), "<!doctype html>\n", "", 1)))
		decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		for {
			if _, err := decoder.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
		}
		for _, never := range []string{"<script", "http:", "https:", "url(h", "@import", "%!", "ZgotmplZ"} {
			if strings.Contains(string(text), never) {
				t.Errorf("%s: the page has %q", name, never)
			}
		}
	}
}

func TestPage_LeavesAGapWhereAMonthHasNoReport(t *testing.T) {
	july, august := example(october.AddMonths(-3), nil, 1), example(october.AddMonths(-2), nil, 2)
	text, err := example(october, []reports.Document{july, august}, 3).Page()
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile(`class="cxi-line" d="M48 [0-9.]+L245\.3 [0-9.]+M640 [0-9.]+"`)
	if !path.Match(text) {
		t.Errorf("the months are drawn as %s", regexp.MustCompile(`class="cxi-line"[^>]*`).Find(text))
	}
}
