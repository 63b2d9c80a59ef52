package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func version(id code.ID, effective string) code.Version {
	v, err := code.Write(code.Version{ID: id, DisplayName: string(id), Effective: day(effective), Policy: code.Defaults()}, noon)
	if err != nil {
		panic(err)
	}
	return v
}

func approved(v code.Version) code.Version {
	v.State, v.Proposer, v.Approver, v.ApproveTime = code.Approved, "ann", "bob", noon
	v.Revision = 3
	return v
}

// insertApproved takes v through its states.
func insertApproved(ctx context.Context, s *postgres.Store, v code.Version) error {
	if err := s.InsertCodeVersion(ctx, v); err != nil {
		return err
	}
	return s.DecideCodeVersion(ctx, approved(v))
}

func TestCodeVersions_AreInForceUntilTheNext(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(
			insertApproved(ctx, s, version("cod_1", "2024-01-01")),
			insertApproved(ctx, s, version("cod_2", "2026-03-02")),
			s.InsertCodeVersion(ctx, version("cod_3", "2025-01-01"))) // a draft counts for nothing
	})
	for on, want := range map[string]code.ID{
		"2023-12-31": "", "2024-01-01": "cod_1", "2025-06-01": "cod_1", "2026-03-01": "cod_1", "2026-03-02": "cod_2", "2099-01-01": "cod_2",
	} {
		err := db.InReadTx(ctx, func(s *postgres.Store) error {
			got, err := s.CodeVersionInForce(ctx, day(on))
			if got.ID != want {
				t.Errorf("on %s: got %q, want %q", on, got.ID, want)
			}
			return err
		})
		if err != nil && !(want == "" && errors.Is(err, code.ErrNotFound)) {
			t.Errorf("on %s: %v", on, err)
		}
	}
}

func TestCodeVersions_AreStoredWholeAndListedNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	first, second := version("cod_1", "2024-01-01"), version("cod_2", "2026-03-02")
	second.Policy = code.Policy{
		RenewalOpenDays: 1, RenewalGraceDays: 2, RenewalLapsedDays: 3, CapBps: 4, CapMonths: 5, InactiveDays: 6, RewardBps: 7,
		ConsentDays: 8, TransferDays: 9, ConsentMails: 10, ConsentMailDays: 11, ContestWorkingDays: 12, AppealDays: 13,
		OrderWindowDays: 14, NewBusinessMonths: 15, RegistrationDays: 16, RegistrationExtensionDays: 17, MergerRevertDays: 18, PayoutCoolingDays: 19,
		PayoutHoldDays: 20, OverdueDays: 21, DisputeDays: 22, MinimumPayouts: []money.Amount{{Minor: 23, Currency: "JPY"}, {Minor: 24, Currency: "KWD"}},
		Holidays: []calendar.Date{day("2026-04-03"), day("2026-04-06")},
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(insertApproved(ctx, s, first), s.InsertCodeVersion(ctx, second))
	})
	tx(ctx, t, db, func(s *postgres.Store) error {
		all, err := s.CodeVersions(ctx, code.Query{Limit: 5})
		if diff := cmp.Diff([]code.Version{second, approved(first)}, all, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		rest, err := s.CodeVersions(ctx, code.Query{Effective: second.Effective, ID: second.ID, Limit: 5})
		if len(rest) != 1 || rest[0].ID != "cod_1" {
			t.Errorf("second page: %+v", rest)
		}
		return err
	})
}

func TestCodeVersions_TakeEffectOneADay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_1", "2026-03-02")) })
	err := db.InTx(ctx, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_2", "2026-03-02")) })
	if !errors.Is(err, code.ErrDayTaken) {
		t.Errorf("got %v", err)
	}
}

func TestCodeVersions_DoNotMoveOnceProposed(t *testing.T) {
	pool := pgtest.New(t, schema)
	db, ctx := postgres.New(pool), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_1", "2026-03-02")) })
	for _, sql := range []string{
		"UPDATE code_versions SET cap_bps = 1",
		"UPDATE code_versions SET effective_date = '2020-01-01'",
		"UPDATE code_versions SET state = 'DRAFT', proposer = '', approver = '', approve_time = NULL",
		"DELETE FROM code_versions",
	} {
		if _, err := pool.SystemPool().Exec(ctx, sql); pg.Constraint(err) != "code_versions_immutable" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// What waits for a second person is what that person decides about.
func TestCodeVersions_KeepEveryNumberBetweenTheTwoDecisions(t *testing.T) {
	pool := pgtest.New(t, schema)
	db, ctx := postgres.New(pool), system(t)
	proposed := version("cod_1", "2026-03-02")
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.InsertCodeVersion(ctx, proposed); err != nil {
			return err
		}
		proposed.State, proposed.Proposer = code.Proposed, "ann"
		return s.DecideCodeVersion(ctx, proposed)
	})
	rows, _ := pool.SystemPool().Query(ctx, `
		SELECT column_name
		FROM information_schema.columns
		WHERE table_name = 'code_versions' AND data_type = 'integer'`)
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(numbers) < 22 {
		t.Fatalf("%d numbers, %v", len(numbers), err)
	}
	changes := []string{"holidays = '{2026-12-25}'", "minimum_payouts = '[]'", "display_name = 'other'"}
	for _, number := range numbers {
		changes = append(changes, number+" = "+number+" + 1")
	}
	for _, change := range changes {
		if _, err := pool.SystemPool().Exec(ctx, "UPDATE code_versions SET "+change); pg.Constraint(err) != "code_versions_immutable" {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestCodeVersions_HaveMinimumPayoutsThatAreAmounts(t *testing.T) {
	pool := pgtest.New(t, schema)
	db, ctx := postgres.New(pool), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return s.InsertCodeVersion(ctx, version("cod_1", "2026-03-02")) })
	for _, minimums := range []string{
		`{}`, `[1]`, `[{}]`, `[{"minor": -1, "currency": "GBP"}]`, `[{"minor": 1}]`, `[{"minor": 1, "currency": "gbp"}]`, `[{"minor": "1", "currency": "GBP"}]`,
	} {
		_, err := pool.SystemPool().Exec(ctx, `UPDATE code_versions SET minimum_payouts = $1`, minimums)
		if pg.Constraint(err) != "code_versions_minimum_payouts_are_amounts" {
			t.Errorf("%s: %v", minimums, err)
		}
	}
}
