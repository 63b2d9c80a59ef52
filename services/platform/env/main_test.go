package env

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.uber.org/zap"
)

type greeting struct {
	Word string `env:"WORD,required" help:"what to say"`
}

// exec runs a program named hello and returns its exit code and what it wrote.
func exec(t *testing.T, args []string, run func(context.Context, greeting, *zap.Logger) error) (int, string) {
	t.Helper()
	var out bytes.Buffer
	p := program[greeting]{name: "hello", args: args, out: &out, err: &out, run: run}
	code := p.exec()
	return code, out.String()
}

func TestMain_RunsWithItsSettings(t *testing.T) {
	t.Setenv("HELLO_WORD", "hi")
	var got string
	code, out := exec(t, nil, func(_ context.Context, g greeting, _ *zap.Logger) error {
		got = g.Word
		return nil
	})
	if code != 0 || got != "hi" || !strings.Contains(out, `"msg":"stopped"`) {
		t.Errorf("code %d, word %q, output %s", code, got, out)
	}
}

func TestMain_ExitsWith1WhenRunFails(t *testing.T) {
	t.Setenv("HELLO_WORD", "hi")
	code, out := exec(t, nil, func(context.Context, greeting, *zap.Logger) error { return errors.New("no voice") })
	if code != 1 || !strings.Contains(out, "no voice") {
		t.Errorf("code %d, output %s", code, out)
	}
}

func TestMain_ExitsWith2WhenSettingsAreWrong(t *testing.T) {
	code, out := exec(t, nil, nil)
	if code != 2 || out != "hello: HELLO_WORD is empty\n" {
		t.Errorf("code %d, output %s", code, out)
	}
}

func TestMain_AnswersQuestionsWithoutSettings(t *testing.T) {
	tests := []struct {
		arg  string
		code int
		want string
	}{
		{"--help", 0, "HELLO_WORD"},
		{"--help", 0, "HELLO_LOG_LEVEL"},
		{"--version", 0, "hello "},
		{"--shout", 2, "unknown argument"},
	}
	for _, tt := range tests {
		if code, out := exec(t, []string{tt.arg}, nil); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%s: code %d, output %s", tt.arg, code, out)
		}
	}
}

func TestMain_RunsACommandInstead(t *testing.T) {
	var out bytes.Buffer
	p := program[greeting]{name: "hello", out: &out, err: &out, commands: []Command{{
		Name: "spell", Usage: "WORD", Help: "Spells a word.",
		Run: func(_ context.Context, args []string, out io.Writer) error {
			if len(args) != 1 {
				return fmt.Errorf("%w: one word", ErrUsage)
			}
			if args[0] == "" {
				return errors.New("nothing to spell")
			}
			_, err := fmt.Fprintln(out, strings.Join(strings.Split(args[0], ""), "-"))
			return err
		},
	}}}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"spell", "hi"}, 0, "h-i\n"},
		{[]string{"spell"}, 2, "hello spell: wrong usage: one word\nusage: spell WORD\n"},
		{[]string{"spell", ""}, 1, "hello spell: nothing to spell\n"},
	} {
		out.Reset()
		p.args = tt.args
		if code := p.exec(); code != tt.code || out.String() != tt.want {
			t.Errorf("%q: code %d, output %s", tt.args, code, out.String())
		}
	}
	out.Reset()
	p.args = []string{"--help"}
	if p.exec(); !strings.Contains(out.String(), "\nspell WORD\nSpells a word.\n") {
		t.Errorf("help: %s", out.String())
	}
}
