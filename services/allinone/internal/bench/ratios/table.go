package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// rowsOf judges every goal and reports whether all were measured.
func rowsOf(results []result) (rows [][]string, complete bool) {
	complete = true
	for _, g := range goals {
		measured := 0
		for _, r := range results {
			variant, ok := g.covers(r)
			if !ok {
				continue
			}
			if row := g.judge(r.Metrics); row != nil {
				rows = append(rows, append([]string{g.What + variant}, row...))
				measured++
			}
		}
		if measured == 0 {
			rows = append(rows, []string{g.What, "–", "–", "–", g.text(), "NOT MEASURED"})
			complete = false
		}
	}
	return rows, complete
}

// covers reports whether the goal is that of a result, and which variant of the
// benchmark it is of.
func (g goal) covers(r result) (variant string, ok bool) {
	name, variant, _ := strings.Cut(r.Name, "/")
	if variant != "" {
		variant = ", " + strings.NewReplacer("_", " ", ",_", ", ").Replace(variant)
	}
	return variant, name == g.Benchmark
}

// judge returns measured value, limit, ratio, goal and verdict, or nil if the
// metrics are not there.
func (g goal) judge(metrics map[string]float64) []string {
	value, ok := metrics[g.Measured]
	if !ok {
		return nil
	}
	if g.AtMost > 0 {
		return []string{g.amount(value), "–", "–", g.text(), verdict(value*g.Scale <= g.AtMost)}
	}
	ratio, ok := ratioOf(metrics)
	if !ok {
		return nil
	}
	limit, ok := metrics[g.Limit]
	if !ok {
		limit = value * ratio // of times; of rates every benchmark reports both
	}
	return []string{g.amount(value), g.amount(limit), fmt.Sprintf("%.2f", ratio), g.text(), verdict(ratio >= g.AtLeast)}
}

// ratioOf finds the metric "ratio", or one that says to what: "ratio-to-copy".
func ratioOf(metrics map[string]float64) (float64, bool) {
	for name, value := range metrics {
		if name == "ratio" || strings.HasPrefix(name, "ratio-to-") {
			return value, true
		}
	}
	return 0, false
}

func (g goal) amount(value float64) string {
	value *= g.Scale
	if value < 100 && value != float64(int(value)) {
		return fmt.Sprintf("%.1f %s", value, g.Unit)
	}
	return fmt.Sprintf("%.0f %s", value, g.Unit)
}

func (g goal) text() string {
	if g.AtMost > 0 {
		return fmt.Sprintf("≤ %v %s", g.AtMost, g.Unit)
	}
	return fmt.Sprintf("≥ %.2f", g.AtLeast)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}

func print(out io.Writer, rows [][]string) error {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, row := range append([][]string{{"", "measured", "limit", "ratio", "goal", ""}}, rows...) {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}
