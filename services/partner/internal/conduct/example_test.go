package conduct_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var policy = conduct.Policy{Version: "cod_1", Policy: withHolidays(code.Defaults(), "2026-05-04", "2026-05-25")}

func withHolidays(p code.Policy, days ...string) code.Policy {
	for _, d := range days {
		p.Holidays = append(p.Holidays, day(d))
	}
	return p
}

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// lines calls fn with each line of a file of examples: what is given, and what
// comes of it.
func lines(t *testing.T, file string, fn func(t *testing.T, given, want string)) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range archive.Files {
		for line := range strings.Lines(string(section.Data)) {
			if given, want, found := strings.Cut(strings.TrimSpace(line), ": "); found {
				t.Run(section.Name+"/"+given, func(t *testing.T) { fn(t, given, want) })
			}
		}
	}
}

func TestR3_TransfersAsWorked(t *testing.T) { checkVerdicts(t, "testdata/R3-transfers.txtar", false) }

func TestR3_OrdersAsWorked(t *testing.T) { checkVerdicts(t, "testdata/R3-orders.txtar", true) }

func checkVerdicts(t *testing.T, file string, order bool) {
	t.Helper()
	lines(t, file, func(t *testing.T, given, want string) {
		f, err := readFacts(given)
		if err != nil {
			t.Fatal(err)
		}
		f.Order = order
		v, err := conduct.Evaluate(f, policy)
		if err != nil {
			t.Fatal(err)
		}
		if got := say(v); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		checkFindings(t, f, v)
	})
}

// say writes a verdict as the examples do.
func say(v conduct.Verdict) string {
	text := fmt.Sprintf("%s by %s", v.Outcome, v.Decisive().Ground)
	for _, f := range v.Findings {
		if f.Ground == conduct.ExemptionPending || f.Ground == conduct.ExemptionRefused {
			text += " after " + string(f.Ground)
		}
	}
	if v.Outcome == conduct.Poached {
		text += fmt.Sprintf(", %d until %s", v.Cap.Bps, v.Cap.Until)
	}
	return text
}

// checkFindings holds a verdict to what is true of all: one decisive finding, the
// last, each with clause and sentence, and none that names another partner.
func checkFindings(t testing.TB, f conduct.Facts, v conduct.Verdict) {
	t.Helper()
	for i, finding := range v.Findings {
		if finding.Decisive != (i == len(v.Findings)-1) || finding.Decisive && !finding.Holds {
			t.Errorf("finding %d of %d: %+v", i+1, len(v.Findings), finding)
		}
		if finding.Clause == "" || !strings.HasSuffix(finding.Sentence, ".") || strings.ContainsAny(finding.Sentence, "{}") {
			t.Errorf("finding without clause or sentence: %+v", finding)
		}
		told := finding.Sentence + fmt.Sprint(finding.Facts)
		for _, h := range f.Held {
			for _, name := range []partners.ID{h.Partner, h.Previous} {
				if name != "" && name != f.Partner && name != partners.Direct && strings.Contains(told, string(name)) {
					t.Errorf("%s is named: %s", name, told)
				}
			}
		}
	}
	if (v.Outcome == conduct.Poached) == (v.Cap == conduct.Cap{}) || v.CodeVersion != policy.Version || v.FactsDate != f.Requested {
		t.Errorf("got %+v", v)
	}
}

// readFacts reads "2026-05-01, asked 2026-04-20, by direct after softcat".
func readFacts(text string) (conduct.Facts, error) {
	parts := strings.Split(text, ", ")
	h := conduct.Held{
		Subscription: "sub_1", Partner: "softcat", From: day("2024-04-01"), Term: calendar.Term{Start: day("2025-04-01"), End: day("2026-04-01")},
		TermMonths: 12, ProtectDays: 90, Quoted: day("2026-02-20"), Paid: true,
	}
	f := conduct.Facts{Partner: "cdw", Effective: day(parts[0]), Held: []conduct.Held{h}}
	for _, part := range parts[1:] {
		if err := readFact(&f, part); err != nil {
			return f, err
		}
	}
	return f, nil
}

func readFact(f *conduct.Facts, text string) error {
	words := strings.Fields(text)
	last := words[len(words)-1]
	if text == "nothing held" {
		f.Held = nil
		return nil
	}
	h := &f.Held[0]
	switch what := strings.TrimSuffix(text, " "+last); what {
	case "asked":
		f.Requested = day(last)
	case "quoted":
		h.Quoted = day(last)
	case "never":
		h.Quoted = calendar.Date{}
	case "since":
		h.From, h.Term.Start = day(last), day(last)
	case "until":
		h.Term = calendar.Term{Start: day(last).AddMonths(-12), End: day(last)}
	case "cancelled from":
		h.Cancelled = day(last)
	case "capped until":
		h.CapUntil = day(last)
	case "by":
		h.Partner = partners.ID(last)
	case "by direct after":
		h.Partner, h.Previous = partners.Direct, partners.ID(last)
	case "by one that cdw":
		h.Partner, h.Own = "insight", true
	case "another by insight until":
		f.Held = append(f.Held, conduct.Held{
			Subscription: "sub_2", Partner: "insight", From: day("2020-01-01"), Term: calendar.Term{Start: day(last).AddMonths(-12), End: day(last)},
			TermMonths: 12, ProtectDays: 90, Quoted: day(last).AddDays(-60), Paid: true,
		})
	case "claims":
		f.Claim = conduct.Claim(last)
	default:
		return readWord(f, h, text)
	}
	return nil
}

func readWord(f *conduct.Facts, h *conduct.Held, text string) (err error) {
	words := strings.Fields(text)
	switch {
	case text == "ceased":
		h.Ceased = true
	case text == "released":
		h.Released = true
	case text == "granted":
		f.Ruling = conduct.Granted
	case text == "refused":
		f.Ruling = conduct.Refused
	case text == "reassigned by the vendor":
		f.VendorReassigns = true
	case text == "taken direct", text == "ordered direct":
		f.Partner = partners.Direct
	case text == "held by a sister company": // the group is resolved by then
	case strings.HasPrefix(text, "term of "):
		h.TermMonths, err = strconv.Atoi(words[2])
	case strings.HasPrefix(text, "protected for "):
		h.ProtectDays, err = strconv.Atoi(words[2])
	default:
		err = fmt.Errorf("what is %q?", text)
	}
	return err
}

func TestEvaluate_NamesTheFactThatIsMissing(t *testing.T) {
	tests := map[string]func(*conduct.Facts){
		"facts.partner_id":              func(f *conduct.Facts) { f.Partner = "" },
		"facts.request_date":            func(f *conduct.Facts) { f.Requested = calendar.Date{} },
		"facts.effective_date":          func(f *conduct.Facts) { f.Effective = calendar.Date{} },
		"facts.held[0].partner_id":      func(f *conduct.Facts) { f.Held[0].Partner = "" },
		"facts.held[0].from_date":       func(f *conduct.Facts) { f.Held[0].From = calendar.Date{} },
		"facts.held[0].term_start_date": func(f *conduct.Facts) { f.Held[0].Term.Start = calendar.Date{} },
		"facts.held[0].term_end_date":   func(f *conduct.Facts) { f.Held[0].Term.End = f.Held[0].Term.Start },
	}
	for field, spoil := range tests {
		f, err := readFacts("2026-05-01, asked 2026-04-20")
		if err != nil {
			t.Fatal(err)
		}
		spoil(&f)
		_, err = conduct.Evaluate(f, policy)
		if refusal, ok := fault.Of(err); !ok || refusal.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
