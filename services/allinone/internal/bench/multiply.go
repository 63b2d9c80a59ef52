package bench

import (
	"context"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// Ids are made of numbers, so that pgbench can reckon them: those of the rows
// that are there end in 19 zeros and seven digits, those of the rows that a
// script adds begin with a one.
const (
	firstCopy     = 1_000_000
	seededFiller  = "0000000000000000000"
	createdFiller = "1000000000000000000"
)

// seeded are the tables that hold a contract, by the column that says whose the
// row is, each after those that it refers to.
var seeded = map[string][]struct{ table, column string }{
	"customer": {
		{"customers", "customer_id"}, {"customer_domains", "customer_id"},
		{"subscriptions", "subscription_id"}, {"terms", "subscription_id"}, {"partners_of_record", "subscription_id"},
	},
	"commission": {
		{"book_customers", "customer_id"}, {"book", "subscription_id"},
		{"renewals", "subscription_id"}, {"relationships", "subscription_id"}, {"forecast_contracts", "subscription_id"},
	},
}

// original is the contract to copy. Its own ids are those made after mark.
type original struct {
	mark   string
	copies int
}

// multiply copies every row of a contract, under the numbers from firstCopy on.
func multiply(ctx context.Context, cluster *pgcluster.Cluster, c e2e.Contract, o original) error {
	owners := map[string]string{"customer_id": c.CustomerID, "subscription_id": c.SubscriptionID}
	for database, tables := range seeded {
		conn, err := pgx.Connect(ctx, cluster.URL("postgres", database))
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err = o.copyRows(ctx, conn, t.table, t.column, owners[t.column]); err != nil {
				err = fmt.Errorf("copy %s: %w", t.table, err)
				break
			}
		}
		_ = conn.Close(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
	}
	return nil
}

func (o original) copyRows(ctx context.Context, conn *pgx.Conn, table, column, owner string) error {
	var columns string
	err := conn.QueryRow(ctx, `
		SELECT string_agg(column_name, ', ' ORDER BY ordinal_position)
		FROM information_schema.columns
		WHERE table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO'`, table).Scan(&columns)
	if err != nil {
		return err
	}
	rows, _ := conn.Query(ctx, fmt.Sprintf("SELECT to_jsonb(t)::text FROM %s t WHERE %s = $1", table, column), owner) // CollectRows returns the error
	originals, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if len(originals) == 0 {
		return fmt.Errorf("no row of %s", owner)
	}
	for _, row := range originals {
		_, err := conn.Exec(ctx, fmt.Sprintf(`
			INSERT INTO %[1]s (%[2]s)
			SELECT %[2]s
			FROM generate_series($2::int, $3::int) n, jsonb_populate_record(NULL::%[1]s, replace($1, '{n}', n::text)::jsonb)`, table, columns),
			o.template(row), firstCopy, firstCopy+o.copies-1)
		if err != nil {
			return err
		}
	}
	return nil
}

// word finds what may be the distinguishing part of an id.
var word = regexp.MustCompile(`[0-9a-z]+`)

const wordLength = 26

// template puts {n} where row has ids of its own.
func (o original) template(row string) string {
	return word.ReplaceAllStringFunc(row, func(w string) string {
		if len(w) != wordLength || w < o.mark {
			return w
		}
		return seededFiller + "{n}"
	})
}
