package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/balance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// BalanceQuery asks for the balances of a partner's accounts in one currency: by
// the end of a day, as known at a time.
type BalanceQuery struct {
	Owner
	Effective calendar.Date
	Known     time.Time
}

// Balances adds up the accounts: the last snapshot that was known by then, and
// what was posted since. Accounts without postings are zero.
func (s *Store) Balances(ctx context.Context, q BalanceQuery) (map[ledger.Account]int64, error) {
	rows, _ := s.tx.Query(ctx, `
		WITH snapshot AS (
			SELECT position, known_from, known_through
			FROM balance_snapshots
			WHERE partner_id = @partner AND currency = @currency AND known_through <= @known
			ORDER BY position DESC
			LIMIT 1
		)
		SELECT a.account, coalesce((
			SELECT b.days[CASE WHEN b.month = date_trunc('month', @effective::date) THEN extract(day FROM @effective::date)::int ELSE cardinality(b.days) END]
			FROM snapshot_balances b
			WHERE b.partner_id = @partner AND b.currency = @currency AND b.position = s.position AND b.account = a.account AND b.month <= @effective
			ORDER BY b.month DESC
			LIMIT 1
		), 0) + coalesce((
			SELECT sum(p.credit_minor - p.debit_minor)::bigint
			FROM ledger_postings p
			WHERE p.partner_id = @partner AND p.currency = @currency AND p.account = a.account
			AND p.effective_date <= @effective
			AND p.post_time BETWEEN coalesce(s.known_from, '-infinity') AND @known
			AND (s.position IS NULL OR p.post_time > s.known_through
				OR NOT EXISTS (SELECT FROM sealed_entries e WHERE e.entry_id = p.entry_id AND e.position <= s.position))
		), 0)
		FROM unnest(@accounts::text[]) AS a (account)
		LEFT JOIN snapshot s ON true`,
		pgx.StrictNamedArgs{
			"partner": q.PartnerID, "currency": q.Currency, "effective": q.Effective, "known": q.Known, "accounts": ledger.Accounts(),
		})
	balances := map[ledger.Account]int64{}
	var account ledger.Account
	var minor int64
	_, err := pgx.ForEachRow(rows, []any{&account, &minor}, func() error {
		balances[account] = minor
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("balances of %s in %s: %w", q.PartnerID, q.Currency, err)
	}
	return balances, nil
}

// Snapshot says what of a partner's ledger a kept sheet holds: all that is sealed
// up to Position. All of it was posted by KnownThrough, and what is sealed later
// from KnownFrom on.
type Snapshot struct {
	Owner
	Position                int64
	KnownFrom, KnownThrough time.Time
}

// LastSnapshot returns the zero Snapshot of an owner that has none.
func (s *Store) LastSnapshot(ctx context.Context, of Owner) (Snapshot, error) {
	last := Snapshot{Owner: of}
	err := s.tx.QueryRow(ctx, `
		SELECT position, known_from, known_through
		FROM balance_snapshots
		WHERE partner_id = $1 AND currency = $2
		ORDER BY position DESC
		LIMIT 1`, of.PartnerID, of.Currency).Scan(&last.Position, &last.KnownFrom, &last.KnownThrough)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return last, fmt.Errorf("last balance snapshot of %s in %s: %w", of.PartnerID, of.Currency, err)
	}
	return last, nil
}

// Sealed are the postings of an owner that were sealed after one snapshot and up
// to another, added up.
type Sealed struct {
	Changes  []balance.Change
	Postings int
	Latest   time.Time // that one was posted; zero if there are none
}

