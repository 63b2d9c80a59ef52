package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *reportService) GenerateReport(ctx context.Context, r *customerv1.GenerateReportRequest) (*customerv1.Report, error) {
	first, err := month("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	made, err := s.app.GenerateReport(ctx, first)
	return answer(reportProto, made, err)
}

func (s *reportService) PublishReport(ctx context.Context, r *customerv1.PublishReportRequest) (*customerv1.Report, error) {
	published, err := s.app.PublishReport(ctx, reports.ID(r.GetReportId()), r.GetEtag())
	return answer(reportProto, published, err)
}

func (s *reportService) GetReport(ctx context.Context, r *customerv1.GetReportRequest) (*customerv1.Report, error) {
	found, err := s.app.GetReport(ctx, reports.ID(r.GetReportId()))
	return answer(reportProto, found, err)
}

func (s *reportService) ListReports(ctx context.Context, r *customerv1.ListReportsRequest) (*customerv1.ListReportsResponse, error) {
	q := app.ReportQuery{State: word[reports.State]("REPORT_STATE_", r.GetState())}
	size, err := page.Begin(r, &q.After)
	if err != nil {
		return nil, err
	}
	q.Limit = size + 1
	if q.Month, err = optionalMonth("month", r.GetMonth()); err != nil {
		return nil, err
	}
	found, err := s.app.ListReports(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(r reports.Report) any { return app.ReportKey{Month: r.Month, Number: r.Number} })
	return &customerv1.ListReportsResponse{Reports: each(found, headProto), NextPageToken: next}, nil
}

func (s *reportService) ExportReport(ctx context.Context, r *customerv1.ExportReportRequest) (*typev1.File, error) {
	file, err := s.app.ExportReport(ctx, reports.ID(r.GetReportId()), word[reports.Format]("REPORT_FORMAT_", r.GetFormat()))
	return answer(fileProto, file, err)
}

func fileProto(f app.File) *typev1.File {
	return &typev1.File{FileName: f.Name, ContentType: f.Type, Content: f.Content}
}

func (s *reportService) GetPartnerScores(ctx context.Context, r *customerv1.GetPartnerScoresRequest) (*customerv1.PartnerScores, error) {
	first, err := optionalMonth("month", r.GetMonth())
	if err != nil {
		return nil, err
	}
	found, err := s.app.GetPartnerScores(ctx, r.GetPartnerId(), first)
	return answer(partnerScoresProto, found, err)
}

// headProto is a report without its figures.
func headProto(r reports.Report) *customerv1.Report {
	return &customerv1.Report{
		ReportId: string(r.ID), Month: monthOf(r.Month), Revision: int32(r.Number),
		State:         customerv1.ReportState(customerv1.ReportState_value["REPORT_STATE_"+string(r.State)]),
		PolicyVersion: int32(r.PolicyVersion), Etag: r.Etag(), GenerateTime: instant(r.GenerateTime),
		PublishTime: instant(r.PublishTime), Publisher: r.Publisher,
	}
}

func reportProto(r reports.Report) *customerv1.Report {
	report, d := headProto(r), r.Document
	report.Customers, report.Partners, report.Staff = sectionProto(d.Customers), sectionProto(d.Partners), sectionProto(d.Staff)
	report.Highs, report.Lows, report.Trend = d.Highs, d.Lows, each(d.Trend, pointProto)
	return report
}

func sectionProto(s reports.Section) *customerv1.ScoreSection {
	return &customerv1.ScoreSection{Overall: rowProto(s.Overall), Tables: each(s.Tables, func(t reports.Table) *customerv1.ScoreTable {
		dimension := customerv1.ScoreDimension(customerv1.ScoreDimension_value["SCORE_DIMENSION_"+string(t.By)])
		return &customerv1.ScoreTable{Dimension: dimension, Rows: each(t.Rows, rowProto)}
	})}
}

func pointProto(p reports.Point) *customerv1.ScorePoint {
	point := &customerv1.ScorePoint{Month: monthOf(p.Month), Cxi: figureProto(p.CXi), Nps: figureProto(p.NPS.Figure)}
	point.NpsLow, point.NpsHigh = ends(p.NPS)
	return point
}

func partnerScoresProto(t reports.PartnerTable) *customerv1.PartnerScores {
	return &customerv1.PartnerScores{
		PartnerId: t.Partner, Month: monthOf(t.Month), Revision: int32(t.Revision), PublishTime: instant(t.PublishTime),
		Overall: rowProto(t.Overall), Rows: each(t.Rows, rowProto),
	}
}
