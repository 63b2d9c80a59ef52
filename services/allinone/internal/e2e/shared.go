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

// Shared is the one System of a test binary. It starts when the first test
// asks for it.
type Shared struct {
	once   sync.Once
	data   string
	system *System
	err    error
}

// System returns the running System.
func (s *Shared) System(t testing.TB) *System {
	t.Helper()
	s.once.Do(func() {
		if s.data, s.err = os.MkdirTemp("", "holdfast-e2e"); s.err == nil {
			s.err = os.Chmod(s.data, 0o711) // the database's own user passes through
		}
		if s.err == nil {
			s.system, s.err = Start(context.Background(), s.data)
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.system
}

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
