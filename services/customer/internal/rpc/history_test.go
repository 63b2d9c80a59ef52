package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// longServed is the row of a subscription that ran for a month, a year and
// three years, invoiced yearly, before its running term.
func longServed(n, customer int) *customerv1.ImportRow {
	row := subscriptionRow(n, customer)
	s := row.GetSubscription()
	s.Seats, s.FirstStartDate, s.TermStartDate = 40, "2022-01-31", "2026-02-28"
	s.PreviousTerms = []*customerv1.ImportTerm{
		{StartDate: "2022-01-31", TermMonths: 1, Seats: 10, UnitPrice: gbp("100.00"), Billing: customerv1.Billing_BILLING_PREPAID},
		{StartDate: "2022-02-28", TermMonths: 12, Seats: 20, UnitPrice: gbp("100.00"), Billing: customerv1.Billing_BILLING_MONTHLY},
		{StartDate: "2023-02-28", TermMonths: 36, Seats: 30, UnitPrice: gbp("103.00"), Billing: customerv1.Billing_BILLING_ANNUAL},
	}
	return row
}

func TestImport_BringsTheHistory(t *testing.T) {
	h := start(t)
	h.stock()
	row := longServed(1, 1)
	if done := h.upload([]*customerv1.ImportRow{customerRow(1), row}, 10); done.GetImportedRows() != 2 {
		t.Fatalf("refused %v", h.refusedRows(done.GetImportId()))
	}
	answer, err := h.subscriptions(channel).BatchGetSubscriptions(h.ctx, &customerv1.BatchGetSubscriptionsRequest{
		ExternalIds: []string{row.GetSubscription().GetExternalId()},
	})
	must(t, err)
	s := h.get(answer.GetSubscriptions()[0].GetSubscriptionId())
	partner := row.GetSubscription().GetPartnerId()
	// 30 seats at 103.00, 106.09 and 109.27: 3 % more each year.
	want := []*customerv1.Term{
		{StartDate: "2022-01-31", EndDate: "2022-02-28", TermMonths: 1, Seats: 10, UnitPrice: gbp("100.00"), FinalSeats: 10, Net: gbp("83.33"),
			PartnerId: partner, Billing: customerv1.Billing_BILLING_PREPAID},
		{StartDate: "2022-02-28", EndDate: "2023-02-28", TermMonths: 12, Seats: 20, UnitPrice: gbp("100.00"), FinalSeats: 20, Net: gbp("2000.00"),
			PartnerId: partner, Billing: customerv1.Billing_BILLING_MONTHLY},
		{StartDate: "2023-02-28", EndDate: "2026-02-28", TermMonths: 36, Seats: 30, UnitPrice: gbp("103.00"), FinalSeats: 30, Net: gbp("9550.80"),
			PartnerId: partner, Billing: customerv1.Billing_BILLING_ANNUAL},
		{StartDate: "2026-02-28", EndDate: "2027-02-28", TermMonths: 12, Seats: 40, UnitPrice: gbp("120.00"), FinalSeats: 40, Net: gbp("4800.00"),
			PartnerId: partner, Billing: customerv1.Billing_BILLING_PREPAID},
	}
	if diff := cmp.Diff(want, s.GetTerms(), protocmp.Transform(), protocmp.IgnoreFields(&customerv1.Term{}, "term_id")); diff != "" {
		t.Error(diff)
	}
	h.sequence()
	page, err := h.events(commission).ListEvents(h.ctx, &customerv1.ListEventsRequest{PageSize: 1000})
	must(t, err)
	last := page.GetEvents()[len(page.GetEvents())-1].GetSubscription()
	if diff := cmp.Diff(s.GetTerms(), last.GetTerms(), protocmp.Transform()); diff != "" {
		t.Errorf("the feed tells otherwise: %s", diff)
	}
	renewed, err := h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
	if terms := renewed.GetTerms(); len(terms) != 5 || terms[4].GetStartDate() != "2027-02-28" {
		t.Errorf("renewed: %v", terms)
	}
}

func TestImport_ABrokenHistoryRefusesItsRowOnly(t *testing.T) {
	h := start(t)
	h.stock()
	rows := []*customerv1.ImportRow{customerRow(0)}
	spoiled := []func(s *customerv1.ImportSubscription, past []*customerv1.ImportTerm){
		func(*customerv1.ImportSubscription, []*customerv1.ImportTerm) {},
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { past[1].TermMonths = 18 },
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			past[2].StartDate = "2023-03-01"
		},
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { past[0].StartDate = "" },
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { past[2].TermMonths = 24 },
		func(s *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { s.PreviousTerms = past[1:] },
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { past[0].Seats = 0 },
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			past[1].UnitPrice.CurrencyCode = "USD"
		},
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			past[1].UnitPrice.Amount = "1.005"
		},
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) { past[2].UnitPrice = nil },
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			past[2].UnitPrice = &typev1.Money{CurrencyCode: "GBP", Amount: "-1.00"}
		},
		func(_ *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			past[0].Billing = customerv1.Billing(9)
		},
		func(s *customerv1.ImportSubscription, past []*customerv1.ImportTerm) {
			s.PreviousTerms = append(past, past[2])
		},
		func(s *customerv1.ImportSubscription, _ []*customerv1.ImportTerm) { s.PreviousTerms = nil },
	}
	for n, spoil := range spoiled {
		row := longServed(n, 0)
		spoil(row.GetSubscription(), row.GetSubscription().GetPreviousTerms())
		rows = append(rows, row)
	}
	id := h.newImport()
	done, err := h.send(id, 0, rows, 100)
	must(t, err)
	want := []string{
		"2 S-000001 TERM_UNSUPPORTED previous_terms[1].term_months", "3 S-000002 DATE_INVALID previous_terms[2].start_date",
		"4 S-000003 DATE_INVALID previous_terms[0].start_date", "5 S-000004 DATE_INVALID term_start_date",
		"6 S-000005 DATE_INVALID previous_terms[0].start_date", "7 S-000006 SEATS_NOT_POSITIVE previous_terms[0].seats",
		"8 S-000007 CURRENCY_MISMATCH previous_terms[1].unit_price", "9 S-000008 AMOUNT_TOO_PRECISE previous_terms[1].unit_price",
		"10 S-000009 CURRENCY_UNSUPPORTED previous_terms[2].unit_price", "11 S-000010 AMOUNT_NEGATIVE previous_terms[2].unit_price",
		"12 S-000011 REQUEST_INVALID previous_terms[0].billing", "13 S-000012 DATE_INVALID previous_terms[3].start_date",
	}
	if diff := cmp.Diff(want, h.refusedRows(id)); diff != "" {
		t.Error(diff)
	}
	if terms := h.count("terms"); done.GetImportedRows() != 3 || h.count("subscriptions") != 2 || terms != 4+1 {
		t.Errorf("got %v with %d terms", done, terms)
	}
}
