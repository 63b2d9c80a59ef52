package rpc

import (
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

func statementProto(s statement.Statement) *commissionv1.Statement {
	p := &commissionv1.Statement{
		StatementId: s.ID, PartnerId: s.PartnerID, PartnerName: s.PartnerName, CurrencyCode: string(s.Currency), Month: s.Month.String(),
		StatementDate: s.Date().String(), State: statementStateProto(s.State), Opening: moneyProto(s.Amount(s.OpeningMinor)),
		Current: moneyProto(s.Amount(s.LinesMinor - s.PriorMinor)), PriorPeriods: moneyProto(s.Amount(s.PriorMinor)),
		Closing: moneyProto(s.Amount(s.ClosingMinor)), LineCount: s.LineCount, MinimumPayout: moneyProto(s.Amount(s.MinimumMinor)),
		Held: moneyProto(s.Amount(s.HeldMinor)), Payable: moneyProto(s.Amount(s.PayableMinor())), Paid: moneyProto(s.Amount(s.PaidMinor)),
		SelfBilled: s.SelfBilled(), DocumentNumber: s.DocumentNumber, AgreementId: s.AgreementID, TaxId: s.TaxID, PreviousStatementId: s.PreviousID,
		DisputeUntilDate: dateProto(s.DisputeUntil), CodeVersionId: s.CodeVersionID, CloseTime: instant(s.CloseTime), Closer: s.Closer,
	}
	if s.ID != "" {
		p.Etag = s.Revision.Etag()
	}
	return p
}

func closedProto(c finance.Closed) *commissionv1.CloseStatementsResponse {
	return &commissionv1.CloseStatementsResponse{
		ClosedCount: int32(c.Count), Statements: each(c.Statements, statementProto), Refusals: each(c.Refusals, closeRefusalProto),
	}
}

func closeRefusalProto(r finance.CloseRefusal) *commissionv1.CloseRefusal {
	return &commissionv1.CloseRefusal{PartnerId: r.PartnerID, CurrencyCode: string(r.Currency), Error: itemError(r.Refusal)}
}

func lineProto(l statement.Line, of statement.Month) *commissionv1.StatementLine {
	return &commissionv1.StatementLine{
		LineId: l.ID, StatementId: l.StatementID, Section: sectionProto(of.Section(l.Effective)), Kind: entryKindProto(l.Kind), Amount: moneyProto(l.Amount),
		EffectiveDate: l.Effective.String(), PostTime: instant(l.Posted), AccrualId: l.AccrualID, AccrualKind: accrualKindProto(earnings.Kind(l.Earning.Kind)),
		CalculationId: l.CalculationID, SourceId: l.SourceID, SubscriptionId: l.SubscriptionID, CustomerId: l.CustomerID, CustomerName: l.CustomerName,
		ProductId: l.ProductID, PartnerReference: l.PartnerReference, InvoiceId: l.InvoiceID, Instalment: int32(l.Instalment), Net: moneyProto(l.Net),
		RateBps: int32(l.Rate), ServiceDate: dateProto(l.Service), Cause: l.Cause, Sentence: l.Note, Clause: l.Clause(), DisputeId: l.DisputeID,
	}
}

func statementStateProto(s statement.State) commissionv1.StatementState {
	return commissionv1.StatementState(commissionv1.StatementState_value["STATEMENT_STATE_"+string(s)])
}

func statementStateOf(s commissionv1.StatementState) statement.State {
	if s == commissionv1.StatementState_STATEMENT_STATE_UNSPECIFIED {
		return ""
	}
	return statement.State(strings.TrimPrefix(s.String(), "STATEMENT_STATE_"))
}

func sectionProto(s statement.Section) commissionv1.StatementSection {
	return commissionv1.StatementSection(commissionv1.StatementSection_value["STATEMENT_SECTION_"+string(s)])
}

func sectionOf(s commissionv1.StatementSection) statement.Section {
	switch s {
	case commissionv1.StatementSection_STATEMENT_SECTION_CURRENT:
		return statement.Current
	case commissionv1.StatementSection_STATEMENT_SECTION_PRIOR_PERIODS:
		return statement.PriorPeriods
	}
	return ""
}
