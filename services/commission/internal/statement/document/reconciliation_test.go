package document_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
)

// inMarch are the lines of march as they are compared.
func inMarch() []matching.Line {
	_, lines := march()
	list := make([]matching.Line, len(lines))
	for i, l := range lines {
		list[i] = matching.Line{
			ID: l.ID, PartnerReference: l.PartnerReference, SourceID: l.SourceID, InvoiceID: l.InvoiceID, SubscriptionID: l.SubscriptionID,
			Date: l.Effective, Amount: l.Amount.Minor, Rate: l.Rate,
		}
		if l.AccrualID == "" {
			list[i].Rate = matching.NoRate
		}
	}
	return list
}

// What is exported can be reconciled again.
func TestCSV_IsAFileThatMatchesItsStatement(t *testing.T) {
	file, err := document.CSV(march())
	if err != nil {
		t.Fatal(err)
	}
	read, err := matching.Read(string(file.Content), "GBP")
	if err != nil {
		t.Fatal(err)
	}
	pairs := matching.Compare(read.Rows, inMarch())
	for _, p := range pairs {
		if p.Outcome() != matching.Matched {
			t.Errorf("%s: %+v, %+v", p.Outcome(), p.Row, p.Line)
		}
		if p.Row != nil && p.Line != nil && p.Row.Reference != p.Line.PartnerReference {
			t.Errorf("%q was read as %q", p.Line.PartnerReference, p.Row.Reference)
		}
	}
	if len(pairs) != 4 {
		t.Errorf("%d pairs", len(pairs))
	}
}

func TestReconciliation_IsWrittenAsItIs(t *testing.T) {
	s, lines := march()
	read, err := matching.Read("reference,date,amount,rate,customer\n=1+1,2026-03-07,4800.00,20,Harbour Legal\nINV-11207,2026-03-19,2500.00,10,-Fenwick\nPO 9,,12.50,,\n", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	var rows []matching.ReconciliationRow
	for i, p := range matching.Compare(read.Rows, inMarch()) {
		row := matching.ReconciliationRow{Number: i + 1, Outcome: p.Outcome(), Differences: p.Differences(), File: p.Row}
		for n := range lines {
			if p.Line != nil && lines[n].ID == p.Line.ID {
				row.Line = &lines[n]
			}
		}
		rows = append(rows, row)
	}
	file, err := document.Reconciliation(matching.Reconciliation{
		ID: "rcn_06h02k3n49ornh3b5d7f9j1l3n", PartnerID: "harbour-it", Currency: "GBP", Month: s.Month, StatementID: s.ID,
	}, rows)
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, "reconciliation.csv", file)
	if file.Name != "reconciliation-rcn_06h02k3n49ornh3b5d7f9j1l3n-harbour-it-GBP-2026-03.csv" {
		t.Errorf("it is %s", file.Name)
	}
}
