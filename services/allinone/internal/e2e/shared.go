package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// Shared is the one System of a test binary, on a clock of its own that shows
// the machine's time until a test moves it. It starts when the first test asks
// for it.
type Shared struct {
	once   sync.Once
	clock  Clock
	data   string
	system *System
	err    error
}

// System returns the running System.
func (s *Shared) System(t testing.TB) *System {
	t.Helper()
	s.once.Do(func() {
		if s.data, s.err = newFolder(); s.err == nil {
			s.system, s.err = StartAt(context.Background(), s.data, &s.clock)
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.system
}

// Alone returns a System for one test, which may move its clock and finds
// nobody else's traces in it. It takes seconds to start.
func Alone(t testing.TB, clock *Clock) *System {
	t.Helper()
	data, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) }) // a leftover in the folder for temporary files
	s, err := StartAt(context.Background(), data, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if t.Failed() {
			complaints(s.Log)
		}
	})
	return s
}

// newFolder makes a folder for a System's data. The database's own user must be
// able to pass through.
func newFolder() (string, error) {
	data, err := os.MkdirTemp("", "holdfast-e2e")
	if err != nil {
		return "", err
	}
	return data, os.Chmod(data, 0o711)
}

// Clock is the clock that the System's services go by. Who moves it moves it
// for all tests of the binary.
func (s *Shared) Clock() *Clock { return &s.clock }

// Run is the whole of a TestMain: it runs the tests, stops the System, and
// says what the services complained about if a test failed.
func (s *Shared) Run(m *testing.M) int {
	code := m.Run()
	if s.system != nil {
		if err := s.system.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop:", err)
			code = 1
		}
		if code != 0 {
			complaints(s.system.Log)
		}
	}
	if s.data != "" {
		_ = os.RemoveAll(s.data) // a leftover in the folder for temporary files
	}
	return code
}

// mostComplaints bounds what is printed of the log.
const mostComplaints = 40

// complaints prints the errors of a log.
func complaints(path string) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for printed := 0; lines.Scan() && printed < mostComplaints; {
		if strings.Contains(lines.Text(), `"level":"error"`) {
			fmt.Fprintln(os.Stderr, lines.Text())
			printed++
		}
	}
}
