// Command demo walks the README's journey against a running server: it runs
// each command that the README shows and prints what the server answers.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/journey"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := walk(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // stop has nothing left to do
	}
}

// walked is there once the journey has begun: it changes the book for good.
const walked = ".holdfast/walked"

func walk(ctx context.Context) error {
	text, err := os.ReadFile("README.md")
	if err != nil {
		return fmt.Errorf("run this at the top of the repository: %w", err)
	}
	if _, err := os.Stat(".holdfast/env"); err != nil {
		return fmt.Errorf("nothing has been started here yet: run 'make run' in another terminal")
	}
	if _, err := os.Stat(walked); err == nil {
		return fmt.Errorf("the journey was walked with this book already: stop the server, remove .holdfast, and run 'make run' again for a new one")
	}
	if err := os.WriteFile(walked, nil, 0o600); err != nil {
		return err
	}
	shell, err := journey.Start(ctx, ".", os.Environ())
	if err != nil {
		return err
	}
	for _, step := range journey.Read(string(text), journey.Heading) {
		fmt.Printf("\033[1m$ %s\033[0m", step.Command)
		printed, err := shell.Run(step.Command)
		if err != nil {
			return err
		}
		fmt.Println(pretty(printed))
	}
	return shell.Close()
}

// pretty indents an answer if it is JSON.
func pretty(text string) string {
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(text), "", "  ") != nil {
		return text
	}
	return indented.String() + "\n"
}
