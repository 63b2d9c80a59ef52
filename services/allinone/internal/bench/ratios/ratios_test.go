package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `pkg: example.com/margin
BenchmarkCalculate/billed_monthly-2     500000   1900 ns/op   2088 B/op   9 allocs/op
PASS
pkg: example.com/rpc
BenchmarkCalculateMargin-2   	   10000	    200000 ns/op	         0.7000 ratio
BenchmarkSubmitRenewal/clients=8-2  1  400 pgbench/s  0.2500 ratio  100 submissions/s
    bench_test.go:29: 100 submissions a second
BenchmarkImport
BenchmarkImport-2  	2026/11/22 ERROR: something is said between
  1  9000 rows/s  20000 copied-rows/s  0.45 ratio-to-copy
BenchmarkGenerateReport-2  1  4000000000 aggregate-ns/op  12 peak-MiB  0.8 ratio  5000000000 report-ns/op
BenchmarkGetForecast/one_partner-2  1  2.3 p50-ms  11.7 p99-ms
BenchmarkGetForecast/whole_book-2  1  3.0 forecast-ms  800.0 ratio  2400.0 sql-ms  1.9 sql-of-sums-ms
`

func TestRows_JudgeEveryGoal(t *testing.T) {
	results, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	got, complete := rowsOf(results)
	want := [][]string{
		{"margin engine, a line, billed monthly", "1.9 µs", "–", "–", "≤ 5 µs", "met"},
		{"margin engine, a line, billed monthly", "9 allocations", "–", "–", "≤ 10 allocations", "met"},
		{"CalculateMargin by gRPC | bare echo", "200 µs", "140 µs", "0.70", "≥ 0.70", "met"},
		{"CalculateMargin by REST | plain net/http", "–", "–", "–", "≥ 0.30", "NOT MEASURED"},
		{"SubmitRenewal | same SQL by pgbench, clients=8", "100 1/s", "400 1/s", "0.25", "≥ 0.50", "MISSED"},
		{"ledger entries, one a transaction | same SQL by pgbench", "–", "–", "–", "≥ 0.90", "NOT MEASURED"},
		{"ledger entries, 1000 a transaction | one a transaction", "–", "–", "–", "≥ 10.00", "NOT MEASURED"},
		{"ledger entries of one partner, 8 writers | of 1000", "–", "–", "–", "≥ 0.90", "NOT MEASURED"},
		{"import | \\copy into the same tables", "9000 rows/s", "20000 rows/s", "0.45", "≥ 0.50", "MISSED"},
		{"report of a million answers | one SQL aggregate", "5 s", "4 s", "0.80", "≥ 0.67", "met"},
		{"GetForecast out of a million subscriptions, p99, one partner", "11.7 ms", "–", "–", "≤ 50 ms", "met"},
		{"GetForecast out of a million subscriptions | one SQL aggregate, whole book", "3 ms", "2400 ms", "800.00", "≥ 0.77", "met"},
	}
	if diff := cmp.Diff(want, got); diff != "" || complete {
		t.Errorf("complete: %v, rows: %s", complete, diff)
	}
}

func TestRun_PassesOnWhatItReadsAndFailsWhereAGoalIsNotMeasured(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(output), &out); err != errUnmeasured { //nolint:errorlint // returned as it is
		t.Errorf("error %v, want %v", err, errUnmeasured)
	}
	if !strings.HasPrefix(out.String(), output) || !strings.Contains(out.String(), "NOT MEASURED") {
		t.Errorf("printed %s", out.String())
	}
}
