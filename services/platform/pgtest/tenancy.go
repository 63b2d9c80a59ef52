package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// breaches lists what would show one partner's rows to another: a table with a
// column partner_id whose row-level security is off, not forced, or without a
// policy for one of the two roles; and a view on such a column that reads with
// its owner's eyes, as every materialized view does.
const breaches = `
	WITH owned AS (
		SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace
		AND a.attname = 'partner_id'
		AND NOT a.attisdropped
	), roles AS (
		SELECT oid, rolname
		FROM pg_roles
		WHERE rolname IN (regexp_replace(current_user, '_system$', '_app'), current_user)
	)
	SELECT 'table ' || relname || ' has a partner_id but no row-level security'
	FROM owned
	WHERE relkind IN ('r', 'p') AND NOT relrowsecurity
	UNION ALL
	SELECT 'table ' || relname || ' does not FORCE its row-level security'
	FROM owned
	WHERE relkind IN ('r', 'p') AND NOT relforcerowsecurity
	UNION ALL
	SELECT 'table ' || relname || ' has no policy for ' || rolname
	FROM owned CROSS JOIN roles
	WHERE relkind IN ('r', 'p')
	AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = owned.oid AND roles.oid = ANY (p.polroles))
	UNION ALL
	SELECT 'view ' || relname || ' shows partner_id without security_invoker'
	FROM owned
	WHERE relkind = 'v' AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
	UNION ALL
	SELECT 'materialized view ' || relname || ' shows every partner''s rows'
	FROM owned
	WHERE relkind = 'm'
	ORDER BY 1`

// CheckTenancy fails t for each table or view of db that does not keep
// partners apart. Every service calls it on its migrated database.
func CheckTenancy(t testing.TB, db *pg.DB) {
	t.Helper()
	rows, _ := db.SystemPool().Query(t.Context(), breaches) // CollectRows returns the error
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("read the catalogue: %v", err)
	}
	for _, breach := range found {
		t.Error(breach)
	}
}
