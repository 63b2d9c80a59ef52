package main

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// A result is one line that a benchmark printed.
type result struct {
	Package, Name string
	Metrics       map[string]float64
}

// processors end a benchmark's name where it ran on more than one.
var processors = regexp.MustCompile(`-\d+$`)

// read reads the output of go test -bench to its end. What a benchmark logs may
// stand between its name and its metrics.
func read(from io.Reader) ([]result, error) {
	var results []result
	var pkg, name string
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 2 && fields[0] == "pkg:" {
			pkg, name = fields[1], ""
			continue
		}
		if len(fields) > 0 && strings.HasPrefix(fields[0], "Benchmark") {
			name, fields = processors.ReplaceAllString(fields[0], ""), fields[1:]
		}
		if metrics := metricsOf(fields); metrics != nil && name != "" {
			results = append(results, result{pkg, name, metrics})
			name = ""
		}
	}
	return results, lines.Err()
}

// metricsOf reads the number of iterations and then pairs of value and unit, or
// returns nil if it is no such text.
func metricsOf(fields []string) map[string]float64 {
	if len(fields) < 3 {
		return nil
	}
	if _, err := strconv.Atoi(fields[0]); err != nil {
		return nil
	}
	metrics := map[string]float64{}
	for i := 1; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return nil
		}
		metrics[fields[i+1]] = value
	}
	return metrics
}
