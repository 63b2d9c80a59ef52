package pgcluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// oldest is the first major version whose schema "public" is closed to
// strangers, which the roles of a service rely on.
const oldest = 15

var (
	// ErrNotInstalled is returned where there are no server binaries.
	ErrNotInstalled = errors.New("no PostgreSQL server was found on this machine: install it" +
		" (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server;" +
		" Alpine: apk add postgresql; macOS: brew install postgresql@17)" +
		" or set PG_BINDIR to the folder that holds postgres and initdb")
	// ErrTooOld is returned where the newest server is older than Holdfast supports.
	ErrTooOld = errors.New("the PostgreSQL on this machine is too old")
)

// places are the folders in which packages put server binaries, none of which
// is on the PATH by default.
var places = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // PostgreSQL's own RPMs
	"/usr/lib/postgresql*/bin",  // SUSE
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgres*/bin",
	"/usr/local/opt/postgres*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgres*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries are the server programs of one installation.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// Find returns the folder with the newest server binaries. PG_BINDIR decides
// if it is set; the PATH is asked last, because what is there may be a wrapper.
func Find() (string, error) {
	b, err := find()
	return b.dir, err
}

func find() (binaries, error) {
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		b, err := examine(dir)
		if err != nil {
			return binaries{}, fmt.Errorf("PG_BINDIR is %s, which holds no usable PostgreSQL server: %w", dir, err)
		}
		return b, b.supported()
	}
	var newest binaries
	for _, pattern := range places {
		dirs, _ := filepath.Glob(pattern) // the patterns are well-formed
		for _, dir := range dirs {
			if b, err := examine(dir); err == nil && b.major > newest.major {
				newest = b
			}
		}
	}
	if newest.major == 0 {
		newest = onPath()
	}
	if newest.major == 0 {
		return binaries{}, ErrNotInstalled
	}
	return newest, newest.supported()
}

func onPath() binaries {
	program, err := exec.LookPath("postgres")
	if err != nil {
		return binaries{}
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	b, _ := examine(filepath.Dir(program)) // the zero value says that there is none
	return b
}

// examine asks the server in dir for its version.
func examine(dir string) (binaries, error) {
	b := binaries{dir: dir}
	if _, err := exec.LookPath(b.path("initdb")); err != nil {
		return binaries{}, err
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output()
	if err != nil {
		return binaries{}, err
	}
	b.major, err = majorOf(string(out))
	return b, err
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf reads lines such as "postgres (PostgreSQL) 15.13 (Debian 15.13-0)".
func majorOf(version string) (int, error) {
	m := versionNumber.FindStringSubmatch(version)
	if m == nil {
		return 0, fmt.Errorf("%q names no version of PostgreSQL", version)
	}
	return strconv.Atoi(m[1])
}

func (b binaries) supported() error {
	if b.major < oldest {
		return fmt.Errorf("%w: %s holds version %d, and %d or newer is needed", ErrTooOld, b.dir, b.major, oldest)
	}
	return nil
}
