// Package journey takes the README at its word: it reads the commands of a
// section and the answers printed below them, runs the commands in a shell, and
// compares. `make demo` shows the walk to a person, a test keeps it true.
package journey

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Heading is that of the README's section that can be walked.
const Heading = "The journey"

// A Step is a command, and the answer that the text shows for it, if any.
type Step struct{ Command, Answer string }

// Read returns the steps of a section of a Markdown text: its fenced blocks
// marked "sh", each with the block marked "json" that follows it.
func Read(markdown, heading string) []Step {
	var steps []Step
	var block *string
	inside := false
	for line := range strings.Lines(markdown) {
		trimmed := strings.TrimRight(line, "\n")
		switch {
		case block != nil && trimmed == "```":
			block = nil
		case block != nil:
			*block += line
		case strings.HasPrefix(trimmed, "## "):
			inside = trimmed == "## "+heading
		case inside && trimmed == "```sh":
			steps = append(steps, Step{})
			block = &steps[len(steps)-1].Command
		case inside && trimmed == "```json" && len(steps) > 0:
			block = &steps[len(steps)-1].Answer
		}
	}
	return steps
}

// A Shell runs one command after the other, so that variables stay.
type Shell struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
}

// mark ends the output of a command. No command of the README prints it.
const mark = "\x04end"

// Start starts a shell in a folder.
func Start(ctx context.Context, dir string, env []string) (*Shell, error) {
	cmd := exec.CommandContext(ctx, "bash", "-u", "-o", "pipefail")
	cmd.Dir, cmd.Env = dir, env
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a shell: %w", err)
	}
	return &Shell{cmd: cmd, input: input, output: bufio.NewReader(output)}, nil
}

// Run runs a command and returns what it printed, or an error with that if it
// failed.
func (s *Shell) Run(command string) (string, error) {
	if _, err := fmt.Fprintf(s.input, "%s\nprintf '\\n%s %%d\\n' $?\n", command, mark); err != nil {
		return "", err
	}
	var printed strings.Builder
	for {
		line, err := s.output.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("the shell has ended after %q printed: %s", command, printed.String())
		}
		if code, ended := strings.CutPrefix(strings.TrimSpace(line), mark+" "); ended {
			text := strings.TrimSuffix(printed.String(), "\n")
			if code != "0" {
				return "", fmt.Errorf("exit code %s of %q: %s", code, command, text)
			}
			return text, nil
		}
		printed.WriteString(line)
	}
}

// Close ends the shell.
func (s *Shell) Close() error {
	return errors.Join(s.input.Close(), s.cmd.Wait())
}
