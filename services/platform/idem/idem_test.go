package idem_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

var sample = pgtest.Schema{Name: "sample", Migrations: fstest.MapFS{"00001_effects.sql": {Data: []byte(`
-- +goose Up
CREATE TABLE effects (what text NOT NULL);
`)}}}

type receipt struct {
	Number int64
	Lines  []string
}

// caller is one API client of one partner.
func caller(ctx context.Context, partner, requestID, asks string) context.Context {
	ctx = pg.WithScope(ctx, pg.Partner(partner))
	return idem.WithKey(ctx, idem.Key{Caller: "client", RequestID: requestID, Method: "/sample/Order", Fingerprint: []byte(asks)})
}

// order is a mutation: it writes what and answers with a receipt.
func order(ctx context.Context, db *pg.DB, what string, number int64) (receipt, error) {
	var answer receipt
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		return idem.Do(ctx, tx, &answer, func() error {
			answer = receipt{Number: number, Lines: []string{what}}
			_, err := tx.Exec(ctx, "INSERT INTO effects (what) VALUES ($1)", what)
			return err
		})
	})
	return answer, err
}

func effects(t *testing.T, db *pg.DB) (n int) {
	t.Helper()
	if err := db.SystemPool().QueryRow(t.Context(), "SELECT count(*) FROM effects").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDo_AnswersARepetitionWithTheFirstAnswer(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	first, err := order(ctx, db, "a laptop", 1)
	if err != nil {
		t.Fatal(err)
	}
	second, err := order(ctx, db, "a laptop", 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" || effects(t, db) != 1 {
		t.Errorf("%d effects, answers (-first +second):\n%s", effects(t, db), diff)
	}
}

func TestDo_WithoutAKeyRunsEveryTime(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
	for number := range int64(2) {
		if _, err := order(ctx, db, "a laptop", number); err != nil {
			t.Fatal(err)
		}
	}
	if effects(t, db) != 2 {
		t.Errorf("%d effects, want 2", effects(t, db))
	}
}

func TestDo_RefusesAKeyThatStandsForAnotherRequest(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	if _, err := order(ctx, db, "a laptop", 1); err != nil {
		t.Fatal(err)
	}
	otherMethod := idem.WithKey(ctx, idem.Key{Caller: "client", RequestID: "key-1", Method: "/sample/Return", Fingerprint: []byte("a laptop")})
	for name, ctx := range map[string]context.Context{
		"another body":    caller(t.Context(), "softcat", "key-1", "a phone"),
		"another method":  otherMethod,
		"another partner": caller(t.Context(), "kiwi-it", "key-1", "a laptop"),
	} {
		if answer, err := order(ctx, db, "a phone", 2); !errors.Is(err, idem.ErrKeyReused) {
			t.Errorf("%s: answer %v, error %v; want ErrKeyReused", name, answer, err)
		}
	}
	if effects(t, db) != 1 {
		t.Errorf("%d effects, want 1", effects(t, db))
	}
}

func TestDo_KeepsTheKeysOfCallersApart(t *testing.T) {
	db := pgtest.New(t, sample)
	for i := range 2 {
		ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
		ctx = idem.WithKey(ctx, idem.Key{Caller: fmt.Sprint("client ", i), RequestID: "key-1", Method: "/sample/Order", Fingerprint: []byte("x")})
		if _, err := order(ctx, db, "x", int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if effects(t, db) != 2 {
		t.Errorf("%d effects, want 2", effects(t, db))
	}
}

func TestDo_SaysWhenTheFirstCallIsStillRunning(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	var answer receipt
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		return idem.Do(ctx, tx, &answer, func() error {
			_, err := order(ctx, db, "a laptop", 2)
			refusal, ok := fault.Of(err)
			if !ok || !errors.Is(err, idem.ErrKeyInFlight) || refusal.Facts["retry_after_seconds"] != "1" {
				t.Errorf("error %v, want ErrKeyInFlight with retry_after_seconds", err)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDo_FailedCallLeavesItsKeyFree(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	refusal := errors.New("out of stock")
	err := db.InTx(ctx, func(tx pgx.Tx) error {
		return idem.Do(ctx, tx, new(receipt), func() error { return refusal })
	})
	if !errors.Is(err, refusal) {
		t.Fatalf("error %v, want the effect's own", err)
	}
	if _, err := order(ctx, db, "a laptop", 1); err != nil || effects(t, db) != 1 {
		t.Errorf("second try: error %v, %d effects; want none and 1", err, effects(t, db))
	}
}

func TestDo_ManyRepetitionsAtOnceHaveOneEffect(t *testing.T) {
	db := pgtest.New(t, sample)
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	var callers sync.WaitGroup
	var first atomic.Int64
	for number := range int64(32) {
		callers.Go(func() {
			for {
				answer, err := order(ctx, db, "a laptop", number+1)
				if errors.Is(err, idem.ErrKeyInFlight) {
					continue // as the caller is told to
				}
				if err != nil {
					t.Error(err)
				} else if !first.CompareAndSwap(0, answer.Number) && first.Load() != answer.Number {
					t.Errorf("answers %d and %d to one request", first.Load(), answer.Number)
				}
				return
			}
		})
	}
	callers.Wait()
	if effects(t, db) != 1 {
		t.Errorf("%d effects, want 1", effects(t, db))
	}
}

func TestDo_FindsItsEffectWhenTheAnswerToCommitIsLost(t *testing.T) {
	cfg, proxy := pgtest.Through(t, pgtest.Config(t, sample))
	cfg.MaxConns = 1
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := order(caller(t.Context(), "softcat", "warm", ""), db, "warm", 1); err != nil {
		t.Fatal(err) // statements are prepared now: COMMIT is the last thing sent
	}
	ctx := caller(t.Context(), "softcat", "key-1", "a laptop")
	var answer receipt
	runs := 0
	err = db.InTx(ctx, func(tx pgx.Tx) error {
		return idem.Do(ctx, tx, &answer, func() error {
			runs++
			answer = receipt{Number: 7}
			_, err := tx.Exec(ctx, "INSERT INTO effects (what) VALUES ($1)", "a laptop")
			proxy.LoseNextAnswer()
			return err
		})
	})
	if err != nil || runs != 1 || answer.Number != 7 || effects(t, db) != 2 {
		t.Errorf("error %v, %d runs, answer %v, %d effects; want none, 1, 7, 2", err, runs, answer, effects(t, db))
	}
}

func TestDo_KeepsOnePartnersAnswersFromAnother(t *testing.T) {
	db := pgtest.New(t, sample)
	if _, err := order(caller(t.Context(), "softcat", "key-1", "a laptop"), db, "a laptop", 1); err != nil {
		t.Fatal(err)
	}
	for partners, want := range map[string]int{"softcat": 1, "kiwi-it": 0} {
		ctx := pg.WithScope(t.Context(), pg.Partner(partners))
		err := db.InReadTx(ctx, func(tx pgx.Tx) error {
			var n int
			err := tx.QueryRow(ctx, "SELECT count(*) FROM idempotency_keys").Scan(&n)
			if n != want {
				t.Errorf("%s sees %d answers, want %d", partners, n, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	merged := pg.WithScope(t.Context(), pg.Partner("acme", "softcat"))
	merged = idem.WithKey(merged, idem.Key{Caller: "client", RequestID: "key-1", Method: "/sample/Order", Fingerprint: []byte("a laptop")})
	if answer, err := order(merged, db, "a laptop", 2); err != nil || answer.Number != 1 {
		t.Errorf("after a merger: answer %v, error %v; want the first answer", answer, err)
	}
}

func TestPurge_DeletesExpiredAnswersOnly(t *testing.T) {
	db := pgtest.New(t, sample)
	if _, err := order(caller(t.Context(), "softcat", "key-1", "a laptop"), db, "a laptop", 1); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		now  time.Time
		want int
	}{
		{time.Now().Add(29 * 24 * time.Hour), 0},
		{time.Now().Add(31 * 24 * time.Hour), 1},
	} {
		if n, err := idem.Purge(t.Context(), db, step.now); n != step.want || err != nil {
			t.Errorf("at %s: %d deleted, %v; want %d", step.now, n, err, step.want)
		}
	}
}
