package load

import (
	"context"
	"errors"
	"fmt"
	"io"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

const (
	rowsPerMessage = 2500
	locksPerCall   = 1000
)

// imports streams customers, then their subscriptions, from where the import
// stands.
func (l *loader) imports(ctx context.Context) error {
	ctx = as(ctx, l.First)
	rows := make([]*customerv1.ImportRow, 0, len(l.book.Customers)+len(l.book.Subscriptions))
	for _, c := range l.book.Customers {
		rows = append(rows, &customerv1.ImportRow{Row: &customerv1.ImportRow_Customer{Customer: c}})
	}
	for _, s := range l.book.Subscriptions {
		rows = append(rows, &customerv1.ImportRow{Row: &customerv1.ImportRow_Subscription{Subscription: s.ImportSubscription}})
	}
	service := customerv1.NewImportServiceClient(l.Customer)
	run, err := service.CreateImport(ctx, &customerv1.CreateImportRequest{DisplayName: "Demonstration book", RequestId: l.key("import")})
	if err != nil {
		return fmt.Errorf("create the import: %w", err)
	}
	// A repeated request answers as the first time: read where it stands now.
	if run, err = service.GetImport(ctx, &customerv1.GetImportRequest{ImportId: run.ImportId}); err != nil {
		return fmt.Errorf("read the import: %w", err)
	}
	if run.Finished {
		l.advance(len(rows), "book")
		return nil
	}
	if err := l.upload(ctx, service, run, rows); err != nil {
		return err
	}
	run, err = service.FinishImport(ctx, &customerv1.FinishImportRequest{ImportId: run.ImportId, RequestId: l.key("import-finish")})
	if err != nil {
		return fmt.Errorf("finish the import: %w", err)
	}
	if run.RefusedRows > 0 {
		return fmt.Errorf("the import refused %d of %d rows: list them at /v1/imports/%s/errors", run.RefusedRows, run.NextRow, run.ImportId)
	}
	return nil
}

func (l *loader) upload(ctx context.Context, service customerv1.ImportServiceClient, run *customerv1.Import, rows []*customerv1.ImportRow) error {
	stream, err := service.UploadRows(ctx)
	if err != nil {
		return fmt.Errorf("open the upload: %w", err)
	}
	l.advance(int(run.NextRow), "book")
	for at := run.NextRow; at < int64(len(rows)); {
		end := min(at+rowsPerMessage, int64(len(rows)))
		err := stream.Send(&customerv1.UploadRowsRequest{ImportId: run.ImportId, FirstRow: at, Rows: rows[at:end]})
		if errors.Is(err, io.EOF) {
			break // the answer says why
		}
		if err != nil {
			return fmt.Errorf("upload rows: %w", err)
		}
		l.advance(int(end-at), "book")
		at = end
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		return fmt.Errorf("upload rows: %w", err)
	}
	return nil
}

// margins brings the agreed margins along as locks.
func (l *loader) margins(ctx context.Context) error {
	ctx = as(ctx, l.First)
	service := commissionv1.NewMarginServiceClient(l.Commission)
	var locks []*commissionv1.RelationshipImport
	for _, s := range l.book.Subscriptions {
		if s.Rate == 0 {
			l.advance(1, "margins")
			continue
		}
		locks = append(locks, &commissionv1.RelationshipImport{ExternalId: s.ExternalId, PartnerId: s.PartnerId, LockedBps: int32(s.Rate), LockDate: s.FirstStartDate})
	}
	for at := 0; at < len(locks); at += locksPerCall {
		end := min(at+locksPerCall, len(locks))
		answer, err := service.BatchImportRelationships(ctx, &commissionv1.BatchImportRelationshipsRequest{Relationships: locks[at:end], RequestId: l.key("locks-%d", at)})
		if err != nil {
			return fmt.Errorf("import margins: %w", err)
		}
		for i, result := range answer.Results {
			if refusal := result.GetError(); refusal != nil {
				return fmt.Errorf("import the margin of %s: %s: %s", locks[at+i].ExternalId, refusal.Reason, refusal.Message)
			}
		}
		l.advance(end-at, "margins")
	}
	return nil
}
