package allinone_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// TestReport_IsAPageThatEverybodyCanRead has a month's answers published and
// opens the page as it was downloaded, in a real browser as wide as a wall and
// as small as a phone.
func TestReport_IsAPageThatEverybodyCanRead(t *testing.T) {
	s := shared.System(t)
	experience := s.Person("experience-one")
	c := s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 120, LockedBps: 2000})
	hearOut(t, s, c.CustomerID, "2023-04", map[string]int{"kick-off": 40, "support-case": 35, "success-review": 12})
	hearOut(t, s, c.CustomerID, "2023-05", map[string]int{"kick-off": 45, "support-case": 31, "success-review": 9})
	var report customerv1.Report
	for _, month := range []string{"2023-04", "2023-05"} {
		send(t, s, experience, "/v1/experienceReports:generate", fmt.Sprintf(`{"month": %q}`, month), &report)
		send(t, s, experience, "/v1/experienceReports/"+report.ReportId+":publish", fmt.Sprintf(`{"etag": %q}`, report.Etag), &report)
	}
	if report.GetCustomers().GetOverall().CxiChange == nil || len(report.Trend) != 2 {
		t.Errorf("the report does not know the month before: %v", &report)
	}

	file := s.Do(t, s.Person("channel-one"), e2e.Request{
		Verb: http.MethodGet, Path: "/v1/experienceReports/" + report.ReportId + ":export?format=REPORT_FORMAT_HTML",
	})
	if got := file.Header.Get("Content-Disposition"); got != "attachment; filename=customer-experience-2023-05-r1.html" {
		t.Errorf("the file is %q", got)
	}
	name := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(name, file.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	for screen, size := range map[string][2]int64{"a wall": {1400, 1000}, "a phone": {390, 844}} {
		b := e2e.OpenBrowser(t, size[0], size[1])
		b.Open("file://" + name)
		for _, want := range []string{"May 2023", "Highs to celebrate", "Lows to own", "Along the journey"} {
			if text := b.Text(); !strings.Contains(text, want) {
				t.Errorf("%s does not say %q: %s", screen, want, text)
			}
		}
		b.CheckAccessible("the report on " + screen)
		if rows := e2e.Value[int](b, `document.querySelectorAll("details").forEach(d => d.open = true), document.querySelectorAll("details tbody tr").length`); rows != 2+13 {
			t.Errorf("%s: the charts have %d rows beside them, want 15", screen, rows)
		}
		b.CheckAccessible("its tables on " + screen)
		checkReach(t, b, screen)
		if screen == "a wall" {
			checkPrint(t, b)
		}
		if asked := e2e.Value[int](b, `performance.getEntriesByType("resource").length`); asked != 0 {
			t.Errorf("%s: the page asks for %d other things", screen, asked)
		}
	}
}

// checkReach makes sure that the latest month and the index of each touchpoint are
// seen as the page opens, without scrolling sideways.
func checkReach(t *testing.T, b *e2e.Browser, screen string) {
	t.Helper()
	if out := e2e.Value[int](b, `[...document.querySelectorAll(".cxi-name, .cxi-dot:last-of-type")].filter(e => e.getBoundingClientRect().right > innerWidth).length`); out != 0 {
		t.Errorf("%s: the latest month is out of sight", screen)
	}
	seen := e2e.Value[int](b, `[...document.querySelectorAll(".wide svg .ink, .narrow td:nth-child(2) b")].filter(e => {
		const at = e.getBoundingClientRect()
		return at.width > 0 && at.right <= innerWidth
	}).length`)
	if seen != 3 {
		t.Errorf("%s: %d touchpoints are seen with their index, want 3", screen, seen)
	}
}

// checkPrint makes sure that the page fits on two sheets, with nothing cut off.
func checkPrint(t *testing.T, b *e2e.Browser) {
	t.Helper()
	for name, paper := range map[string]chromedp.PaperSize{"A4": chromedp.PaperA4, "Letter": chromedp.PaperLetter, "A3": chromedp.PaperA3} {
		if sheets := bytes.Count(b.Print(paper), []byte("/Type /Page\n")); sheets != 2 {
			t.Errorf("the report on %s has %d sheets, want 2", name, sheets)
		}
	}
	const printable = 725 // of A4 in CSS pixels, less the margins
	b.Do(chromedp.EmulateViewport(printable, 1055), chromedp.Evaluate[chromedp.Void](`for (const rule of document.styleSheets[0].cssRules)
		if (rule.media) rule.media.mediaText = rule.media.mediaText.replace(/screen|print/, found => found === "print" ? "screen" : "print")`))
	if cut := e2e.Value[string](b, `[...document.querySelectorAll("svg, table, h1, h2, p")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 60)).join("\n")`); cut != "" {
		t.Errorf("on paper these are cut off: %s", cut)
	}
}

// hearOut takes over answers of a month, so many about each touchpoint.
func hearOut(t *testing.T, s *e2e.System, customer, month string, counts map[string]int) {
	t.Helper()
	var list []string
	for touchpoint, count := range counts {
		for i := range count {
			list = append(list, fmt.Sprintf(
				`{"touchpointEvent": {"externalId": %q, "touchpointId": %q, "customerId": %q, "occurTime": "%s-03T09:00:00Z"},
				  "needs": %d, "ease": %d, "enjoyment": %d, "recommend": %d, "answerTime": "%s-04T09:00:00Z"}`,
				e2e.NewKey(), touchpoint, customer, month, 3+(i+len(touchpoint))%3, 2+i%4, 1+i%5, 10-(i*i+len(touchpoint))%7, month))
		}
	}
	var answer customerv1.BatchImportResponsesResponse
	send(t, s, s.Person("experience-one"), "/v1/responses:batchImport", `{"responses": [`+strings.Join(list, ",")+`]}`, &answer)
	for _, r := range answer.Results {
		if refused := r.GetError(); refused != nil {
			t.Fatalf("%s: %s", refused.Reason, refused.Message)
		}
	}
}

// send posts a request and reads its answer.
func send(t *testing.T, s *e2e.System, as e2e.Caller, path, body string, into proto.Message) {
	t.Helper()
	s.Do(t, as, e2e.Request{Verb: http.MethodPost, Path: path, Body: body, Key: e2e.NewKey()}).Into(t, into)
}
