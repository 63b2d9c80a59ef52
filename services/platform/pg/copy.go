package pg

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Copy adds rows to table by COPY and returns their number. PostgreSQL refuses
// to COPY into a table with row-level security, so the rows go through a
// temporary one that ends with the transaction; only the system role may make
// it. Constraints and policies of table apply as for INSERT; so do its defaults
// to columns that are not named.
func Copy(ctx context.Context, tx pgx.Tx, table string, columns []string, rows pgx.CopyFromSource) (int64, error) {
	target, list := pgx.Identifier{table}.Sanitize(), identifiers(columns)
	staging := table + "_staging"
	stage := pgx.Identifier{"pg_temp", staging}.Sanitize()
	_, err := tx.Exec(ctx, fmt.Sprintf(
		"CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA",
		pgx.Identifier{staging}.Sanitize(), list, target))
	if err != nil {
		return 0, fmt.Errorf("stage rows of %s: %w", table, err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", staging}, columns, rows); err != nil {
		return 0, fmt.Errorf("copy rows of %s: %w", table, err)
	}
	moved, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", target, list, list, stage))
	if err != nil {
		return 0, fmt.Errorf("insert rows of %s: %w", table, err)
	}
	if _, err := tx.Exec(ctx, "DROP TABLE "+stage); err != nil {
		return 0, fmt.Errorf("unstage rows of %s: %w", table, err)
	}
	return moved.RowsAffected(), nil
}

func identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
