package bench

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// traces are what a submission leaves behind, by database: how many rows there
// are of the renewals between two numbers.
var traces = map[string]string{
	"customer":   "SELECT count(*) FROM terms WHERE subscription_id BETWEEN $1 AND $2",
	"commission": "SELECT count(*) FROM booked_terms WHERE subscription_id BETWEEN $1 AND $2",
}

// check makes sure that pgbench did what the services did.
func (s *Stage) check(b *testing.B, first, renewals int) {
	b.Helper()
	for database, question := range traces {
		var counts [2]int
		for i, name := range []string{database, database + twinSuffix} {
			s.read(b, name, question, &counts[i], fmt.Sprint("sub_", seededFiller, first), fmt.Sprint("sub_", seededFiller, first+renewals-1))
		}
		if counts[0] != counts[1] || counts[0] < renewals {
			b.Fatalf("%s: the services left %d rows and pgbench %d for %d renewals", database, counts[0], counts[1], renewals)
		}
	}
}

// read reads one value as the superuser.
func (s *Stage) read(b *testing.B, database, question string, into any, args ...any) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), s.cluster.URL("postgres", database))
	must(b, err)
	defer func() { _ = conn.Close(context.WithoutCancel(b.Context())) }()
	must(b, conn.QueryRow(b.Context(), question, args...).Scan(into))
}
