package env

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// Main is the whole of a service's program: it reads T with the service's name
// in capitals as prefix, calls run, and returns the exit code: 0 when run
// ended well, 1 when it failed, 2 when the command line or the settings are
// wrong. SIGTERM and SIGINT cancel run's context; a second one kills. If the first
// argument names one of the commands, it runs that one instead.
//
//	func main() { os.Exit(env.Main("customer", customer.Run)) }
func Main[T any](name string, run func(context.Context, T, *zap.Logger) error, commands ...Command) int {
	return program[T]{name: name, args: os.Args[1:], out: os.Stdout, err: os.Stderr, run: run, commands: commands}.exec()
}

// Command is something that a program does besides serving. Run gets what stands
// behind the command's name, and writes to out what it has to say; it returns
// ErrUsage for arguments or settings that are wrong. Settings are Command's own,
// of which Help says what there is.
type Command struct {
	Name, Usage string // such as "verify" and "[--seal N --digest HEX]"
	Help        string
	Run         func(ctx context.Context, args []string, out io.Writer) error
}

// ErrUsage is wrapped by what a command returns if it was asked wrongly.
var ErrUsage = errors.New("wrong usage")

// program is one execution of Main with its surroundings.
type program[T any] struct {
	name     string
	args     []string
	out, err io.Writer
	run      func(context.Context, T, *zap.Logger) error
	commands []Command
}

// settings are what every program reads: its own and the logger's.
type settings[T any] struct {
	Service T
	Log     telemetry.LogConfig
}

func (p program[T]) exec() int {
	prefix := strings.ToUpper(p.name) + "_"
	if len(p.args) > 0 {
		return p.answer(prefix)
	}
	cfg, err := Load[settings[T]](prefix)
	if err != nil {
		fmt.Fprintf(p.err, "%s: %v\n", p.name, err)
		return 2
	}
	return p.start(cfg)
}

// answer serves the command line, which asks but never configures.
func (p program[T]) answer(prefix string) int {
	switch p.args[0] {
	case "--help", "-h", "help":
		fmt.Fprintf(p.out, "%s is configured by its environment. NAME_FILE may name a file that holds the value of NAME,\n"+
			"and %s may replace the prefix %s for settings that all services share.\n\n%s",
			p.name, Shared, prefix, Reference(settings[T]{}, prefix))
		for _, c := range p.commands {
			fmt.Fprintf(p.out, "\n%s %s\n%s\n", c.Name, c.Usage, c.Help)
		}
		return 0
	case "--version", "version":
		fmt.Fprintln(p.out, p.name, Version())
		return 0
	}
	for _, c := range p.commands {
		if c.Name == p.args[0] {
			return p.command(c)
		}
	}
	fmt.Fprintf(p.err, "%s: unknown argument %q; --help lists the settings\n", p.name, p.args[0])
	return 2
}

func (p program[T]) command(c Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	err := c.Run(ctx, p.args[1:], p.out)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrUsage):
		fmt.Fprintf(p.err, "%s %s: %v\nusage: %s %s\n", p.name, c.Name, err, c.Name, c.Usage)
		return 2
	}
	fmt.Fprintf(p.err, "%s %s: %v\n", p.name, c.Name, err)
	return 1
}

func (p program[T]) start(cfg settings[T]) int {
	log, flush := telemetry.NewLogger(cfg.Log, p.err)
	defer flush()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal kills

	log = log.Named(p.name)
	log.Info("starting", zap.String("version", Version()))
	if err := p.run(ctx, cfg.Service, log); err != nil {
		log.Error("stopped", zap.Error(err))
		return 1
	}
	log.Info("stopped")
	return 0
}

// version is set by the linker for releases.
var version string

// Version is the release, or the commit of a build between releases.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}
