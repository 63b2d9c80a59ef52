package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateImport starts an import.
func (a *App) CreateImport(ctx context.Context, name string) (imports.Import, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (imports.Import, error) {
		i := imports.Import{ID: imports.ID(ident.New("imp_")), Name: name, CreateTime: a.now()}
		return i, tx.InsertImport(ctx, i)
	})
}

// GetImport returns an import with its counts.
func (a *App) GetImport(ctx context.Context, id imports.ID) (imports.Import, error) {
	return read(ctx, a, func(tx *postgres.Store) (imports.Import, error) {
		return tx.Import(ctx, id)
	})
}

// RefusalQuery asks for the refused rows of an import after a row, -1 for the
// first.
type RefusalQuery struct {
	Import imports.ID
	After  int64
	Limit  int
}

// ListImportErrors returns the rows that were refused.
func (a *App) ListImportErrors(ctx context.Context, q RefusalQuery) ([]imports.Refusal, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]imports.Refusal, error) {
		if _, err := tx.Import(ctx, q.Import); err != nil {
			return nil, err
		}
		return tx.Refusals(ctx, q.Import, q.After, q.Limit)
	})
}

// FinishImport closes an import.
func (a *App) FinishImport(ctx context.Context, id imports.ID) (imports.Import, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (imports.Import, error) {
		i, err := tx.ImportForUpdate(ctx, id)
		if err != nil {
			return i, err
		}
		i = i.Finish()
		return i, tx.UpdateImport(ctx, i)
	})
}
