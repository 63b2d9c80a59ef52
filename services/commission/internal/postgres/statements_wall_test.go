package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// sqlState is the code of what the database has refused.
func sqlState(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

const restrictViolation, insufficientPrivilege = "23001", "42501"

// The walls are for programs with a mistake, or worse: every statement here is
// one that the service never sends.
func TestDatabase_KeepsAClosedStatementAsItIs(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-03-07", "2026-03-07"))
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	record(t, s, earned(t, 700, "2026-03-08", "2026-04-03"))
	for name, c := range map[string]struct{ sql, want string }{
		"another line":            {"UPDATE statement_lines SET statement_id = $1 WHERE statement_id IS NULL", "statements_frozen"},
		"a line less":             {"UPDATE statement_lines SET statement_id = NULL WHERE statement_id = $1", restrictViolation},
		"another closing":         {"UPDATE statements SET closing_minor = 0 WHERE statement_id = $1", insufficientPrivilege},
		"open again":              {"UPDATE statements SET state = 'OPEN' WHERE statement_id = $1", restrictViolation},
		"paid without a payout":   {"UPDATE statements SET paid_minor = 18000 WHERE statement_id = $1", restrictViolation},
		"being paid, but nothing": {"UPDATE statements SET state = 'PAYING' WHERE statement_id = $1", "statements_paid_once_approved"},
		"gone":                    {"DELETE FROM statements WHERE statement_id = $1", insufficientPrivilege},
		"numbered again":          {"UPDATE document_series SET series = $1", insufficientPrivilege},
		"a line that is there at once": {
			"INSERT INTO statement_lines (entry_id, partner_id, currency, effective_date, amount_minor, statement_id) SELECT entry_id || 'x', partner_id, currency, effective_date, 1, $1 FROM statement_lines LIMIT 1",
			restrictViolation,
		},
	} {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, c.sql, closed.ID)
			return err
		})
		if pg.Constraint(err) != c.want && sqlState(err) != c.want {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

func TestDatabase_RefusesAStatementThatDoesNotAddUp(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-02-07", "2026-02-07"))
	february := closeMonth(t, s, "2026-02", "2026-03-02")
	record(t, s, earned(t, 100, "2026-03-07", "2026-03-07"), earned(t, 50, "2026-02-07", "2026-03-07"))
	for name, c := range map[string]struct {
		change func(*statement.Statement)
		want   string
	}{
		"as it is":                 {func(*statement.Statement) {}, ""},
		"with another sum":         {func(n *statement.Statement) { n.LinesMinor, n.ClosingMinor = 151, n.OpeningMinor+151 }, "statements_add_up"},
		"with another count":       {func(n *statement.Statement) { n.LineCount = 3 }, "statements_add_up"},
		"with another part before": {func(n *statement.Statement) { n.PriorMinor = 0 }, "statements_add_up"},
		"of another month":         {func(n *statement.Statement) { n.Month = month(t, "2026-02").Previous() }, "statements_add_up"},
		"of another partner":       {func(n *statement.Statement) { n.PartnerID = "cdw" }, "statements_add_up"},
		"with another opening":     {func(n *statement.Statement) { n.OpeningMinor, n.ClosingMinor = 0, n.LinesMinor }, "statements_go_on"},
		"with another closing":     {func(n *statement.Statement) { n.ClosingMinor++ }, "statements_closing"},
		"after nothing":            {func(n *statement.Statement) { n.PreviousID = "" }, "statements_first_opens_at_zero"},
	} {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			n := statement.Statement{
				ID: ident.New("stm_"), PartnerID: "softcat", Currency: "GBP", Month: month(t, "2026-03"), State: statement.Closed,
				OpeningMinor: 18_000, LinesMinor: 150, PriorMinor: 50, ClosingMinor: 18_150, LineCount: 2, PreviousID: february.ID,
				DisputeUntil: date(t, "2026-05-02"), CloseTime: february.CloseTime, Revision: 1,
			}
			if err := tx.SaveStatement(ctx, february.Carry()); err != nil {
				return err
			}
			account := statement.Account{PartnerID: "softcat", Currency: "GBP"}
			if _, err := tx.TakeLines(ctx, n.ID, account, n.Month); err != nil {
				return err
			}
			c.change(&n)
			if err := tx.AddStatement(ctx, n); err != nil {
				return err
			}
			if c.want == "" { // it is well; roll it back all the same
				_, err := tx.Tx().Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE")
				return errors.Join(err, errWell)
			}
			return nil
		})
		if c.want == "" && !errors.Is(err, errWell) || c.want != "" && pg.Constraint(err) != c.want {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

var errWell = errors.New("all is well")

func TestDatabase_LetsTheBalanceOfAStatementGoOneWay(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-02-07", "2026-02-07"))
	closed := closeMonth(t, s, "2026-02", "2026-03-02")
	move := func(state statement.State, paid int64) error {
		closed.State, closed.PaidMinor = state, paid
		closed.Revision++
		return system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.SaveStatement(ctx, closed) })
	}
	for _, step := range []struct {
		state   statement.State
		paid    int64
		refused bool
	}{
		{statement.Paid, 18_000, true}, {statement.Paying, 18_000, false}, {statement.Closed, 0, true}, {statement.Paying, 17_000, true},
		{statement.Paid, 17_000, true}, {statement.Paid, 18_000, false}, {statement.Paying, 18_000, true}, {statement.Carried, 18_000, false},
		{statement.Paying, 18_000, true}, {statement.Carried, 0, true},
	} {
		if err := move(step.state, step.paid); (err != nil) != step.refused {
			t.Errorf("to %s with %d paid: %v", step.state, step.paid, err)
		}
	}
}

func TestDatabase_LetsPartnersWriteNothing(t *testing.T) {
	s := newStore(t)
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
	for _, sql := range []string{
		"UPDATE statements SET state = 'PAID'", "INSERT INTO statements SELECT * FROM statements", "DELETE FROM disputes", "UPDATE disputes SET state = 'RESOLVED'",
		"INSERT INTO dispute_comments SELECT * FROM dispute_comments", "SELECT last_number FROM document_series",
	} {
		err := s.InTx(ctx, func(tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, sql)
			return err
		})
		if sqlState(err) != insufficientPrivilege {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
