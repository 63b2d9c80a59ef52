package pgtest_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// holdServer makes the test use the server until it is killed.
const holdServer = "HOLDFAST_PGTEST_HOLD_SERVER"

func TestServer_AnswersInItsSocketFolder(t *testing.T) {
	socket := pgtest.Server(t).SocketDir()
	if _, err := os.Stat(filepath.Join(socket, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	if os.Getenv(holdServer) == "" {
		return
	}
	fmt.Println("socket " + socket)
	_, _ = io.Copy(io.Discard, os.Stdin) // until we are killed, or our parent ends
}

func hold(t *testing.T, tmp string) (user *exec.Cmd, socket string) {
	t.Helper()
	user = exec.Command(os.Args[0], "-test.run=^TestServer_AnswersInItsSocketFolder$")
	user.Env = append(os.Environ(), holdServer+"=1", "TMPDIR="+tmp)
	if _, err := user.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := user.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := user.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = user.Process.Kill(), user.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return user, strings.TrimSpace(strings.TrimPrefix(line, "socket "))
}

func TestServer_IsSharedAndGoneWithItsLastUserHoweverThatEnds(t *testing.T) {
	tmp, err := os.MkdirTemp("", "holdfast-keeper") // where the server's user can go
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o711); err != nil {
		t.Fatal(err)
	}
	first, socket := hold(t, tmp)
	second, same := hold(t, tmp)
	if socket != same {
		t.Errorf("two users have servers at %s and %s, want one", socket, same)
	}
	for _, user := range []*exec.Cmd{first, second} {
		if _, err := os.Stat(socket); err != nil {
			t.Errorf("the server left while it had a user: %v", err)
		}
		if err := user.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = user.Wait() // says that it was killed
	}
	eventuallyGone(t, socket, filepath.Join(tmp, "holdfast-test-*", "cluster*"), filepath.Join(tmp, "holdfast-test-*", "socket"))
}

// eventuallyGone waits for the keeper, which we are no parent of.
func eventuallyGone(t *testing.T, patterns ...string) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	enough := time.After(20 * time.Second)
	for {
		var left []string
		for _, pattern := range patterns {
			found, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, found...)
		}
		if len(left) == 0 {
			return
		}
		select {
		case <-look.C:
		case <-enough:
			t.Fatalf("left behind: %v", left)
		}
	}
}
