// Command holdfast runs the whole of Holdfast on a laptop.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// settings are the all-in-one's own, and the logger's.
type settings struct {
	AllInOne allinone.Config
	Log      telemetry.LogConfig
}

func main() { os.Exit(run()) }

func run() int {
	if len(os.Args) > 1 {
		fmt.Printf("holdfast is configured by its environment:\n\n%s", env.Reference(settings{}, "HOLDFAST_"))
		return 0
	}
	cfg, err := env.Load[settings]("HOLDFAST_")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	log, closeLog, err := openLog(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer closeLog()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { fmt.Println("\nstopping") })
	err = allinone.Run(ctx, cfg.AllInOne, log, os.Stdout, func(r allinone.Running) { r.Welcome(os.Stdout) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// openLog writes the services' logs to a file in the data folder, so that the
// terminal stays readable.
func openLog(cfg settings) (*zap.Logger, func(), error) {
	if err := os.MkdirAll(cfg.AllInOne.Data, 0o711); err != nil {
		return nil, nil, fmt.Errorf("the data folder can't be made: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(cfg.AllInOne.Data, "holdfast.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("the data folder can't be written: %w", err)
	}
	log, flush := telemetry.NewLogger(cfg.Log, file)
	return log, func() { flush(); _ = file.Close() }, nil // nothing is left to say
}
