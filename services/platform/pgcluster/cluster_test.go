package pgcluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// place returns the path of a data folder that the server's user can reach,
// which a test's own folder is not.
func place(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp("", "holdfast-pgcluster")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	if err := os.Chmod(root, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "data")
}

func start(t *testing.T, dir string) *pgcluster.Cluster {
	t.Helper()
	c, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func exec(t *testing.T, url, sql string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), sql)
	return err
}

func TestStart_KeepsTheDataUntilTheNextStart(t *testing.T) {
	dir := place(t)
	first := start(t, dir)
	if err := first.EnsureService(t.Context(), "customer"); err != nil {
		t.Fatal(err)
	}
	if err := exec(t, first.URL("customer_owner", "customer"), "CREATE TABLE kept (id bigint)"); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	if _, err := os.Stat(first.SocketDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket folder left behind: %v", err)
	}
	second := start(t, dir)
	if err := second.EnsureService(t.Context(), "customer"); err != nil {
		t.Errorf("a service that is there already: %v", err)
	}
	if err := exec(t, second.URL("customer_owner", "customer"), "INSERT INTO kept (id) VALUES (1)"); err != nil {
		t.Error(err)
	}
}

func TestStart_RefusesAFolderInUse(t *testing.T) {
	dir := place(t)
	start(t, dir)
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
	expect(t, err, pgcluster.ErrInUse)
}

func TestStart_SaysWhatIsWrongWithAFolder(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		want  error
	}{
		"something else's files":  {map[string]string{"thesis.tex": "…"}, pgcluster.ErrBrokenFolder},
		"data of another version": {map[string]string{"PG_VERSION": "9\n"}, pgcluster.ErrOtherVersion},
		"an unreadable version":   {map[string]string{"PG_VERSION": "?\n"}, pgcluster.ErrBrokenFolder},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for file, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
			expect(t, err, test.want)
		})
	}
}

func TestStart_SaysWhyAServerDoesNotComeUp(t *testing.T) {
	dir := place(t)
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
	expect(t, err, pgcluster.ErrBrokenFolder)
	if err != nil && !strings.Contains(err.Error(), dir) {
		t.Errorf("%q does not name the folder", err)
	}
}

func TestStart_RefusesASocketFolderThatIsTooDeep(t *testing.T) {
	dir := place(t)
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir, SocketDir: filepath.Join(dir+".sockets", strings.Repeat("deep", 25))})
	expect(t, err, pgcluster.ErrSocketDirTooLong)
}

func TestFind_SaysWhenPG_BINDIRIsWrong(t *testing.T) {
	t.Setenv("PG_BINDIR", t.TempDir())
	if _, err := pgcluster.Find(); err == nil || !strings.HasPrefix(err.Error(), "PG_BINDIR is ") {
		t.Errorf("error %v, want one about PG_BINDIR", err)
	}
}

func TestEnsureService_AdmitsOnlyTheServicesOwnRoles(t *testing.T) {
	c := start(t, place(t))
	for _, service := range []string{"customer", "partner"} {
		if err := c.EnsureService(t.Context(), service); err != nil {
			t.Fatal(err)
		}
	}
	for role, admitted := range map[string]bool{
		"customer_owner": true, "customer_app": true, "customer_system": true,
		"partner_owner": false, "partner_app": false, "partner_system": false,
	} {
		if err := exec(t, c.URL(role, "customer"), "SELECT 1"); (err == nil) != admitted {
			t.Errorf("%s in customer: error %v, admitted should be %v", role, err, admitted)
		}
	}
	for _, role := range []string{"customer_app", "customer_system"} {
		if err := exec(t, c.URL(role, "customer"), "CREATE TABLE mine (id bigint)"); err == nil {
			t.Errorf("%s made a table", role)
		}
	}
	if err := c.EnsureService(t.Context(), "x; DROP"); !errors.Is(err, pgcluster.ErrServiceName) {
		t.Errorf("error %v, want ErrServiceName", err)
	}
}

func TestDone_TellsOfAServerThatDies(t *testing.T) {
	dir := place(t)
	c := start(t, dir)
	if err := kill(dir); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if err := c.Stop(); err != nil {
		t.Errorf("stop of a dead server: %v", err)
	}
	start(t, dir) // what it leaves does not keep the next one out
}

func expect(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if err != nil && strings.ContainsRune(err.Error(), '\n') {
		t.Errorf("%q is not one sentence", err)
	}
}
