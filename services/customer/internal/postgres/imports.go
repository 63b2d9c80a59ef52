package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
)

// InsertImport stores a new import.
func (s *Store) InsertImport(ctx context.Context, i imports.Import) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO imports (import_id, display_name, next_row, imported_rows, refused_rows, finished, create_time)
		VALUES (@import_id, @display_name, @next_row, @imported_rows, @refused_rows, @finished, @create_time)`, pgx.StrictNamedArgs{
		"import_id": i.ID, "display_name": i.Name, "next_row": i.NextRow, "imported_rows": i.Stored, "refused_rows": i.Refused,
		"finished": i.Finished, "create_time": i.CreateTime,
	})
	return explain(err, "insert import")
}

const selectImport = `
	SELECT import_id, display_name, next_row, imported_rows, refused_rows, finished, create_time
	FROM imports
	WHERE import_id = $1`

// Import returns an import, or imports.ErrNotFound.
func (s *Store) Import(ctx context.Context, id imports.ID) (imports.Import, error) {
	return s.oneImport(ctx, selectImport, id)
}

// ImportForUpdate is Import, and keeps other uploads waiting until the
// transaction ends.
func (s *Store) ImportForUpdate(ctx context.Context, id imports.ID) (imports.Import, error) {
	return s.oneImport(ctx, selectImport+" FOR UPDATE", id)
}

func (s *Store) oneImport(ctx context.Context, sql string, id imports.ID) (i imports.Import, err error) {
	err = s.tx.QueryRow(ctx, sql, id).Scan(&i.ID, &i.Name, &i.NextRow, &i.Stored, &i.Refused, &i.Finished, &i.CreateTime)
	i.CreateTime = i.CreateTime.UTC()
	return i, missing(err, imports.ErrNotFound, "read import")
}

// UpdateImport stores how far an import has come.
func (s *Store) UpdateImport(ctx context.Context, i imports.Import) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE imports
		SET next_row = @next_row, imported_rows = @imported_rows, refused_rows = @refused_rows, finished = @finished
		WHERE import_id = @import_id`, pgx.StrictNamedArgs{
		"import_id": i.ID, "next_row": i.NextRow, "imported_rows": i.Stored, "refused_rows": i.Refused, "finished": i.Finished,
	})
	return explain(err, "update import")
}

// InsertRefusals stores the rows that an import refused.
func (s *Store) InsertRefusals(ctx context.Context, id imports.ID, list []imports.Refusal) error {
	if len(list) == 0 {
		return nil
	}
	rows := make([][]any, len(list))
	for i, r := range list {
		rows[i] = []any{string(id), r.Row, string(r.Reason), r.Field, r.Message, r.ExternalID}
	}
	_, err := s.tx.CopyFrom(ctx, pgx.Identifier{"import_errors"},
		[]string{"import_id", "row_number", "reason", "field", "message", "external_id"}, pgx.CopyFromRows(rows))
	return explain(err, "insert refused rows")
}

// Refusals returns up to limit refused rows after a row, in order.
func (s *Store) Refusals(ctx context.Context, id imports.ID, after int64, limit int) ([]imports.Refusal, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT row_number, reason, field, message, external_id
		FROM import_errors
		WHERE import_id = $1 AND row_number > $2
		ORDER BY row_number
		LIMIT $3`, id, after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r imports.Refusal, err error) {
		return r, row.Scan(&r.Row, &r.Reason, &r.Field, &r.Message, &r.ExternalID)
	})
	return list, explain(err, "list refused rows")
}

// TakenByCustomers tells which of the external ids and domains there are.
func (s *Store) TakenByCustomers(ctx context.Context, ids []string, domains []customers.Domain) (takenIDs, takenDomains map[string]bool, err error) {
	takenIDs, err = s.taken(ctx, `
		SELECT external_id
		FROM customers
		WHERE external_id = ANY ($1)`, ids)
	if err != nil {
		return nil, nil, err
	}
	takenDomains, err = s.taken(ctx, `
		SELECT domain
		FROM customer_domains
		WHERE domain = ANY ($1)`, domains)
	return takenIDs, takenDomains, err
}

// TakenBySubscriptions tells which of the external ids there are.
func (s *Store) TakenBySubscriptions(ctx context.Context, ids []string) (map[string]bool, error) {
	return s.taken(ctx, `
		SELECT external_id
		FROM subscriptions
		WHERE external_id = ANY ($1)`, ids)
}

func (s *Store) taken(ctx context.Context, sql string, keys any) (map[string]bool, error) {
	rows, _ := s.tx.Query(ctx, sql, keys) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, explain(err, "look up what is there")
	}
	taken := make(map[string]bool, len(list))
	for _, key := range list {
		taken[key] = true
	}
	return taken, nil
}
