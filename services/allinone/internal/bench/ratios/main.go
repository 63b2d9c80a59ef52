// Command ratios reads the output of go test -bench, passes it on, and ends
// with one table: what was measured, the limit measured in the same run, their
// ratio, the goal, and whether it is met. It fails if a goal was not measured.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(1)
	}
}

var errUnmeasured = errors.New("not every goal was measured")

func run(in io.Reader, out io.Writer) error {
	results, err := read(io.TeeReader(in, out))
	if err != nil {
		return err
	}
	rows, complete := rowsOf(results)
	if err := print(out, rows); err != nil {
		return err
	}
	if !complete {
		return errUnmeasured
	}
	return nil
}
