package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// The server must outlive the test process that starts it while others use it,
// and must not outlive the last, which may be killed. So its parent is neither:
// the first process starts itself once more as the keeper, which is nothing but
// the server's parent. Every user holds a shared lock on a file; the keeper
// waits for the exclusive one, which the kernel grants when the last user is
// gone. A user that comes while the keeper cleans up waits for the lock, finds
// no server and starts the next keeper.
//
// In the folder of the tests:
//
//	start    locked by a process that looks for a server or starts one
//	users    locked, shared, by each process that uses the server
//	socket   the path of the running server's socket folder
//	cluster* the data

// keeperOf is the environment variable that makes a test binary a keeper.
const keeperOf = "HOLDFAST_PGTEST_KEEPER_OF"

func init() {
	dir := os.Getenv(keeperOf)
	if dir == "" {
		return
	}
	if err := keep(dir); err != nil {
		fmt.Println(strings.ReplaceAll(err.Error(), "\n", "; ")) // to the process that waits for our word
		os.Exit(1)
	}
	os.Exit(0)
}

// joined is this process's use of the server. It lasts until the process ends.
var joined struct {
	sync.Mutex
	users   *os.File
	cluster *pgcluster.Cluster
}

// join returns the shared server and starts it if nobody has.
func join(ctx context.Context) (*pgcluster.Cluster, error) {
	joined.Lock()
	defer joined.Unlock()
	if joined.cluster != nil {
		return joined.cluster, nil
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("holdfast-test-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, err
	}
	start, err := locked(filepath.Join(dir, "start"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer func() { _ = start.Close() }() // gives the lock back
	if joined.users == nil {
		if joined.users, err = locked(filepath.Join(dir, "users"), syscall.LOCK_SH); err != nil {
			return nil, err
		}
	}
	cluster, running := running(ctx, dir)
	if !running {
		if cluster, err = startKeeper(dir); err != nil {
			return nil, err
		}
	}
	joined.cluster = cluster
	return cluster, nil
}

// running returns the server of dir, if there is one and it answers.
func running(ctx context.Context, dir string) (*pgcluster.Cluster, bool) {
	socket, err := os.ReadFile(filepath.Join(dir, "socket"))
	if err != nil {
		return nil, false
	}
	cluster := pgcluster.Attach(string(socket))
	conn, err := pgconn.Connect(ctx, cluster.URL("postgres", "postgres"))
	if err != nil {
		return nil, false
	}
	return cluster, conn.Close(ctx) == nil
}

// startKeeper runs our own binary as the keeper of dir and waits for its word.
func startKeeper(dir string) (*pgcluster.Cluster, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	keeper := exec.Command(self)
	keeper.Env = append(os.Environ(), keeperOf+"="+dir)
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for the tests; the keeper follows them
	word, err := keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := keeper.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(word).ReadString('\n')
	if socket, ok := strings.CutPrefix(strings.TrimSpace(line), "socket "); ok {
		return pgcluster.Attach(socket), nil // it is not waited for: it outlives us
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, errors.Join(errors.New(strings.TrimSpace(line)), keeper.Wait())
}

// keep runs a server while dir has users.
func keep(dir string) (err error) {
	if err := removeOld(dir); err != nil {
		return err
	}
	cluster, err := pgcluster.Start(context.Background(), pgcluster.Config{Dir: filepath.Join(dir, fmt.Sprintf("cluster%d", os.Getpid()))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop(), removeOld(dir)) }()
	if err := os.WriteFile(filepath.Join(dir, "socket"), []byte(cluster.SocketDir()), 0o600); err != nil {
		return err
	}
	if _, err := fmt.Println("socket " + cluster.SocketDir()); err != nil {
		return err
	}
	joined.users, err = locked(filepath.Join(dir, "users"), syscall.LOCK_EX) // held until we end: newcomers wait
	return err
}

// removeOld deletes what a keeper leaves, this one or one that was killed.
func removeOld(dir string) error {
	clusters, err := filepath.Glob(filepath.Join(dir, "cluster*"))
	if err != nil {
		return err
	}
	for _, path := range append(clusters, filepath.Join(dir, "socket")) {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// locked opens path with a lock that lasts until the file is closed or the
// process ends.
func locked(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
	}
}
