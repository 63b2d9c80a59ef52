package pgcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

var (
	// ErrBrokenFolder is returned for a folder that is not, or no longer, a PostgreSQL data folder.
	ErrBrokenFolder = errors.New("the data folder cannot be used")
	// ErrOtherVersion is returned for the data of another major version.
	ErrOtherVersion = errors.New("the data folder is of another version of PostgreSQL")
	// ErrInUse is returned when a server is running on the folder already.
	ErrInUse = errors.New("the data folder is in use by another PostgreSQL server")
)

// prepare makes cfg.Dir a data folder that bin can run on, and changes nothing
// in a folder that already is one.
func prepare(ctx context.Context, cfg Config, bin binaries, as account) error {
	version, err := os.ReadFile(filepath.Join(cfg.Dir, "PG_VERSION"))
	switch {
	case err == nil:
		if err := as.reaches(cfg.Dir); err != nil {
			return err
		}
		return usable(cfg.Dir, strings.TrimSpace(string(version)), bin)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrBrokenFolder, err)
	}
	entries, err := os.ReadDir(cfg.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrBrokenFolder, err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: %s holds files but no PG_VERSION, so it is no PostgreSQL data; remove it or choose another", ErrBrokenFolder, cfg.Dir)
	}
	return create(ctx, cfg, bin, as)
}

func usable(dir, version string, bin binaries) error {
	major, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("%w: %s/PG_VERSION says %q; restore it from a backup or choose another folder", ErrBrokenFolder, dir, version)
	}
	if major != bin.major {
		return fmt.Errorf("%w: %s was made by version %d and %s holds version %d; set PG_BINDIR to the other version or choose another folder",
			ErrOtherVersion, dir, major, bin.dir, bin.major)
	}
	if pid, running := occupant(dir); running {
		return fmt.Errorf("%w: process %s runs on %s; stop it or choose another folder", ErrInUse, pid, dir)
	}
	return nil
}

// occupant reports the server that answers on dir. A postmaster.pid alone says
// little: it survives a crash, and its process id may be another's by now.
func occupant(dir string) (pid string, running bool) {
	notice, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return "", false
	}
	lines := strings.Split(string(notice), "\n") // pid, folder, start, port, socket folder, …
	if len(lines) < 5 {
		return "", false
	}
	conn, err := net.DialTimeout("unix", filepath.Join(lines[4], ".s.PGSQL."+lines[3]), time.Second)
	if err != nil {
		return "", false
	}
	_ = conn.Close() // it was opened only to see whether somebody listens
	return lines[0], true
}

// create runs initdb beside dir and moves the result into place, so that an
// interrupted run leaves no half-made folder.
func create(ctx context.Context, cfg Config, bin binaries, as account) error {
	if err := os.MkdirAll(filepath.Dir(cfg.Dir), 0o755); err != nil {
		return err
	}
	if err := as.reaches(cfg.Dir); err != nil {
		return err
	}
	fresh := cfg.Dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	if err := as.own(fresh); err != nil {
		return err
	}
	args := []string{
		"--pgdata", fresh, "--username", superuser, "--auth", "trust", "--encoding", "UTF8",
		"--lc-collate", "C", "--lc-ctype", characterType(), "--lc-messages", "C",
		"--lc-monetary", "C", "--lc-numeric", "C", "--lc-time", "C",
	}
	if !cfg.Durable {
		args = append(args, "--no-sync")
	}
	initdb := exec.CommandContext(ctx, bin.path("initdb"), args...)
	initdb.Dir, initdb.SysProcAttr = fresh, as.attributes()
	if out, err := initdb.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("initdb in %s: %w: %s", fresh, err, bytes.TrimSpace(out)), os.RemoveAll(fresh))
	}
	if err := os.Remove(cfg.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(fresh, cfg.Dir)
}

// characterType names the locale that knows every letter's upper and lower
// case. Sorting stays bytewise (collation C), the same on every machine.
func characterType() string {
	if runtime.GOOS == "darwin" {
		return "UTF-8"
	}
	return "C.UTF-8"
}
