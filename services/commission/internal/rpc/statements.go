package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type statementService struct {
	commissionv1.UnimplementedStatementServiceServer
	finance *finance.App
}

func (s *statementService) CloseStatements(ctx context.Context, r *commissionv1.CloseStatementsRequest) (*commissionv1.CloseStatementsResponse, error) {
	month, err := monthOf("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	closed, err := s.finance.CloseStatements(ctx, finance.CloseMonth{Month: month, PartnerID: r.GetPartnerId(), Currency: r.GetCurrencyCode()})
	return answer(closedProto, closed, err)
}

func (s *statementService) GetStatement(ctx context.Context, r *commissionv1.GetStatementRequest) (*commissionv1.Statement, error) {
	found, err := s.finance.GetStatement(ctx, r.GetStatementId())
	return answer(statementProto, found, err)
}

func (s *statementService) ListStatements(ctx context.Context, r *commissionv1.ListStatementsRequest) (*commissionv1.ListStatementsResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	f := finance.StatementFilter{PartnerID: r.GetPartnerId(), Currency: r.GetCurrencyCode(), State: statementStateOf(r.GetState())}
	if f.From, err = monthOf("from_month", r.GetFromMonth()); err != nil {
		return nil, err
	}
	if f.Until, err = monthOf("until_month", r.GetUntilMonth()); err != nil {
		return nil, err
	}
	found, err := s.finance.ListStatements(ctx, f, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last statement.Statement) any { return last.ID })
	return &commissionv1.ListStatementsResponse{Statements: each(found, statementProto), NextPageToken: next}, nil
}

func (s *statementService) GetOpenStatement(ctx context.Context, r *commissionv1.GetOpenStatementRequest) (*commissionv1.Statement, error) {
	open, err := s.finance.GetOpenStatement(ctx, r.GetPartnerId(), r.GetCurrencyCode())
	return answer(statementProto, open, err)
}

func (s *statementService) ListStatementLines(ctx context.Context, r *commissionv1.ListStatementLinesRequest) (*commissionv1.ListStatementLinesResponse, error) {
	return s.lines(ctx, r, finance.LineQuery{
		StatementID: r.GetStatementId(), Section: sectionOf(r.GetSection()), SubscriptionID: r.GetSubscriptionId(), InvoiceID: r.GetInvoiceId(),
	})
}

func (s *statementService) ListOpenStatementLines(ctx context.Context, r *commissionv1.ListOpenStatementLinesRequest) (*commissionv1.ListStatementLinesResponse, error) {
	return s.lines(ctx, r, finance.LineQuery{
		PartnerID: r.GetPartnerId(), Currency: r.GetCurrencyCode(), Section: sectionOf(r.GetSection()), SubscriptionID: r.GetSubscriptionId(),
		InvoiceID: r.GetInvoiceId(),
	})
}

func (s *statementService) lines(ctx context.Context, r page.Query, q finance.LineQuery) (*commissionv1.ListStatementLinesResponse, error) {
	var after finance.LineKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	of, found, err := s.finance.ListLines(ctx, q, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last statement.Line) any { return finance.LineKey{Effective: last.Effective, ID: last.ID} })
	answer := &commissionv1.ListStatementLinesResponse{NextPageToken: next, Lines: make([]*commissionv1.StatementLine, len(found))}
	for i, l := range found {
		answer.Lines[i] = lineProto(l, of.Month)
	}
	return answer, nil
}

func (s *statementService) ExportStatement(ctx context.Context, r *commissionv1.ExportStatementRequest) (*typev1.File, error) {
	format := finance.HTML
	if r.GetFormat() == commissionv1.ExportFormat_EXPORT_FORMAT_CSV {
		format = finance.CSV
	}
	file, err := s.finance.ExportStatement(ctx, finance.Export{StatementID: r.GetStatementId(), Format: format, SelfBilled: r.GetSelfBilledInvoice()})
	return answer(fileProto, file, err)
}

func fileProto(f document.File) *typev1.File {
	return &typev1.File{FileName: f.Name, ContentType: f.Type, Content: f.Content}
}

// monthOf reads a month, where the empty text is none.
func monthOf(field, text string) (statement.Month, error) {
	if text == "" {
		return statement.Month{}, nil
	}
	m, err := statement.ParseMonth(text)
	return m, fault.At(field, err)
}
