// Package pgcluster runs a private PostgreSQL from the binaries on the
// machine: the laptop's database of the all-in-one, and the throw-away one of
// the tests.
//
// The server listens on a unix socket only, in a folder that nobody but its
// own user may enter; so it trusts whoever gets there and needs no passwords.
// PostgreSQL refuses to run as root; started by root, the server process drops
// to the user that owns the data folder, or to "postgres", or to "nobody".
//
// Every way in which a machine can be wrong (no binaries, a broken folder, one
// of another version, one in use) is an error of one sentence.
package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// superuser is the role initdb creates. Services never use it.
const superuser = "postgres"

// maxSocketDir keeps the socket's path below the 103 bytes of the narrowest
// supported system (macOS; Linux allows 107).
const maxSocketDir = 103 - len("/.s.PGSQL.5432")

// ErrSocketDirTooLong is returned for a socket folder whose socket could not be bound.
var ErrSocketDirTooLong = errors.New("the folder for the socket has too long a path")

// Config says where a cluster lives. Dir is created when it is missing.
// Without SocketDir a short one is made below the folder for temporary files
// and removed by Stop. A cluster that is not Durable survives no crash of the
// machine and is for tests. Log, if any, gets the server's log.
type Config struct {
	Dir       string
	SocketDir string
	Durable   bool
	Log       io.Writer
}

// Cluster is a running server.
type Cluster struct {
	socketDir string
	ownSocket bool
	server    *server
}

// Start finds the binaries, prepares cfg.Dir and returns when the server takes
// connections. It returns ErrNotInstalled, ErrTooOld, ErrBrokenFolder,
// ErrOtherVersion, ErrInUse or ErrUnreachable, wrapped with the particulars.
// The server ends with Stop, and on Linux also with this process.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	bin, err := find()
	if err != nil {
		return nil, err
	}
	as, err := accountFor(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, cfg, bin, as); err != nil {
		return nil, err
	}
	c := &Cluster{socketDir: cfg.SocketDir}
	if err := c.prepareSocketDir(as); err != nil {
		return nil, err
	}
	if c.server, err = launch(cfg, bin, as, c.socketDir); err != nil {
		return nil, errors.Join(err, c.removeSocketDir())
	}
	if err := c.server.ready(ctx, c.URL(superuser, "postgres")); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Attach returns a handle on a server that another process started. Its Stop
// does nothing and its Done never closes.
func Attach(socketDir string) *Cluster {
	return &Cluster{socketDir: socketDir, server: &server{done: make(chan struct{})}}
}

// URL returns the connection string of role for database.
func (c *Cluster) URL(role, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(role),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.socketDir}}.Encode(),
	}
	return u.String()
}

// SocketDir returns the folder of the server's socket, for Attach and psql -h.
func (c *Cluster) SocketDir() string { return c.socketDir }

// Done is closed when the server has ended, by Stop or by itself.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop ends the server in good order: open transactions are rolled back and
// everything is on disk when it returns. A second call does nothing.
func (c *Cluster) Stop() error {
	return errors.Join(c.server.stop(), c.removeSocketDir())
}

func (c *Cluster) prepareSocketDir(as account) error {
	if c.socketDir == "" {
		made, err := os.MkdirTemp("", "holdfast-pg")
		if err != nil {
			return err
		}
		c.socketDir, c.ownSocket = made, true
	}
	if len(c.socketDir) > maxSocketDir {
		return errors.Join(
			fmt.Errorf("%w: %s has %d bytes, at most %d fit", ErrSocketDirTooLong, c.socketDir, len(c.socketDir), maxSocketDir),
			c.removeSocketDir())
	}
	if err := os.MkdirAll(c.socketDir, 0o700); err != nil {
		return err
	}
	return as.own(c.socketDir)
}

func (c *Cluster) removeSocketDir() error {
	if !c.ownSocket {
		return nil
	}
	return os.RemoveAll(c.socketDir)
}

func (c *Cluster) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, c.URL(superuser, database))
}
