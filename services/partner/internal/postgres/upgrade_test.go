package postgres_test

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/zap/zaptest"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres/migrations"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// upgraded returns a database that held these rows before the migrations from a
// file on were applied.
func upgraded(t *testing.T, from string, rows ...string) *postgres.DB {
	t.Helper()
	urls := pgtest.Empty(t, "partner")
	migrate := func(files fs.FS) {
		t.Helper()
		if err := pg.Migrate(t.Context(), urls.OwnerURL, files, zaptest.NewLogger(t)); err != nil {
			t.Fatal(err)
		}
	}
	migrate(filesBefore(t, from))
	conn, err := pgx.Connect(t.Context(), urls.SystemURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range rows {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	migrate(migrations.Files)
	db, err := pg.Open(t.Context(), urls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return postgres.New(db)
}

func filesBefore(t *testing.T, from string) fs.FS {
	t.Helper()
	older := fstest.MapFS{}
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name < from {
			text, err := fs.ReadFile(migrations.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			older[name] = &fstest.MapFile{Data: text}
		}
	}
	return older
}

func TestUpgrade_GivesOlderVersionsTheDefaultsOfTheNewNumbers(t *testing.T) {
	db := upgraded(t, "00008", `
		INSERT INTO code_versions (code_version_id, display_name, effective_date, state,
			renewal_open_days, renewal_grace_days, renewal_lapsed_days, cap_bps, cap_months, inactive_days, reward_bps,
			proposer, approver, revision, create_time, approve_time)
		VALUES ('cod_1', 'first', '2024-01-01', 'APPROVED', 90, 30, 60, 500, 12, 30, 1000, 'ann', 'bob', 3, now(), now())`)
	ctx := system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.CodeVersion(ctx, "cod_1")
		if diff := cmp.Diff(code.Defaults(), got.Policy); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

func TestUpgrade_WidensTheClientsThatHadAllScopes(t *testing.T) {
	const all = `'{catalogue:read,customers:read,subscriptions:read,partner:read,margin:read,quotes:write,renewals:read,renewals:write,clients:manage}'`
	insert := `INSERT INTO api_clients (client_id, partner_id, service, scopes, revision, create_time, revoke_time) VALUES `
	db := upgraded(t, "00009",
		`INSERT INTO partners (partner_id, display_name, type, country, state, revision, create_time, update_time)
			VALUES ('softcat', 'Softcat', 'RESELLER', 'GB', 'ACTIVE', 1, now(), now())`,
		insert+`('cli_all', 'softcat', NULL, `+all+`, 1, now(), NULL)`,
		insert+`('cli_narrow', 'softcat', NULL, '{catalogue:read,renewals:read}', 1, now(), NULL)`,
		insert+`('cli_revoked', 'softcat', NULL, `+all+`, 2, now(), now())`,
		insert+`('cli_some', 'softcat', NULL, `+all+`::text[] || '{deals:read}', 1, now(), NULL)`,
		insert+`('billing', NULL, 'billing', '{}', 1, now(), NULL)`)
	ctx := system(t)
	fresh := client(t, clients.Client{ID: "cli_fresh", PartnerID: "softcat"})
	for id, want := range map[clients.ID]struct {
		scopes   int
		revision int64
	}{"cli_all": {len(fresh.Scopes), 4}, "cli_narrow": {2, 1}, "cli_revoked": {9, 2}, "cli_some": {10, 1}, "billing": {0, 1}} {
		tx(ctx, t, db, func(s *postgres.Store) error {
			got, err := s.Client(ctx, id)
			if len(got.Scopes) != want.scopes || int64(got.Revision) != want.revision {
				t.Errorf("%s: %d scopes at revision %d", id, len(got.Scopes), got.Revision)
			}
			if id == "cli_all" {
				if diff := cmp.Diff(fresh.Scopes, got.Scopes); diff != "" {
					t.Error(diff)
				}
			}
			return err
		})
	}
	checkWidened(ctx, t, db)
}

// checkWidened looks for the events that tell of it: one each time that scopes
// were added.
func checkWidened(ctx context.Context, t *testing.T, db *postgres.DB) {
	t.Helper()
	tx(ctx, t, db, func(s *postgres.Store) error {
		rows, _ := s.Tx().Query(ctx, `SELECT kind || ' ' || resource_id || ' ' || revision FROM events WHERE kind LIKE 'api_client.%' ORDER BY id`)
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if diff := cmp.Diff([]string{"api_client.widened cli_all 2", "api_client.widened cli_all 3", "api_client.widened cli_all 4"}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
