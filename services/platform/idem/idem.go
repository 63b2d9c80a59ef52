package idem

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/holdfast-channel/holdfast/services/platform/digest"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// ReplayedHeader is set to "true" on the answer of a call that was replayed.
const ReplayedHeader = "idempotent-replayed"

var (
	// ErrKeyReused is returned for a key that stands for another request.
	ErrKeyReused = fault.New("IDEMPOTENCY_KEY_REUSED",
		"the request id was used for a different request; a new request needs a new one")
	// ErrKeyInFlight is returned while the first call with the key is running.
	ErrKeyInFlight = fault.New("IDEMPOTENCY_KEY_IN_FLIGHT",
		"the first call with this request id is still running; repeat it in a moment").Because(
		"the first call with this request id is still running; repeat it in a moment", "retry_after_seconds", "1")
)

// Do runs effect and stores *answer with the key of ctx, or, when a call with
// the same key has been committed, fills *answer with what that one stored and
// leaves effect alone. It returns ErrKeyReused when that call was for another
// request and ErrKeyInFlight when it has not ended. An error of effect is
// returned as it is and stores nothing.
//
// tx is the transaction of the effect, and everything that it writes is
// written in effect. T is what JSON can express and read back. Without a key in
// ctx, Do runs effect and nothing else.
func Do[T any](ctx context.Context, tx pgx.Tx, answer *T, effect func() error) error {
	c, ok := ctx.Value(contextKey{}).(call)
	if !ok {
		return effect()
	}
	pg.Repeatable(tx)
	stored, err := claim(ctx, tx, c.key)
	if err != nil {
		return err
	}
	if stored != nil {
		if !c.part {
			// An error says that ctx is not of a gRPC call: a job repeats itself.
			_ = grpc.SetHeader(ctx, metadata.Pairs(ReplayedHeader, "true"))
		}
		return decode(stored, answer)
	}
	if err := effect(); err != nil {
		return err
	}
	return store(ctx, tx, c.key, answer)
}

// row is a stored answer.
type row struct {
	Method             string
	Fingerprint        []byte
	FingerprintVersion int
	Answer             []byte
}

// claim takes the key for this transaction and returns the answer that an
// earlier one stored, or nil. The look comes after the lock, in a statement of
// its own: it sees what the lock's last holder committed.
func claim(ctx context.Context, tx pgx.Tx, k Key) ([]byte, error) {
	var ours bool
	var found *row
	var batch pgx.Batch
	batch.Queue("SELECT pg_try_advisory_xact_lock($1)", k.lock()).QueryRow(func(r pgx.Row) error { return r.Scan(&ours) })
	batch.Queue(`
		SELECT method, fingerprint, fingerprint_version, answer
		FROM idempotency_keys
		WHERE caller = $1 AND request_id = $2`, k.Caller, k.RequestID).QueryRow(func(r pgx.Row) error {
		var stored row
		err := r.Scan(&stored.Method, &stored.Fingerprint, &stored.FingerprintVersion, &stored.Answer)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		found = &stored
		return err
	})
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("look up idempotency key: %w", err)
	}
	switch {
	case found != nil && !found.matches(k):
		return nil, ErrKeyReused
	case found != nil:
		return found.Answer, nil
	case !ours:
		return nil, ErrKeyInFlight
	default:
		return nil, nil
	}
}

// matches reports whether the row is of the same request. Fingerprints of
// different versions cannot be compared; the method then has to do.
func (r row) matches(k Key) bool {
	if r.Method != k.Method {
		return false
	}
	return r.FingerprintVersion != digest.Version || bytes.Equal(r.Fingerprint, k.Fingerprint)
}

// decode fills answer from scratch: a transaction that ran before may have left
// something in it.
func decode[T any](stored []byte, answer *T) error {
	var fresh T
	if err := json.Unmarshal(stored, &fresh); err != nil {
		return fmt.Errorf("read the stored answer as %T: %w", fresh, err)
	}
	*answer = fresh
	return nil
}

func store(ctx context.Context, tx pgx.Tx, k Key, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("write the answer %T: %w", answer, err)
	}
	return pg.AtEnd(ctx, tx, pg.Statement{
		SQL: `
			INSERT INTO idempotency_keys (caller, request_id, method, fingerprint, fingerprint_version, answer)
			VALUES ($1, $2, $3, $4, $5, $6)`,
		Args:    []any{k.Caller, k.RequestID, k.Method, k.Fingerprint, digest.Version, text},
		Refused: taken,
	})
}

// taken explains a key that is there but out of sight: the caller used it for
// another partner.
func taken(err error) error {
	if pg.Constraint(err) == "idempotency_keys_one_answer" {
		return ErrKeyReused
	}
	return err
}
