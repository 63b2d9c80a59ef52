package commission_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestVerify_PrintsWhatIsWrongAndFails(t *testing.T) {
	cfg := pgtest.Config(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()})
	t.Setenv("COMMISSION_DATABASE_SYSTEM_URL", cfg.SystemURL)
	verify := func(args ...string) (string, error) {
		var out strings.Builder
		err := commission.Verify.Run(t.Context(), args, &out)
		return out.String(), err
	}
	if out, err := verify(); err != nil || out != "0 entries, 0 seals, 0 differences; last seal 0 -\n" {
		t.Errorf("an empty ledger: %q, %v", out, err)
	}
	digest := strings.Repeat("ab", 32)
	out, err := verify("--seal", "7", "--digest", digest)
	if !errors.Is(err, commission.ErrUnsound) || !strings.HasPrefix(out, "SEAL_MISSING - 7 - ") || !strings.Contains(out, digest) {
		t.Errorf("a seal that was kept: %q, %v", out, err)
	}

	entry := ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: "softcat", Currency: "GBP", Effective: calendar.On(2026, time.March, 1),
		Posted: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Postings: ledger.Transfer(ledger.Expense, ledger.Payable, 100),
	}
	add(t, cfg, entry)
	out, err = verify()
	if !errors.Is(err, commission.ErrUnsound) || !strings.HasPrefix(out, "ENTRY_ADDED "+entry.ID+" - - ") ||
		!strings.HasSuffix(out, "\n1 entries, 0 seals, 1 differences; last seal 0 -\n") {
		t.Errorf("an entry that nobody decided: %q, %v", out, err)
	}
	for _, args := range [][]string{{"--seal", "7"}, {"--digest", digest}, {"--seal", "7", "--digest", "abc"}, {"--deep"}, {"more"}} {
		if _, err := verify(args...); !errors.Is(err, env.ErrUsage) {
			t.Errorf("%q: %v, want ErrUsage", args, err)
		}
	}
	if err := os.Unsetenv("COMMISSION_DATABASE_SYSTEM_URL"); err != nil { // until the test ends
		t.Fatal(err)
	}
	if _, err := verify(); !errors.Is(err, env.ErrUsage) {
		t.Errorf("without a database: %v, want ErrUsage", err)
	}
}

func add(t *testing.T, cfg pg.Config, entry ledger.Entry) {
	t.Helper()
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := pg.WithScope(context.Background(), pg.System())
	if err := postgres.New(db).InTx(ctx, func(tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }); err != nil {
		t.Fatal(err)
	}
}
