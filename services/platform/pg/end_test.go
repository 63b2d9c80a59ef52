package pg_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestAtEnd_RefusalRollsEverythingBackInItsOwnWords(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	own := errors.New("counters do not go below zero")
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		if err := add(ctx, tx, "a", 1); err != nil {
			return err
		}
		return pg.AtEnd(ctx, tx, pg.Statement{
			SQL: "UPDATE counters SET value = -1 WHERE name = 'b'",
			Refused: func(err error) error {
				if pg.Constraint(err) == "counters_not_negative" {
					return own
				}
				return err
			},
		})
	})
	if !errors.Is(err, own) || counter(t, db, "a") != 0 {
		t.Errorf("error %v, counter %d; want our own words and nothing changed", err, counter(t, db, "a"))
	}
	if err := db.InTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, "a", 1) }); err != nil {
		t.Errorf("the connection is unusable afterwards: %v", err)
	}
}

func TestAtEnd_InASavepointActsAtOnce(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		savepoint, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if err := pg.AtEnd(ctx, savepoint, pg.Statement{SQL: "UPDATE counters SET value = 7 WHERE name = 'a'"}); err != nil {
			return err
		}
		return savepoint.Rollback(ctx)
	})
	if err != nil || counter(t, db, "a") != 0 {
		t.Errorf("error %v, counter %d; want none and 0", err, counter(t, db, "a"))
	}
}

func TestCopy_LoadsATableWithRowLevelSecurityTwiceInOneTransaction(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	load := func(tx pgx.Tx, from, to int) error {
		n, err := pg.Copy(ctx, tx, "deals", []string{"partner_id", "deal"}, pgx.CopyFromSlice(to-from, func(i int) ([]any, error) {
			return []any{"softcat", fmt.Sprintf("%04d", from+i)}, nil
		}))
		if err == nil && n != int64(to-from) {
			t.Errorf("%d rows reported, want %d", n, to-from)
		}
		return err
	}
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		return errors.Join(load(tx, 0, 300), load(tx, 300, 500))
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := deals(ctx, db)
	if err != nil || len(found) != 500 {
		t.Errorf("%d deals, error %v; want 500", len(found), err)
	}
	err = db.InTx(ctx, func(tx pgx.Tx) error { return load(tx, 499, 501) })
	if pg.Constraint(err) != "deals_one_per_name" {
		t.Errorf("constraint %q of %v, want deals_one_per_name", pg.Constraint(err), err)
	}
}

func BenchmarkInTx(b *testing.B) {
	db := pgtest.New(b, sample)
	ctx := pg.WithScope(b.Context(), pg.Partner("softcat"))
	statement := pg.Statement{SQL: "UPDATE counters SET value = value + $2 WHERE name = $1", Args: []any{"a", 1}}
	for name, fn := range map[string]func(pgx.Tx) error{
		"empty":    func(pgx.Tx) error { return nil },
		"exec":     func(tx pgx.Tx) error { _, err := tx.Exec(ctx, statement.SQL, statement.Args...); return err },
		"deferred": func(tx pgx.Tx) error { return pg.AtEnd(ctx, tx, statement) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := db.InTx(ctx, fn); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
