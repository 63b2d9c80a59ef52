package pgtest_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func schema(statements string) pgtest.Schema {
	return pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{
		"00001_sample.sql": {Data: []byte("-- +goose Up\n" + statements)},
	}}
}

func TestNew_GivesEachTestItsOwnDatabase(t *testing.T) {
	svc := schema("CREATE TABLE notes (note text NOT NULL);")
	ctx := pg.WithScope(t.Context(), pg.System())
	first, second := pgtest.New(t, svc), pgtest.New(t, svc)

	err := first.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO notes (note) VALUES ('mine')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for db, want := range map[*pg.DB]int{first: 1, second: 0} {
		err := db.InReadTx(ctx, func(tx pgx.Tx) error {
			var notes int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM notes").Scan(&notes); err != nil {
				return err
			}
			if notes != want {
				t.Errorf("%d notes, want %d", notes, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestConfig_DatabaseIsGoneWhenTheTestEnds(t *testing.T) {
	var name string
	t.Run("a test", func(t *testing.T) {
		name = pgtest.DatabaseOf(pgtest.Config(t, schema("SELECT 1;")).OwnerURL)
	})
	conn, err := pgx.Connect(t.Context(), pgtest.Server(t).URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var exists bool
	err = conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists || name == "" {
		t.Errorf("database %q exists = %v, error %v; want it gone", name, exists, err)
	}
}

// recorder is a test that may fail.
type recorder struct {
	*testing.T
	failures []string
}

func (r *recorder) Error(args ...any) { r.failures = append(r.failures, args[0].(string)) }

func TestCheckTenancy_NamesWhatDoesNotKeepPartnersApart(t *testing.T) {
	tests := map[string]struct {
		sql  string
		want []string
	}{
		"a walled table": {
			sql: "CREATE TABLE deals (partner_id text); CALL holdfast_wall('deals');",
		},
		"a table without partners": {
			sql: "CREATE TABLE products (sku text);",
		},
		"a view with the caller's eyes": {
			sql: `CREATE TABLE deals (partner_id text); CALL holdfast_wall('deals');
			      CREATE VIEW open_deals WITH (security_invoker = true) AS SELECT partner_id FROM deals;`,
		},
		"a table without any wall": {
			sql: "CREATE TABLE deals (partner_id text);",
			want: []string{
				"table deals does not FORCE its row-level security",
				"table deals has a partner_id but no row-level security",
				"table deals has no policy for sample_app",
				"table deals has no policy for sample_system",
			},
		},
		"a wall that its owner passes": {
			sql:  "CREATE TABLE deals (partner_id text); CALL holdfast_wall('deals'); ALTER TABLE deals NO FORCE ROW LEVEL SECURITY;",
			want: []string{"table deals does not FORCE its row-level security"},
		},
		"views with their owner's eyes": {
			sql: `CREATE TABLE deals (partner_id text); CALL holdfast_wall('deals');
			      CREATE VIEW open_deals AS SELECT partner_id FROM deals;
			      CREATE MATERIALIZED VIEW all_deals AS SELECT partner_id FROM deals;`,
			want: []string{
				"materialized view all_deals shows every partner's rows",
				"view open_deals shows partner_id without security_invoker",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{T: t}
			pgtest.CheckTenancy(r, pgtest.New(t, schema(test.sql)))
			if diff := cmp.Diff(test.want, r.failures); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckTenancy_HoldsForTheCommonSchema(t *testing.T) {
	pgtest.CheckTenancy(t, pgtest.New(t, schema("SELECT 1;")))
}

func TestConfig_NamesItsRolesAfterTheService(t *testing.T) {
	cfg := pgtest.Config(t, schema("SELECT 1;"))
	for url, role := range map[string]string{cfg.OwnerURL: "sample_owner", cfg.AppURL: "sample_app", cfg.SystemURL: "sample_system"} {
		if !strings.HasPrefix(url, "postgres://"+role+"@/sample_") {
			t.Errorf("URL %s is not that of %s", url, role)
		}
	}
}

func BenchmarkConfig(b *testing.B) {
	svc := schema("CREATE TABLE notes (note text NOT NULL);")
	pgtest.Config(b, svc)
	for b.Loop() {
		pgtest.Config(b, svc)
	}
}
