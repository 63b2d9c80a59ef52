package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type importService struct {
	customerv1.UnimplementedImportServiceServer
	app *app.App
}

func (s *importService) CreateImport(ctx context.Context, r *customerv1.CreateImportRequest) (*customerv1.Import, error) {
	created, err := s.app.CreateImport(ctx, r.GetDisplayName())
	return answer(importProto, created, err)
}

func (s *importService) GetImport(ctx context.Context, r *customerv1.GetImportRequest) (*customerv1.Import, error) {
	found, err := s.app.GetImport(ctx, imports.ID(r.GetImportId()))
	return answer(importProto, found, err)
}

// rowKey is the place of a refused row in an import's list.
type rowKey struct {
	Row int64 `json:"r"`
}

func (s *importService) ListImportErrors(ctx context.Context, r *customerv1.ListImportErrorsRequest) (*customerv1.ListImportErrorsResponse, error) {
	after := rowKey{-1}
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListImportErrors(ctx, app.RefusalQuery{Import: imports.ID(r.GetImportId()), After: after.Row, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(f imports.Refusal) any { return rowKey{f.Row} })
	return &customerv1.ListImportErrorsResponse{Errors: each(found, refusalProto), NextPageToken: next}, nil
}

func (s *importService) FinishImport(ctx context.Context, r *customerv1.FinishImportRequest) (*customerv1.Import, error) {
	finished, err := s.app.FinishImport(ctx, imports.ID(r.GetImportId()))
	return answer(importProto, finished, err)
}

func importProto(i imports.Import) *customerv1.Import {
	return &customerv1.Import{
		ImportId: string(i.ID), DisplayName: i.Name, NextRow: i.NextRow, ImportedRows: i.Stored, RefusedRows: i.Refused,
		Finished: i.Finished, CreateTime: instant(i.CreateTime),
	}
}

func refusalProto(f imports.Refusal) *customerv1.ImportError {
	return &customerv1.ImportError{Row: f.Row, Reason: string(f.Reason), Field: f.Field, Message: f.Message, ExternalId: f.ExternalID}
}
