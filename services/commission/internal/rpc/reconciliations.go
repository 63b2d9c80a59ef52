package rpc

import (
	"context"
	"encoding/hex"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type reconciliationService struct {
	commissionv1.UnimplementedReconciliationServiceServer
	finance *finance.App
}

func (s *reconciliationService) CreateReconciliation(ctx context.Context, r *commissionv1.CreateReconciliationRequest) (*commissionv1.Reconciliation, error) {
	month, err := monthOf("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	created, err := s.finance.CreateReconciliation(ctx, finance.NewReconciliation{
		PartnerID: r.GetPartnerId(), Month: month, Currency: r.GetCurrencyCode(), FileName: r.GetFileName(), Content: r.GetContent(),
	})
	return answer(reconciliationProto, created, err)
}

func (s *reconciliationService) GetReconciliation(ctx context.Context, r *commissionv1.GetReconciliationRequest) (*commissionv1.Reconciliation, error) {
	found, err := s.finance.GetReconciliation(ctx, r.GetReconciliationId())
	return answer(reconciliationProto, found, err)
}

func (s *reconciliationService) ListReconciliations(
	ctx context.Context, r *commissionv1.ListReconciliationsRequest,
) (*commissionv1.ListReconciliationsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	month, err := monthOf("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListReconciliations(ctx, finance.ReconciliationFilter{PartnerID: r.GetPartnerId(), Currency: r.GetCurrencyCode(), Month: month}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last matching.Reconciliation) any { return last.ID })
	return &commissionv1.ListReconciliationsResponse{Reconciliations: each(found, reconciliationProto), NextPageToken: next}, nil
}

func (s *reconciliationService) ListReconciliationRows(
	ctx context.Context, r *commissionv1.ListReconciliationRowsRequest,
) (*commissionv1.ListReconciliationRowsResponse, error) {
	var after int
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	of, found, err := s.finance.ListReconciliationRows(ctx, finance.ReconciliationRowFilter{
		ReconciliationID: r.GetReconciliationId(), Outcome: pairOutcomeOf(r.GetOutcome()), Difference: pairDifferenceOf(r.GetDifference()),
	}, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last matching.ReconciliationRow) any { return last.Number })
	answer := &commissionv1.ListReconciliationRowsResponse{NextPageToken: next, Rows: make([]*commissionv1.ReconciliationRow, len(found))}
	for i, row := range found {
		answer.Rows[i] = reconciliationRowProto(of, row)
	}
	return answer, nil
}

func (s *reconciliationService) ExportReconciliation(ctx context.Context, r *commissionv1.ExportReconciliationRequest) (*typev1.File, error) {
	file, err := s.finance.ExportReconciliation(ctx, r.GetReconciliationId())
	return answer(fileProto, file, err)
}

const (
	outcomePrefix    = "RECONCILIATION_OUTCOME_"
	differencePrefix = "RECONCILIATION_DIFFERENCE_"
)

func pairOutcomeOf(o commissionv1.ReconciliationOutcome) matching.Outcome {
	if o == commissionv1.ReconciliationOutcome_RECONCILIATION_OUTCOME_UNSPECIFIED {
		return ""
	}
	return matching.Outcome(strings.TrimPrefix(o.String(), outcomePrefix))
}

func pairOutcomeProto(o matching.Outcome) commissionv1.ReconciliationOutcome {
	return commissionv1.ReconciliationOutcome(commissionv1.ReconciliationOutcome_value[outcomePrefix+string(o)])
}

func pairDifferenceOf(d commissionv1.ReconciliationDifference) matching.Difference {
	if d == commissionv1.ReconciliationDifference_RECONCILIATION_DIFFERENCE_UNSPECIFIED {
		return ""
	}
	return matching.Difference(strings.TrimPrefix(d.String(), differencePrefix))
}

func pairDifferenceProto(d matching.Difference) commissionv1.ReconciliationDifference {
	return commissionv1.ReconciliationDifference(commissionv1.ReconciliationDifference_value[differencePrefix+string(d)])
}

func reconciliationProto(r matching.Reconciliation) *commissionv1.Reconciliation {
	total := matchedSumProto(r.Currency, r.Sums.Total)
	converted := &commissionv1.Reconciliation{
		ReconciliationId: r.ID, PartnerId: r.PartnerID, Month: r.Month.String(), CurrencyCode: string(r.Currency), StatementId: r.StatementID,
		FileName: r.FileName, ContentSha256: hex.EncodeToString(r.Digest), IgnoredColumns: r.Ignored, Creator: r.Actor, CreateTime: instant(r.CreateTime),
		FileRowCount: int32(r.Sums.Rows), StatementLineCount: int32(r.Sums.Lines), RowCount: total.GetRowCount(),
		FileTotal: total.GetFileTotal(), StatementTotal: total.GetStatementTotal(), Difference: total.GetDifference(),
	}
	for _, o := range matching.Outcomes {
		sum := matchedSumProto(r.Currency, r.Sums.ByOutcome[o])
		sum.Outcome = pairOutcomeProto(o)
		converted.Sums = append(converted.Sums, sum)
	}
	for _, d := range matching.Differences {
		sum := matchedSumProto(r.Currency, r.Sums.ByDifference[d])
		converted.DifferenceSums = append(converted.DifferenceSums, &commissionv1.ReconciliationDifferenceSum{
			Kind: pairDifferenceProto(d), RowCount: sum.GetRowCount(), FileTotal: sum.GetFileTotal(), StatementTotal: sum.GetStatementTotal(),
			Difference: sum.GetDifference(),
		})
	}
	return converted
}

func matchedSumProto(c money.Currency, s matching.Sum) *commissionv1.ReconciliationSum {
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: c} }
	return &commissionv1.ReconciliationSum{
		RowCount: int32(s.Pairs), FileTotal: moneyProto(amount(s.File)), StatementTotal: moneyProto(amount(s.Statement)),
		Difference: moneyProto(amount(s.File - s.Statement)),
	}
}

func reconciliationRowProto(of matching.Reconciliation, r matching.ReconciliationRow) *commissionv1.ReconciliationRow {
	converted := &commissionv1.ReconciliationRow{
		Number: int32(r.Number), Outcome: pairOutcomeProto(r.Outcome), Difference: moneyProto(money.Amount{Minor: r.DifferenceMinor(), Currency: of.Currency}),
	}
	for _, d := range r.Differences {
		converted.Differences = append(converted.Differences, pairDifferenceProto(d))
	}
	if r.File != nil {
		converted.FileRow = fileRowProto(of.Currency, *r.File)
	}
	if r.Line != nil {
		converted.Line = lineProto(*r.Line, of.Month)
	}
	return converted
}

func fileRowProto(c money.Currency, f matching.Row) *commissionv1.ReconciliationFileRow {
	converted := &commissionv1.ReconciliationFileRow{
		LineNumber: int32(f.Number), LineId: f.LineID, Reference: f.Reference, Date: f.Date.String(),
		Amount: moneyProto(money.Amount{Minor: f.Amount, Currency: c}), Customer: f.Customer,
	}
	if f.Rate != matching.NoRate {
		converted.RateBps = bpsProto(&f.Rate)
	}
	return converted
}
