package pgtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// templateOf returns the name of the database that svc's tests are cloned
// from, and builds it if no process has done so yet. The name holds a hash of
// the migrations, so that changed ones get a new template.
func templateOf(ctx context.Context, cluster *pgcluster.Cluster, svc Schema) (string, error) {
	name, err := templateName(svc)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, cluster.URL("postgres", "postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }() // gives the lock back
	if exists, err := hasDatabase(ctx, conn, name); exists || err != nil {
		return name, err
	}
	if err := lockOut(ctx, conn, name); err != nil {
		return "", err
	}
	if exists, err := hasDatabase(ctx, conn, name); exists || err != nil {
		return name, err
	}
	return name, build(ctx, conn, cluster, svc, name)
}

// build migrates a database under another name first, so that one with the
// template's name is always complete.
func build(ctx context.Context, conn *pgx.Conn, cluster *pgcluster.Cluster, svc Schema, name string) error {
	if err := cluster.EnsureRoles(ctx, svc.Name); err != nil {
		return err
	}
	raw := name + "_raw"
	for _, sql := range []string{
		fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", quote(raw)),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", quote(raw), quote(svc.Name+"_owner")),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if svc.Migrations != nil {
		if err := pg.Migrate(ctx, cluster.URL(svc.Name+"_owner", raw), svc.Migrations, zap.NewNop()); err != nil {
			return err
		}
	}
	return freeze(ctx, conn, raw, name)
}

// freeze renames raw, which needs every connection to it to be gone.
func freeze(ctx context.Context, conn *pgx.Conn, raw, name string) error {
	_, err := conn.Exec(ctx, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", raw)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", quote(raw), quote(name)))
	return err
}

func hasDatabase(ctx context.Context, conn *pgx.Conn, name string) (exists bool, err error) {
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	return exists, err
}

func lockOut(ctx context.Context, conn *pgx.Conn, name string) error {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	_, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(h.Sum64()))
	return err
}

func templateName(svc Schema) (string, error) {
	h := sha256.New()
	for _, migrations := range []fs.FS{pg.CommonSchema, svc.Migrations} {
		if migrations == nil || svc.Migrations == nil {
			continue // a database without any table
		}
		err := fs.WalkDir(migrations, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(migrations, path)
			_, _ = fmt.Fprintf(h, "%s %d\n%s", path, len(text), text) // a hash takes everything
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s_template_%x", svc.Name, h.Sum(nil)[:6]), nil
}
