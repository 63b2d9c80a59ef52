package app

import (
	"context"
	"errors"
	"io"

	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// batchRows is how many rows at least are stored in one transaction, unless
// the upload ends before.
const batchRows = 2500

// Chunk are some rows of an upload, numbered from First.
type Chunk struct {
	First int64
	Rows  []imports.Row
}

// UploadRows stores the rows that receive returns until io.EOF. While one batch
// is stored, the next is received and checked. Another error of receive ends
// the upload; the batches that were stored by then stay.
func (a *App) UploadRows(ctx context.Context, id imports.ID, receive func() (Chunk, error)) (imports.Import, error) {
	current, err := a.GetImport(ctx, id)
	if err != nil {
		return current, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches, stored := make(chan *imports.Batch, 1), make(chan error, 1)
	go func() {
		err := a.storeAll(ctx, id, batches)
		cancel(err) // whoever receives stops
		stored <- err
	}()
	err = a.receiveAll(ctx, current, receive, batches)
	close(batches)
	if failure := <-stored; failure != nil {
		err = failure
	}
	if err != nil {
		return current, err
	}
	return a.GetImport(context.WithoutCancel(ctx), id)
}

// receiveAll sends what is received on as batches of at least batchRows rows.
func (a *App) receiveAll(ctx context.Context, to imports.Import, receive func() (Chunk, error), batches chan<- *imports.Batch) error {
	var rows []imports.Row
	first := to.NextRow
	send := func() error {
		if len(rows) == 0 {
			return nil
		}
		select {
		case batches <- imports.NewBatch(first, rows, a.now(), ident.New):
			first, rows = first+int64(len(rows)), nil
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for {
		chunk, err := receive()
		if errors.Is(err, io.EOF) {
			return send()
		}
		if err != nil {
			return err
		}
		if len(chunk.Rows) == 0 {
			continue
		}
		if want := first + int64(len(rows)); chunk.First != want {
			return errors.Join(send(), to.Advance(int(want-to.NextRow), 0).Admit(chunk.First))
		}
		if rows = append(rows, chunk.Rows...); len(rows) >= batchRows {
			if err := send(); err != nil {
				return err
			}
		}
	}
}

// storeAll stores batches, each in its own transaction.
func (a *App) storeAll(ctx context.Context, id imports.ID, batches <-chan *imports.Batch) error {
	for b := range batches {
		err := a.store.InTx(ctx, func(tx *postgres.Store) error {
			return filing{app: a, tx: tx, batch: b}.store(ctx, id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
