package telemetry

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// LogConfig are the settings of the logger.
type LogConfig struct {
	Level zapcore.Level `env:"LOG_LEVEL" envDefault:"info" help:"least level that is logged: debug, info, warn, error"`
}

// NewLogger returns a logger that writes one JSON object a line to w. Lines
// below error may wait up to a second; flush writes what waits and ends the
// writing, so that it is the last thing a program does.
func NewLogger(cfg LogConfig, w io.Writer) (log *zap.Logger, flush func()) {
	out := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(unsynced{w}), FlushInterval: time.Second}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(encoding()), out, cfg.Level)
	return zap.New(urgent{core}), func() { _ = out.Stop() } // nobody is left to be told
}

func encoding() zapcore.EncoderConfig {
	c := zap.NewProductionEncoderConfig()
	c.TimeKey = "time"
	c.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	c.EncodeDuration = zapcore.SecondsDurationEncoder
	return c
}

// unsynced hides a file's Sync: a flush hands lines to the system and does not
// wait for a disk.
type unsynced struct{ io.Writer }

// urgent flushes after every error, so that the line is there when the program
// dies of it.
type urgent struct{ zapcore.Core }

// With returns an urgent core that adds fields to every line.
func (u urgent) With(fields []zapcore.Field) zapcore.Core {
	return urgent{u.Core.With(fields)}
}

// Check keeps u, not the core within, in charge of writing.
func (u urgent) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if u.Enabled(e.Level) {
		return ce.AddCore(e, u)
	}
	return ce
}

// Write writes the line and, from error upwards, everything that waits.
func (u urgent) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if err := u.Core.Write(e, fields); err != nil {
		return err
	}
	if e.Level < zapcore.ErrorLevel {
		return nil
	}
	return u.Sync()
}
