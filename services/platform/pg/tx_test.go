package pg_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func system(t *testing.T) context.Context { return pg.WithScope(t.Context(), pg.System()) }

func add(ctx context.Context, tx pgx.Tx, name string, n int) error {
	_, err := tx.Exec(ctx, "UPDATE counters SET value = value + $2 WHERE name = $1", name, n)
	return err
}

func counter(t *testing.T, db *pg.DB, name string) (value int) {
	t.Helper()
	ctx := system(t)
	err := db.InReadTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT value FROM counters WHERE name = $1", name).Scan(&value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestInTx_CommitsAllOrNothing(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	refusal := errors.New("no")
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		return errors.Join(add(ctx, tx, "a", 1), refusal)
	})
	if !errors.Is(err, refusal) || counter(t, db, "a") != 0 {
		t.Errorf("error %v, counter %d; want the refusal and nothing changed", err, counter(t, db, "a"))
	}
	if err := db.InTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, "a", 1) }); err != nil {
		t.Fatal(err)
	}
	if counter(t, db, "a") != 1 {
		t.Errorf("counter %d, want 1", counter(t, db, "a"))
	}
}

func TestInTx_NamesTheViolatedConstraint(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	runs := 0
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		runs++
		return add(ctx, tx, "a", -1)
	})
	if pg.Constraint(err) != "counters_not_negative" || runs != 1 {
		t.Errorf("constraint %q after %d runs, want counters_not_negative after one", pg.Constraint(err), runs)
	}
}

// Two transactions lock the same two rows in opposite order; the one that
// PostgreSQL picks as the victim runs again.
func TestInTx_RunsTheVictimOfADeadlockAgain(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	var met, both sync.WaitGroup
	met.Add(2)
	transfer := func(from, to string) {
		first := true
		err := db.InTx(ctx, func(tx pgx.Tx) error {
			if err := add(ctx, tx, from, 1); err != nil {
				return err
			}
			if first {
				first = false
				met.Done()
				met.Wait()
			}
			return add(ctx, tx, to, 1)
		})
		if err != nil {
			t.Error(err)
		}
	}
	both.Go(func() { transfer("a", "b") })
	both.Go(func() { transfer("b", "a") })
	both.Wait()
	if a, b := counter(t, db, "a"), counter(t, db, "b"); a != 2 || b != 2 {
		t.Errorf("counters %d and %d, want 2 and 2", a, b)
	}
}

func TestInTx_GivesUpAfterFiveAttempts(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	runs := 0
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		runs++
		_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")
		return err
	})
	if err == nil || runs != 5 {
		t.Errorf("error %v after %d runs, want one after 5", err, runs)
	}
}

func TestInTx_RunsAgainOnAnotherConnectionWhenOneIsLostOrReadOnly(t *testing.T) {
	for name, sql := range map[string]string{
		"terminated": "SELECT pg_terminate_backend(pg_backend_pid())",
		"read-only":  "DO $$ BEGIN RAISE EXCEPTION 'standby' USING ERRCODE = '25006'; END $$",
	} {
		t.Run(name, func(t *testing.T) {
			db, ctx := pgtest.New(t, sample), system(t)
			var backends []uint32
			err := db.InTx(ctx, func(tx pgx.Tx) error {
				backends = append(backends, tx.Conn().PgConn().PID())
				if len(backends) == 1 {
					_, err := tx.Exec(ctx, sql)
					return err
				}
				return add(ctx, tx, "a", 1)
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(backends) != 2 || backends[0] == backends[1] || counter(t, db, "a") != 1 {
				t.Errorf("backends %v, counter %d; want two different ones and 1", backends, counter(t, db, "a"))
			}
		})
	}
}

func TestInTx_DoesNotRunAgainWhenTheCallerIsGone(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx, cancel := context.WithCancel(system(t))
	runs := 0
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		runs++
		cancel()
		return add(ctx, tx, "a", 1)
	})
	if !errors.Is(err, context.Canceled) || runs != 1 || counter(t, db, "a") != 0 {
		t.Errorf("error %v after %d runs, want context.Canceled after one", err, runs)
	}
}

// lossy is a database over a line that can be cut, with one warm connection per
// role, so that COMMIT is the next thing sent after the function returns.
func lossy(t *testing.T, warm func(pgx.Tx) error) (*pg.DB, *pgtest.Proxy) {
	t.Helper()
	cfg, proxy := pgtest.Through(t, pgtest.Config(t, sample))
	cfg.MaxConns = 1
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.InTx(system(t), warm); err != nil {
		t.Fatal(err)
	}
	return db, proxy
}

