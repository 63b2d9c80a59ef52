package billing_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var today = calendar.On(2026, 3, 2)

func invoice(amounts ...int64) *billing.Invoice {
	i := &billing.Invoice{ID: "I", Currency: "GBP", Issued: today, Due: today.AddDays(30)}
	for n, a := range amounts {
		i.Lines = append(i.Lines, billing.Line{Number: n + 1, SourceID: "S", Instalment: n + 1, Amount: a})
	}
	return i
}

func fact(kind billing.Kind, id string, amount int64) billing.Fact {
	f := billing.Fact{Kind: kind, ID: id, InvoiceID: "I", On: today, Amount: amount, Currency: "GBP"}
	if kind == billing.CreditNote {
		f.Cause = billing.Customer
	}
	return f
}

func tell(t *testing.T, i *billing.Invoice, f billing.Fact) billing.Fact {
	t.Helper()
	told, err := i.Tell(f, today)
	if err != nil {
		t.Fatalf("%s %s: %v", f.Kind, f.ID, err)
	}
	return told
}

func wantParts(t *testing.T, f billing.Fact, want ...int64) {
	t.Helper()
	got := make([]int64, len(want))
	for _, p := range f.Parts {
		got[p.LineNumber-1] = p.Amount
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("%s %s falls to the lines as %d; want %d", f.Kind, f.ID, got, want)
			return
		}
	}
}

func TestTell_DividesAPaymentAmongTheLines(t *testing.T) {
	i := invoice(20_000, 10_000)
	wantParts(t, tell(t, i, fact(billing.Payment, "P1", 10_000)), 6_667, 3_333)
	wantParts(t, tell(t, i, fact(billing.Payment, "P2", 20_000)), 13_333, 6_667)
	if i.Outstanding() != 0 || i.Paid() != 30_000 {
		t.Errorf("%d outstanding, %d paid", i.Outstanding(), i.Paid())
	}
}

func TestTell_ACreditOfOneLineLeavesTheOthers(t *testing.T) {
	i := invoice(20_000, 10_000)
	f := fact(billing.CreditNote, "C", 10_000)
	f.LineNumber = 2
	wantParts(t, tell(t, i, f), 0, 10_000)
	f.ID, f.Amount = "C2", 1
	if refusal, _ := fault.Of(second(i.Tell(f, today))); refusal == nil || refusal.Reason != "CREDIT_EXCEEDS_INVOICE" {
		t.Errorf("got %v", refusal)
	}
}

func second[T any](_ T, err error) error { return err }

func TestTell_APaymentTakenBackIsOutstandingAgain(t *testing.T) {
	i := invoice(20_000, 10_000)
	paid := tell(t, i, fact(billing.Payment, "P", 30_000))
	back := billing.Fact{Kind: billing.PaymentReversal, ID: "R", Reverses: "P", On: today}
	wantParts(t, tell(t, i, back), paid.Parts[0].Amount, paid.Parts[1].Amount)
	if i.Outstanding() != 30_000 || i.Paid() != 0 {
		t.Errorf("%d outstanding, %d paid", i.Outstanding(), i.Paid())
	}
}

func TestTell_WhatWasPaidAndCreditedIsOwedToNobodyTwice(t *testing.T) {
	i := invoice(10_000)
	tell(t, i, fact(billing.Payment, "P", 10_000))
	tell(t, i, fact(billing.CreditNote, "C", 4_000)) // a refund
	if i.Outstanding() != 0 {
		t.Errorf("%d outstanding", i.Outstanding())
	}
	if err := second(i.Tell(fact(billing.Payment, "P2", 1), today)); err == nil {
		t.Error("an invoice that is paid takes another payment")
	}
}

// TestLaw_LinesAndInvoiceAgree tells facts at random and adds up lines and
// invoice.
func TestLaw_LinesAndInvoiceAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := invoice(rapid.SliceOfN(rapid.Int64Range(0, 100_000), 1, 5).Draw(t, "lines")...)
		for n := range rapid.IntRange(1, 12).Draw(t, "facts") {
			kind := rapid.SampledFrom([]billing.Kind{billing.Payment, billing.CreditNote, billing.PaymentReversal}).Draw(t, "kind")
			f := fact(kind, string(rune('a'+n)), rapid.Int64Range(1, 100_000).Draw(t, "amount"))
			if kind == billing.PaymentReversal {
				f = billing.Fact{Kind: kind, ID: f.ID, Reverses: string(rune('a' + rapid.IntRange(0, n).Draw(t, "which"))), On: today}
			}
			told, err := i.Tell(f, today)
			if err != nil {
				continue
			}
			sum := int64(0)
			for _, p := range told.Parts {
				sum += p.Amount
			}
			if sum != told.Amount {
				t.Fatalf("%s of %d falls to the lines with %d", kind, told.Amount, sum)
			}
		}
		if i.Credited() > i.Amount() || i.Paid() > i.Amount() || i.Outstanding() < 0 || i.Outstanding() > i.Amount() {
			t.Fatalf("%d credited, %d paid, %d outstanding of %d", i.Credited(), i.Paid(), i.Outstanding(), i.Amount())
		}
	})
}
