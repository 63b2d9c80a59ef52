package postgres_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

const (
	// benchRounds alternate between what is measured and its limit, each for so
	// long.
	benchRounds = 5
	benchTime   = 2 * time.Second
	// benchBatch is how many entries a batch has.
	benchBatch = 1000
)

// ledgerBench is a ledger on a durable cluster of its own.
type ledgerBench struct {
	*testing.B
	cluster *pgcluster.Cluster
	store   *postgres.Store
	folder  string
	ran     int // scripts of pgbench
}

func newLedgerBench(b *testing.B) *ledgerBench {
	b.Helper()
	folder, err := os.MkdirTemp("", "holdfast-ledger")
	noError(b, err)
	b.Cleanup(func() { noError(b, os.RemoveAll(folder)) })
	noError(b, os.Chmod(folder, 0o711)) //nolint:gosec // the database's own user passes through
	cluster, err := pgcluster.Start(b.Context(), pgcluster.Config{Dir: filepath.Join(folder, "postgres"), Durable: true})
	noError(b, err)
	b.Cleanup(func() { noError(b, cluster.Stop()) })
	noError(b, cluster.EnsureService(b.Context(), "commission"))
	noError(b, pg.Migrate(b.Context(), cluster.URL("commission_owner", "commission"), postgres.Migrations(), zap.NewNop()))
	db, err := pg.Open(b.Context(), pg.Config{
		AppURL: cluster.URL("commission_app", "commission"), SystemURL: cluster.URL("commission_system", "commission"), MaxConns: 8,
	})
	noError(b, err)
	b.Cleanup(db.Close)
	return &ledgerBench{B: b, cluster: cluster, store: postgres.New(db), folder: folder}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write lets so many writers add entries for a while, a transaction for every few,
// and returns the entries a second.
func (b *ledgerBench) write(writers, few int, partner func(n int) string) float64 {
	b.Helper()
	ctx := pg.WithScope(b.Context(), pg.System())
	began := time.Now()
	var written atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := w; time.Since(began) < benchTime; n += writers {
				entries := make([]ledger.Entry, few)
				for i := range entries {
					entries[i] = adjustment(partner(n), 5_000)
				}
				if err := b.store.InTx(ctx, func(tx *postgres.Store) error { return tx.AddEntriesLast(ctx, entries...) }); err != nil {
					b.Error(err)
				}
				written.Add(int64(few))
			}
		})
	}
	all.Wait()
	return float64(written.Load()) / time.Since(began).Seconds()
}

func one(int) string { return "softcat" }

// BenchmarkAddEntry adds entries one by one, and has pgbench execute the same
// statement as often.
func BenchmarkAddEntry(b *testing.B) {
	s := newLedgerBench(b)
	s.write(1, 1, one) // prepares
	for b.Loop() {
		s.compare("entries/s", func() float64 { return s.write(1, 1, one) }, "pgbench/s", s.pgbench)
	}
}

// BenchmarkAddEntries adds entries by the thousand, and one by one.
func BenchmarkAddEntries(b *testing.B) {
	s := newLedgerBench(b)
	for b.Loop() {
		s.compare("entries/s", func() float64 { return s.write(1, benchBatch, one) },
			"single-entries/s", func() float64 { return s.write(1, 1, one) })
	}
}

// BenchmarkHotPartner has eight writers add entries of one partner, and of a
// thousand.
func BenchmarkHotPartner(b *testing.B) {
	s := newLedgerBench(b)
	const writers = 8
	spread := func(n int) string { return fmt.Sprintf("partner-%d", n%1000) }
	s.write(writers, 1, spread)
	for b.Loop() {
		s.compare("entries/s", func() float64 { return s.write(writers, 1, one) },
			"spread-entries/s", func() float64 { return s.write(writers, 1, spread) })
	}
}

// compare measures both in turns and reports their medians, and that of the
// ratios.
func (b *ledgerBench) compare(name string, measured func() float64, limitName string, limit func() float64) {
	b.Helper()
	var values, limits, ratios []float64
	for range benchRounds {
		value, most := measured(), limit()
		values, limits, ratios = append(values, value), append(limits, most), append(ratios, value/most)
		b.Logf("%.0f %s, %.0f %s", value, name, most, limitName)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(values), name)
	b.ReportMetric(median(limits), limitName)
	b.ReportMetric(median(ratios), "ratio")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

var pgbenchRate = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)

// pgbench executes the statement of AddEntries for a while, prepared, for an entry
// in each transaction, and returns how many a second.
func (b *ledgerBench) pgbench() float64 {
	b.Helper()
	bin, err := pgcluster.Find()
	noError(b, err)
	b.ran++
	args := []string{
		"--no-vacuum", "--protocol=prepared", "--client=1", fmt.Sprintf("--time=%.0f", benchTime.Seconds()), "--host=" + b.cluster.SocketDir(),
		"--username=commission_system", "--define=i=0",
	}
	entry := adjustment("softcat", 5_000)
	script := postgres.InsertEntries
	values := postgres.EntryArgs(entry)
	for n := len(values); n > 0; n-- { // from $23 down, so that $2 is not taken for it
		place, name, value := fmt.Sprintf("$%d", n), fmt.Sprintf("v%d", n), literal(values[n-1])
		if strings.Contains(value, entry.ID) { // an id of its own for each
			id := fmt.Sprintf("'ent_%d_' || lpad(:i::text, 20, '0')", b.ran)
			ids := strings.TrimSuffix(strings.Repeat(id+", ", strings.Count(value, entry.ID)), ", ")
			script = strings.ReplaceAll(script, place+"::", "ARRAY["+ids+"]::")
			continue
		}
		script = strings.ReplaceAll(script, place+"::", ":"+name+"::")
		args = append(args, "--define="+name+"="+value)
	}
	file := filepath.Join(b.folder, "script.sql")
	script = "\\set i :i + 1\nBEGIN ISOLATION LEVEL READ COMMITTED;\n" + strings.TrimSpace(script) + ";\nCOMMIT;\n"
	noError(b, os.WriteFile(file, []byte(script), 0o600))
	out, err := exec.CommandContext(b.Context(), filepath.Join(bin, "pgbench"), append(args, "--file="+file, "commission")...).CombinedOutput()
	found := pgbenchRate.FindSubmatch(out)
	if err != nil || found == nil {
		b.Fatalf("pgbench: %v: %s\n%s", err, out, script)
	}
	rate, err := strconv.ParseFloat(string(found[1]), 64)
	noError(b, err)
	return rate
}

// literal writes an array as PostgreSQL reads it from text.
func literal(array any) string {
	var parts []string
	switch list := array.(type) {
	case []string:
		for _, v := range list {
			parts = append(parts, `"`+v+`"`)
		}
	case []*string:
		for range list {
			parts = append(parts, "NULL")
		}
	case []calendar.Date:
		for _, v := range list {
			parts = append(parts, v.String())
		}
	case []time.Time:
		for _, v := range list {
			parts = append(parts, `"`+v.Format(time.RFC3339Nano)+`"`)
		}
	case [][]byte:
		for _, v := range list {
			parts = append(parts, fmt.Sprintf(`"\\x%x"`, v))
		}
	case []int16:
		for _, v := range list {
			parts = append(parts, strconv.Itoa(int(v)))
		}
	case []*int64:
		for _, v := range list {
			parts = append(parts, strconv.FormatInt(*v, 10))
		}
	case []int64:
		for _, v := range list {
			parts = append(parts, strconv.FormatInt(v, 10))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
