package pgcluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// server is the child process.
type server struct {
	cmd  *exec.Cmd
	dir  string
	last *lastWords
	done chan struct{}
	exit error // of the process; read it after done is closed
}

func launch(cfg Config, bin binaries, as account, socketDir string) (*server, error) {
	last := &lastWords{next: cfg.Log}
	cmd := exec.Command(bin.path("postgres"), settings(cfg, socketDir)...)
	cmd.Dir = cfg.Dir // our own may be closed to the account
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGDATA=", "TZ=UTC")
	cmd.Stdout, cmd.Stderr = last, last
	cmd.WaitDelay = 2 * time.Second // for children that hold the log open
	cmd.SysProcAttr = as.attributes()

	s := &server{cmd: cmd, dir: cfg.Dir, last: last, done: make(chan struct{})}
	started := make(chan error, 1)
	go s.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", bin.path("postgres"), err)
	}
	return s, nil
}

// run keeps its thread until the server has ended: Linux counts the death of
// the thread that started a child as the death of the parent.
func (s *server) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	err := s.cmd.Start()
	started <- err
	if err == nil {
		s.exit = s.cmd.Wait()
	}
}

func settings(cfg Config, socketDir string) []string {
	args := []string{"-D", cfg.Dir}
	set := func(name, value string) { args = append(args, "-c", name+"="+value) }
	set("listen_addresses", "")
	set("unix_socket_directories", socketDir)
	set("unix_socket_permissions", "0700")
	set("port", "5432")
	set("logging_collector", "off")
	set("log_destination", "stderr")
	set("timezone", "UTC")
	set("log_timezone", "UTC")
	set("max_connections", "300")
	set("jit", "off") // costs more than it brings for short statements
	if cfg.Durable {
		set("fsync", "on")
		set("shared_buffers", "256MB")
		set("max_wal_size", "4GB")
		return args
	}
	set("fsync", "off")
	set("full_page_writes", "off")
	set("synchronous_commit", "off")
	set("wal_level", "minimal")
	set("max_wal_senders", "0")
	set("max_wal_size", "2GB")
	set("autovacuum", "off")
	set("deadlock_timeout", "50ms")
	return args
}

// ready returns when the server takes connections, or the reason why it never will.
func (s *server) ready(ctx context.Context, url string) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgconn.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			return fmt.Errorf("%w: PostgreSQL does not start on %s: %s", ErrBrokenFolder, s.dir, s.last.gravest())
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL on %s: %w", s.dir, ctx.Err())
		case <-again.C:
		}
	}
}

// stop asks for a fast shutdown, and insists after a while.
func (s *server) stop() error {
	if s.cmd == nil {
		return nil
	}
	for _, step := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		select {
		case <-s.done:
			return nil
		default:
		}
		_ = s.cmd.Process.Signal(step.signal) // it may have ended this moment; done tells
		select {
		case <-s.done:
			if step.signal != syscall.SIGINT {
				return fmt.Errorf("PostgreSQL on %s ended only by %s", s.dir, step.signal)
			}
			return nil
		case <-time.After(step.patience):
		}
	}
	return fmt.Errorf("PostgreSQL on %s does not end", s.dir)
}

// lastWords passes the log on and keeps its end, where a dying server says why.
type lastWords struct {
	mu   sync.Mutex
	next io.Writer
	end  []byte
}

const lastWordsKept = 4096

func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = append(l.end, p...)
	if over := len(l.end) - lastWordsKept; over > 0 {
		l.end = append([]byte(nil), l.end[over:]...)
	}
	if l.next == nil {
		return len(p), nil
	}
	return l.next.Write(p)
}

// gravest returns the first fatal message of what was kept, for people to read.
func (l *lastWords) gravest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.end)), "\n")
	for _, line := range lines {
		for _, grave := range []string{"PANIC:", "FATAL:"} {
			if _, message, found := strings.Cut(line, grave); found {
				return strings.TrimSpace(message)
			}
		}
	}
	return lines[len(lines)-1]
}
