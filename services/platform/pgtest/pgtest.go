// Package pgtest gives a test a real database of its own.
//
// All test processes of a user share one PostgreSQL server, started by the
// first that needs it and gone when the last has ended, however it ended (see
// keeper.go). A service's migrations run once per server, into a template;
// each test gets a clone of it in a tenth of a second.
package pgtest

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// Schema names a service and its migrations, as for pg.Migrate.
type Schema struct {
	Name       string
	Migrations fs.FS
}

// patience bounds every wait for the server.
const patience = time.Minute

// New returns a fresh, migrated database, which is dropped when t ends.
func New(t testing.TB, svc Schema) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), Config(t, svc))
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// Config returns the URLs of a fresh, migrated database, which is dropped when
// t ends, for those who open it themselves.
func Config(t testing.TB, svc Schema) pg.Config {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cluster, err := join(ctx)
	if err != nil {
		t.Fatalf("test server: %v", err)
	}
	template, err := templateOf(ctx, cluster, svc)
	if err != nil {
		t.Fatalf("migrate %s: %v", svc.Name, err)
	}
	name, err := clone(ctx, cluster, template, svc.Name)
	if err != nil {
		t.Fatalf("clone %s: %v", template, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := drop(ctx, cluster, name); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return configFor(cluster, svc.Name, name)
}

// Empty returns the URLs of a fresh database without any table, for tests of
// migrations themselves.
func Empty(t testing.TB, service string) pg.Config {
	t.Helper()
	return Config(t, Schema{Name: service})
}

// Server returns the server that the tests share, started if need be, for
// tests that need a superuser: C.URL("postgres", database).
func Server(t testing.TB) *pgcluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cluster, err := join(ctx)
	if err != nil {
		t.Fatalf("test server: %v", err)
	}
	return cluster
}

// DatabaseOf returns the name of the database that a URL of Config leads to.
func DatabaseOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

func configFor(cluster *pgcluster.Cluster, service, database string) pg.Config {
	return pg.Config{
		OwnerURL:  cluster.URL(service+"_owner", database),
		AppURL:    cluster.URL(service+"_app", database),
		SystemURL: cluster.URL(service+"_system", database),
		MaxConns:  8,
	}
}

var clones atomic.Int64

// clone makes a database from template under a name no other process uses.
func clone(ctx context.Context, cluster *pgcluster.Cluster, template, service string) (string, error) {
	name := fmt.Sprintf("%s_%d_%d", service, os.Getpid(), clones.Add(1))
	return name, administer(ctx, cluster, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY file_copy`,
		quote(name), quote(template), quote(service+"_owner")))
}

func drop(ctx context.Context, cluster *pgcluster.Cluster, name string) error {
	return administer(ctx, cluster, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", quote(name)))
}

// administer executes statements as the superuser, outside of any transaction.
func administer(ctx context.Context, cluster *pgcluster.Cluster, statements ...string) error {
	conn, err := pgx.Connect(ctx, cluster.URL("postgres", "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
