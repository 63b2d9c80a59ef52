package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
)

// Format is what kind of file a statement is exported as.
type Format string

// The formats.
const (
	CSV  Format = "CSV"
	HTML Format = "HTML"
)

// Export asks for a statement as a file, SelfBilled only if it is a self-billed
// invoice.
type Export struct {
	StatementID string
	Format      Format
	SelfBilled  bool
}

// ExportStatement writes a statement with all its lines as a file.
func (a *App) ExportStatement(ctx context.Context, e Export) (document.File, error) {
	var s statement.Statement
	var lines []statement.Line
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if s, err = tx.Statement(ctx, e.StatementID); err != nil {
			return err
		}
		lines, err = tx.Lines(ctx, postgres.LineFilter{StatementID: s.ID}, LineKey{}, 0)
		return err
	})
	if err == nil && e.SelfBilled {
		err = s.CheckSelfBilled()
	}
	if err != nil {
		return document.File{}, err
	}
	if e.Format == CSV {
		return document.CSV(s, lines)
	}
	return document.HTML(s, lines, a.vendor, a.now())
}
