package queue

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// handler writes the queue's own records to our log. What it says below a
// warning is of no interest to operators.
type handler struct{ log *zap.Logger }

func newLogger(log *zap.Logger) *slog.Logger { return slog.New(handler{log}) }

// Enabled reports whether records of this level are written.
func (handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle writes a record.
func (h handler) Handle(_ context.Context, r slog.Record) error {
	level := zapcore.WarnLevel
	if r.Level >= slog.LevelError {
		level = zapcore.ErrorLevel
	}
	fields := make([]zap.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, field(a))
		return true
	})
	h.log.Log(level, r.Message, fields...)
	return nil
}

// WithAttrs returns a handler that adds attrs to each record.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zap.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = field(a)
	}
	return handler{h.log.With(fields...)}
}

// WithGroup returns a handler that puts attributes under a name.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.log.With(zap.Namespace(name))}
}

func field(a slog.Attr) zap.Field { return zap.Any(a.Key, a.Value.Any()) }
