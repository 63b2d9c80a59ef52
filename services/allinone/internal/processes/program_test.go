package processes

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"
)

const module = "github.com/holdfast-channel/holdfast/services/"

// built are the programs, built once for all tests.
var built struct {
	once   sync.Once
	folder string
	err    error
}

// program returns the path of a service's program.
func program(t *testing.T, service string) string {
	t.Helper()
	built.once.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "holdfast-programs"); built.err != nil {
			return
		}
		args := []string{"build", "-o", built.folder + "/"}
		if raced() { // out of the same cache as this test
			args = append(args, "-race")
		}
		for _, service := range names {
			args = append(args, module+service+"/cmd/"+service+"d")
		}
		if text, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
			built.err = errors.Join(err, errors.New(string(text)))
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.folder, service+"d")
}

func raced() bool {
	info, _ := debug.ReadBuildInfo()
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder) // a leftover in the folder for temporary files
	}
	os.Exit(code)
}

// A process is a running program.
type process struct {
	cmd    *exec.Cmd
	output output
	ended  chan struct{}
}

// output collects what a process prints, while others may read it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts a program with nothing in its environment but its settings.
func start(t *testing.T, service string, settings map[string]string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program(t, service)), ended: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState tells
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended in most cases
		<-p.ended
		if t.Failed() {
			t.Logf("%s:\n%s", service, tail(p.output.String()))
		}
	})
	return p
}

// tail is the end of a long text.
func tail(text string) string { return text[max(0, len(text)-3000):] }

// stop asks the process to end and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the process does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// kill ends the process as a power cut would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
}
