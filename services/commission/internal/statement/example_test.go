package statement_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// TestR9_WorkedExamples reads testdata/R9.txtar.
func TestR9_WorkedExamples(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/R9.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range archive.Files {
		t.Run(example.Name, func(t *testing.T) {
			head, steps, _ := strings.Cut(string(example.Data), "\n")
			b, err := readBooks(head)
			if err != nil {
				t.Fatalf("%s: %v", head, err)
			}
			for line := range strings.Lines(steps) {
				step, want, asked := strings.Cut(strings.TrimSpace(line), ": ")
				if step == "" {
					continue
				}
				got, err := b.do(step)
				if refusal, ok := fault.Of(err); ok {
					got, err = string(refusal.Reason), nil
				}
				if err != nil {
					t.Fatalf("%s: %v", step, err)
				}
				if asked && got != want {
					t.Errorf("%s\n got %s\nwant %s", step, got, want)
				}
			}
		})
	}
}

// readBooks reads "GBP, minimum 50.00, 30 days".
func readBooks(head string) (*books, error) {
	var code, minimum string
	b := &books{}
	if _, err := fmt.Sscanf(strings.ReplaceAll(head, ",", ""), "%s minimum %s %d days", &code, &minimum, &b.days); err != nil {
		return nil, err
	}
	amount, err := money.Parse(code, minimum)
	b.currency, b.minimum = amount.Currency, amount.Minor
	return b, err
}

var errStep = errors.New("no such step")

// do takes a step and says what came of it.
func (b *books) do(step string) (string, error) {
	words := strings.Fields(step)
	today, err := calendar.ParseDate(words[0])
	if err != nil || len(words) < 2 {
		return "", errors.Join(err, errStep)
	}
	b.today = today
	switch words[1] {
	case "line":
		return "", b.readLine(words[2:])
	case "close":
		m, err := statement.ParseMonth(words[2])
		if err != nil {
			return "", err
		}
		return b.closed(m)
	case "due":
		return b.account().Due().String(), nil
	case "dated":
		return b.latest().Date().String(), nil
	case "next":
		return b.decimal(b.latest().LeftMinor()), nil
	case "payable":
		return b.decimal(b.settled().PayableMinor()), nil
	case "pay":
		err := b.pay()
		return b.decimal(b.latest().PaidMinor), err
	case "accounts":
		return fmt.Sprintf("PAYABLE %s, RECEIVABLE %s", b.decimal(b.balance(ledger.Payable)), b.decimal(b.balance(ledger.Receivable))), nil
	}
	return b.doDispute(words[1:])
}

func (b *books) decimal(minor int64) string {
	return money.Amount{Minor: minor, Currency: b.currency}.Decimal()
}

func (b *books) readLine(words []string) error {
	amount, err := money.Parse(string(b.currency), words[0])
	if err != nil {
		return err
	}
	effective := b.today
	if len(words) == 3 {
		effective, err = calendar.ParseDate(words[2])
	}
	b.post(ledger.Entry{Kind: ledger.Maturity, Effective: effective, Postings: ledger.Transfer(ledger.Accrued, ledger.Payable, amount.Minor)})
	return err
}

func (b *books) closed(m statement.Month) (string, error) {
	s, done, err := b.close(m)
	if err != nil || !done {
		return "nothing", err
	}
	prior := ""
	if s.PriorMinor != 0 {
		prior = fmt.Sprintf(" (prior periods %s)", b.decimal(s.PriorMinor))
	}
	return fmt.Sprintf("opening %s, lines %s%s, closing %s, %s", b.decimal(s.OpeningMinor), b.decimal(s.LinesMinor), prior, b.decimal(s.ClosingMinor), s.State), nil
}

func (b *books) doDispute(words []string) (string, error) {
	n, err := strconv.Atoi(words[1])
	if err != nil || n > len(b.lines) {
		return "", errors.Join(err, errStep)
	}
	of := b.lines[n-1].ID
	switch words[0] {
	case "dispute":
		d, err := b.dispute(n - 1)
		return "held " + d.Held.Decimal(), err
	case "withdraw":
		return b.end(of, func(d statement.Dispute) (statement.Dispute, error) { return d.Withdraw("partner", b.now()) })
	case "reject":
		return b.end(of, func(d statement.Dispute) (statement.Dispute, error) {
			return d.Resolve(statement.Decision{Outcome: statement.Rejected, Text: "It is right.", By: "finance", At: b.now()})
		})
	case "uphold":
		amount, err := money.Parse(string(b.currency), words[3])
		if err != nil {
			return "", err
		}
		return b.end(of, func(d statement.Dispute) (statement.Dispute, error) {
			return d.Resolve(statement.Decision{Outcome: statement.Upheld, Adjustment: amount, Text: "You are right.", By: "finance", At: b.now()})
		})
	}
	return "", errStep
}

func (b *books) end(line string, how func(statement.Dispute) (statement.Dispute, error)) (string, error) {
	d, err := b.endDispute(line, how)
	return "released " + d.Held.Decimal(), err
}

func (b *books) now() time.Time { return b.today.Time().Add(12 * time.Hour) }