// SealedAfter adds up what was sealed of an owner after a snapshot, up to a
// position.
func (s *Store) SealedAfter(ctx context.Context, last Snapshot, upTo int64) (Sealed, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT p.account, p.effective_date, sum(p.credit_minor - p.debit_minor)::bigint, count(*), max(p.post_time)
		FROM ledger_postings p
		JOIN sealed_entries e ON e.entry_id = p.entry_id
		WHERE p.partner_id = @partner AND p.currency = @currency AND p.account = ANY (@accounts)
		AND p.post_time >= coalesce(@from, '-infinity'::timestamptz)
		AND e.position > @after AND e.position <= @upto
		GROUP BY p.account, p.effective_date`,
		pgx.StrictNamedArgs{
			"partner": last.PartnerID, "currency": last.Currency, "accounts": ledger.Accounts(), "from": instantOrNull(last.KnownFrom),
			"after": last.Position, "upto": upTo,
		}) // ForEachRow returns the error
	var found Sealed
	var c balance.Change
	var postings int
	var latest time.Time
	_, err := pgx.ForEachRow(rows, []any{&c.Account, &c.On, &c.Minor, &postings, &latest}, func() error {
		found.Changes, found.Postings = append(found.Changes, c), found.Postings+postings
		if latest.After(found.Latest) {
			found.Latest = latest
		}
		return nil
	})
	if err != nil {
		return found, fmt.Errorf("sealed of %s in %s: %w", last.PartnerID, last.Currency, err)
	}
	return found, nil
}

// instantOrNull turns the zero time into NULL.
func instantOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SnapshotMonths returns the kept sheet of a snapshot; none of the zero one.
func (s *Store) SnapshotMonths(ctx context.Context, of Snapshot) ([]balance.Month, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT account, month, days
		FROM snapshot_balances
		WHERE partner_id = $1 AND currency = $2 AND position = $3
		ORDER BY account COLLATE "C", month`, of.PartnerID, of.Currency, of.Position) // CollectRows returns the error
	months, err := pgx.CollectRows(rows, pgx.RowToStructByPos[balance.Month])
	if err != nil {
		return nil, fmt.Errorf("balance snapshot %d of %s in %s: %w", of.Position, of.PartnerID, of.Currency, err)
	}
	return months, nil
}

type monthRow struct {
	PartnerID string         `json:"partner_id"`
	Currency  string         `json:"currency"`
	Position  int64          `json:"position"`
	Account   ledger.Account `json:"account"`
	Month     calendar.Date  `json:"month"`
	Days      []int64        `json:"days"`
}

// AddSnapshot keeps a sheet, unless another process was quicker.
func (s *Store) AddSnapshot(ctx context.Context, head Snapshot, months []balance.Month) error {
	tag, err := s.tx.Exec(ctx, `
		INSERT INTO balance_snapshots (partner_id, currency, position, known_from, known_through)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT balance_snapshots_pkey DO NOTHING`, head.PartnerID, head.Currency, head.Position, head.KnownFrom, head.KnownThrough)
	if err == nil && tag.RowsAffected() == 1 {
		rows := make([]monthRow, len(months))
		for i, m := range months {
			rows[i] = monthRow{head.PartnerID, head.Currency, head.Position, m.Account, m.First, m.Days}
		}
		_, err = s.tx.Exec(ctx, `
			INSERT INTO snapshot_balances (partner_id, currency, position, account, month, days)
			SELECT partner_id, currency, position, account, month, days
			FROM jsonb_populate_recordset(NULL::snapshot_balances, $1)`, rows)
	}
	if err != nil {
		return fmt.Errorf("add balance snapshot of %s in %s: %w", head.PartnerID, head.Currency, err)
	}
	return nil
}

// SnapshotsAfter returns up to limit snapshots after one, each owner's in the
// order of their positions.
func (s *Store) SnapshotsAfter(ctx context.Context, after Snapshot, limit int) ([]Snapshot, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT partner_id, currency, position, known_from, known_through
		FROM balance_snapshots
		WHERE (partner_id, currency, position) > ($1, $2, $3)
		ORDER BY partner_id, currency, position
		LIMIT $4`, after.PartnerID, after.Currency, after.Position, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Snapshot, error) {
		var head Snapshot
		err := row.Scan(&head.PartnerID, &head.Currency, &head.Position, &head.KnownFrom, &head.KnownThrough)
		return head, err
	})
	if err != nil {
		return nil, fmt.Errorf("list balance snapshots: %w", err)
	}
	return list, nil
}