func TestInTx_SaysThatALostAnswerToCommitIsUnknown(t *testing.T) {
	ctx := system(t)
	for name, end := range map[string]func(pgx.Tx) error{
		"plain": func(tx pgx.Tx) error { return add(ctx, tx, "a", 1) },
		"with statements at the end": func(tx pgx.Tx) error {
			return pg.AtEnd(ctx, tx, pg.Statement{SQL: "UPDATE counters SET value = value + 1 WHERE name = $1", Args: []any{"a"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, proxy := lossy(t, end)
			runs := 0
			err := db.InTx(ctx, func(tx pgx.Tx) error {
				runs++
				defer proxy.LoseNextAnswer()
				return end(tx)
			})
			if !errors.Is(err, pg.ErrCommitUnknown) || runs != 1 {
				t.Errorf("error %v after %d runs, want ErrCommitUnknown after one", err, runs)
			}
			if got := counter(t, db, "a"); got != 2 {
				t.Errorf("counter %d, want 2: the proxy loses the answer, not the COMMIT", got)
			}
		})
	}
}

func TestInTx_RunsARepeatableTransactionAgainAfterALostCommit(t *testing.T) {
	ctx := system(t)
	db, proxy := lossy(t, func(tx pgx.Tx) error { return add(ctx, tx, "b", 1) })
	runs := 0
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		pg.Repeatable(tx)
		if runs++; runs > 1 {
			return nil // it looked, and found its work done
		}
		defer proxy.LoseNextAnswer()
		return add(ctx, tx, "a", 1)
	})
	if err != nil || runs != 2 || counter(t, db, "a") != 1 {
		t.Errorf("error %v after %d runs, counter %d; want none after two, and 1", err, runs, counter(t, db, "a"))
	}
}

func TestInReadTx_SeesOneMomentAndCannotWrite(t *testing.T) {
	db, ctx := pgtest.New(t, sample), system(t)
	err := db.InReadTx(ctx, func(tx pgx.Tx) error {
		var before, after int
		if err := tx.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'a'").Scan(&before); err != nil {
			return err
		}
		if err := db.InTx(ctx, func(other pgx.Tx) error { return add(ctx, other, "a", 1) }); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'a'").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("read %d, then %d in one transaction", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.InReadTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, "a", 1) }); err == nil {
		t.Error("a read transaction wrote")
	}
}

// A reader has nothing that could have been committed: it reads once more.
func TestInReadTx_ReadsAgainWhenTheAnswerToItsEndIsLost(t *testing.T) {
	ctx := system(t)
	read := func(tx pgx.Tx) error {
		var value int
		return tx.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'a'").Scan(&value)
	}
	db, proxy := lossy(t, func(tx pgx.Tx) error { return add(ctx, tx, "b", 1) })
	if err := db.InReadTx(ctx, read); err != nil {
		t.Fatal(err) // the statement is prepared now
	}
	runs := 0
	err := db.InReadTx(ctx, func(tx pgx.Tx) error {
		if runs++; runs == 1 {
			defer proxy.LoseNextAnswer()
		}
		return read(tx)
	})
	if err != nil || runs != 2 {
		t.Errorf("error %v after %d runs, want none after two", err, runs)
	}
}

// The setting is for the transaction alone: what runs on the same connection
// beside it, such as the job queue, goes by the machine's time.
func TestInTx_TellsTheConfiguredClockToEachTransaction(t *testing.T) {
	cfg := pgtest.Config(t, sample)
	told := time.Date(2031, time.May, 4, 10, 30, 0, 123_456_789, time.FixedZone("west", -8*3600))
	cfg.Clock, cfg.MaxConns = func() time.Time { return told }, 1
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	const now = "SELECT coalesce(current_setting('holdfast.now', true), '')"
	for _, ctx := range []context.Context{system(t), pg.WithScope(t.Context(), pg.Partner("softcat"))} {
		for _, run := range []func(context.Context, func(pgx.Tx) error) error{db.InTx, db.InReadTx} {
			var text string
			if err := run(ctx, func(tx pgx.Tx) error { return tx.QueryRow(ctx, now).Scan(&text) }); err != nil || text != "2031-05-04T18:30:00.123456789Z" {
				t.Errorf("%s is told %q, %v", pg.ScopeFrom(ctx), text, err)
			}
		}
	}
	var text string
	if err := db.SystemPool().QueryRow(t.Context(), now).Scan(&text); err != nil || text != "" {
		t.Errorf("beside transactions it is %q, %v", text, err)
	}
}
