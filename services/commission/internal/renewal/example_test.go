package renewal_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var policy = renewal.Policy{ID: "cod_1", OpenDays: 90, GraceDays: 30, LapsedDays: 60}

// TestR6_WorkedExamples reads testdata/R6.txtar: on each line a day, what has
// happened until then, and what holds.
func TestR6_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R6.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range archive.Files {
		for line := range strings.Lines(string(section.Data)) {
			facts, want, found := strings.Cut(strings.TrimSpace(line), ": ")
			if !found {
				continue
			}
			r, day, asked, err := readFacts(facts)
			if err != nil {
				t.Fatalf("%s: %s: %v", section.Name, facts, err)
			}
			if got := answer(section.Name, r, day, asked); got != want {
				t.Errorf("%s: %s\n got %s\nwant %s", section.Name, facts, got, want)
			}
		}
	}
}

func answer(question string, r renewal.Renewal, day, asked calendar.Date) string {
	switch question {
	case "windows":
		w := policy.Windows(day)
		return fmt.Sprintf("open from %s, grace from %s, lapsed from %s, expired from %s", w.OpensOn, w.DueOn, w.LapsesOn, w.ExpiresOn)
	case "state on a day":
		return string(r.StateOn(day))
	case "submission on a day":
		return orReason("accepted", r.CheckOpen(day))
	case "decline on a day":
		r, err := r.Decline(day)
		return orReason(string(r.StateOn(day)), err)
	case "undo of a decline on a day":
		r, err := r.UndoDecline(day)
		return orReason(string(r.StateOn(day)), err)
	case "late approval on a day":
		r, err := r.ApproveLate(day)
		return orReason(string(r.StateOn(day)), err)
	case "last day of a quote made on a day":
		last, err := r.Validity(asked, day)
		return orReason(last.String(), err)
	}
	return "no such question"
}

func orReason(answer string, err error) string {
	if refusal, ok := fault.Of(err); ok {
		return string(refusal.Reason)
	}
	return answer
}

// readFacts reads "2026-03-01, quoted until 2026-03-31, declined".
func readFacts(text string) (r renewal.Renewal, day, asked calendar.Date, err error) {
	parts := strings.Split(text, ", ")
	if day, err = calendar.ParseDate(parts[0]); err != nil {
		return r, day, asked, err
	}
	r = renewal.Renewal{ID: "rnw_42_20260401", SubscriptionID: "sub_42", SubmissionID: "sbm_1"}
	r.Windows = policy.Windows(calendar.On(2026, 4, 1))
	for _, part := range parts[1:] {
		words := strings.Fields(part)
		date, _ := calendar.ParseDate(words[len(words)-1])
		switch words[0] {
		case "quoted":
			r.QuotedUntil = date
		case "declined":
			r.DeclinedOn = calendar.On(2026, 1, 15)
		case "submitted":
			r.Submitted = true
		case "booked":
			r.Booked = true
		case "approved":
			r.LateApproved = true
		case "cancelled":
			r.CancelledFrom = date
		case "asked":
			asked = date
		default:
			return r, day, asked, fmt.Errorf("unknown fact %q", part)
		}
	}
	return r, day, asked, nil
}

// TestR7_WorkedExamples reads testdata/R7.txtar: a contract, a wish, and what
// is sold.
func TestR7_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R7.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range archive.Files {
		lines := strings.SplitN(strings.TrimSpace(string(example.Data)), "\n", 3)
		contract, err := readContract(lines[0])
		if err != nil {
			t.Fatalf("%s: %v", example.Name, err)
		}
		wish, err := readWish(strings.TrimPrefix(lines[1], "wish: "))
		if err != nil {
			t.Fatalf("%s: %v", example.Name, err)
		}
		if got, want := sold(contract, wish), strings.TrimPrefix(lines[2], "sold: "); got != want {
			t.Errorf("%s\n got %s\nwant %s", example.Name, got, want)
		}
	}
}

func readContract(line string) (c renewal.Contract, err error) {
	var anchor, start, end, decimal, code string
	_, err = fmt.Sscanf(strings.ReplaceAll(line, ",", ""),
		"anchor %s term %s to %s %d months %d seats at %s %s uplift %d bps %s",
		&anchor, &start, &end, &c.Months, &c.Seats, &decimal, &code, &c.Uplift, &c.Billing)
	for _, date := range []struct {
		text string
		into *calendar.Date
	}{{anchor, &c.Anchor}, {start, &c.Term.Start}, {end, &c.Term.End}} {
		if err == nil {
			err = date.into.UnmarshalText([]byte(date.text))
		}
	}
	if err == nil {
		c.UnitPrice, err = money.Parse(code, decimal)
	}
	return c, err
}

func readWish(text string) (w renewal.Wish, err error) {
	for _, part := range strings.Split(text, ", ") {
		switch words := strings.Fields(part); {
		case part == "as before":
		case words[0] == "until":
			w.End, err = calendar.ParseDate(words[1])
		case words[0] == "billed":
			w.Billing = margin.Billing(words[1])
		case words[1] == "months":
			_, err = fmt.Sscan(words[0], &w.Months)
		case words[1] == "seats":
			_, err = fmt.Sscan(words[0], &w.Seats)
		default:
			err = fmt.Errorf("unknown wish %q", part)
		}
	}
	return w, err
}

func sold(c renewal.Contract, w renewal.Wish) string {
	sale, err := c.Sale(w, margin.Resale, margin.Rate{Locked: 2000, LockedOn: c.Anchor})
	if err != nil {
		return orReason(err.Error(), err)
	}
	calculation, err := margin.Calculate(sale)
	return orReason(fmt.Sprintf("%s, %d seats at %s, net %s", calculation.Term, calculation.Seats, calculation.UnitPrice, calculation.Net), err)
}
