package rpc

import (
	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func invoiceProto(r finance.Recorded) *commissionv1.Invoice {
	i := r.Invoice
	p := &commissionv1.Invoice{
		InvoiceId: i.ID, IssueDate: i.Issued.String(), DueDate: i.Due.String(), Amount: moneyProto(i.Money(i.Amount())), Paid: moneyProto(i.Money(i.Paid())),
		Credited: moneyProto(i.Money(i.Credited())), Outstanding: moneyProto(i.Money(i.Outstanding())), RecordTime: instant(i.Recorded),
	}
	for _, l := range i.Lines {
		line := &commissionv1.InvoiceLine{SourceId: l.SourceID, Instalment: int32(l.Instalment), Amount: moneyProto(i.Money(l.Amount))}
		for _, a := range r.Accruals {
			if a.LineNumber == l.Number {
				line.Accruals = append(line.Accruals, accrualProto(a))
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

func accrualProto(a earnings.Accrual) *commissionv1.Accrual {
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: a.Currency} }
	return &commissionv1.Accrual{
		AccrualId: a.ID, Kind: accrualKindProto(a.Kind), PartnerId: a.PartnerID, RelationshipId: a.RelationshipID, SubscriptionId: a.SubscriptionID,
		SourceId: a.SourceID, Instalment: int32(a.Instalment), ServiceDate: dateProto(a.ServiceDate), InvoiceId: a.InvoiceID, CalculationId: a.CalculationID,
		CustomerId: a.CustomerID, CustomerName: a.CustomerName, ProductId: a.ProductID, PartnerReference: a.PartnerReference,
		SettlementMode: modeProto(a.Mode), Net: moneyProto(amount(a.Net)), RateBps: int32(a.Rate), Accrued: moneyProto(amount(a.Accrued)),
		Payable: moneyProto(amount(a.Payable)), Held: moneyProto(amount(a.Held)), NextDate: dateProto(a.Next), FxSetId: a.FxSetID,
		CreateTime: instant(a.CreateTime),
	}
}

func accrualKindProto(k earnings.Kind) commissionv1.AccrualKind {
	return commissionv1.AccrualKind(commissionv1.AccrualKind_value["ACCRUAL_KIND_"+string(k)])
}

// dateProto leaves the zero date out.
func dateProto(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
