package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrServiceName is returned for a name that could not be a database's.
var ErrServiceName = errors.New("the name of a service is lower-case letters, digits and underscores, starting with a letter")

var serviceName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// EnsureService makes the database of a service and its three roles, unless
// they are there: <name>_owner for migrations, <name>_app for callers with a
// partner, <name>_system for jobs and the vendor's own people. None but these
// may connect.
func (c *Cluster) EnsureService(ctx context.Context, name string) error {
	if err := c.EnsureRoles(ctx, name); err != nil {
		return err
	}
	conn, err := c.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	if !exists {
		if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s", quote(name), quote(name+"_owner"))); err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
	}
	return restrict(ctx, conn, name, name)
}

// EnsureRoles makes the three roles of a service, unless they are there.
func (c *Cluster) EnsureRoles(ctx context.Context, service string) error {
	if !serviceName.MatchString(service) {
		return fmt.Errorf("%w: %q", ErrServiceName, service)
	}
	conn, err := c.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, kind := range []string{"owner", "app", "system"} {
		role := service + "_" + kind
		_, err := conn.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN", quote(role)))
		if err != nil && !isDuplicate(err) {
			return fmt.Errorf("create role %s: %w", role, err)
		}
	}
	return nil
}

// restrict closes database to all but the roles of the service. Only the
// system role may make temporary tables, which bulk loads are staged in.
func restrict(ctx context.Context, conn *pgx.Conn, database, service string) error {
	_, err := conn.Exec(ctx, fmt.Sprintf(`
		REVOKE ALL ON DATABASE %[1]s FROM PUBLIC;
		GRANT CONNECT ON DATABASE %[1]s TO %[2]s;
		GRANT CONNECT, TEMPORARY ON DATABASE %[1]s TO %[3]s`,
		quote(database), quote(service+"_app"), quote(service+"_system")))
	if err != nil {
		return fmt.Errorf("close database %s to strangers: %w", database, err)
	}
	return nil
}

// isDuplicate reports that a role is there already; the second code is what
// the loser of a race for it gets.
func isDuplicate(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "42710" || refused.Code == "23505")
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
