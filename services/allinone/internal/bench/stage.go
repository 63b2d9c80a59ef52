package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// partner is whose renewals are submitted.
const partner = "softcat"

// twinSuffix ends the names of the databases that pgbench works in.
const twinSuffix = "_twin"

// databases are those that a submission concerns.
var databases = []string{"customer", "partner", "commission"}

// Stage is a running Holdfast on a durable cluster, with as many open renewals
// of one partner as were asked for, and an untouched twin of each database.
type Stage struct {
	system   *e2e.System
	cluster  *pgcluster.Cluster
	data     string
	due      string // of all renewals, as their ids end
	renewals int
	used     int // renewals that were submitted already
	limits   []Script
}

// Set prepares a stage and takes it down when b ends.
func Set(b *testing.B, renewals int) *Stage {
	b.Helper()
	data, err := os.MkdirTemp("", "holdfast-bench")
	must(b, err)
	b.Cleanup(func() { must(b, os.RemoveAll(data)) })
	must(b, os.Chmod(data, 0o711)) //nolint:gosec // the database's own user passes through
	s := &Stage{data: data, renewals: renewals}

	mark := ident.New("")
	s.start(b)
	contract := s.sign(b)
	s.due = strings.ReplaceAll(contract.Due.String(), "-", "")
	must(b, s.system.Stop())

	// Databases are copied while nobody is connected to them.
	cluster, err := pgcluster.Start(b.Context(), pgcluster.Config{Dir: s.file("postgres"), Durable: true})
	must(b, err)
	must(b, multiply(b.Context(), cluster, contract, original{mark: mark, copies: renewals}))
	must(b, makeTwins(b.Context(), cluster))
	must(b, cluster.Stop())

	s.start(b)
	b.Cleanup(func() { must(b, s.system.Stop()) })
	return s
}

func (s *Stage) file(name string) string { return filepath.Join(s.data, name) }

// start starts the services, and finds the socket of their cluster.
func (s *Stage) start(b *testing.B) {
	b.Helper()
	var err error
	s.system, err = e2e.Start(context.Background(), s.data)
	must(b, err)
	notice, err := os.ReadFile(s.file("postgres/postmaster.pid"))
	must(b, err)
	lines := strings.Split(string(notice), "\n") // pid, folder, start, port, socket folder, …
	if len(lines) < 5 {
		b.Fatalf("postmaster.pid: %q", notice)
	}
	s.cluster = pgcluster.Attach(lines[4])
}

// sign makes the contract that all others are copies of, and waits for its
// renewal.
func (s *Stage) sign(b *testing.B) e2e.Contract {
	b.Helper()
	contract := s.system.Sign(b, e2e.Contract{Partner: partner, DueIn: 30, LockedBps: 2000})
	s.await(b, "commission", "SELECT count(*) = 1 FROM renewals WHERE renewal_id = '"+contract.RenewalID+"'")
	return contract
}

// makeTwins copies the databases and their rows, and makes sure that neither
// original nor copy has anything to vacuum.
func makeTwins(ctx context.Context, cluster *pgcluster.Cluster) error {
	for _, database := range databases {
		if err := execute(ctx, cluster, database, "VACUUM ANALYZE"); err != nil {
			return err
		}
		twin := database + twinSuffix
		if err := execute(ctx, cluster, "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", twin, database)); err != nil {
			return err
		}
		if err := execute(ctx, cluster, twin, "VACUUM ANALYZE"); err != nil {
			return err
		}
	}
	return nil
}

// execute runs statements as the superuser, one by one.
func execute(ctx context.Context, cluster *pgcluster.Cluster, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, cluster.URL("postgres", database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %s: %w", database, statement, err)
		}
	}
	return nil
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
