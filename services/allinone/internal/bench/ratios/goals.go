package main

// A goal is what a benchmark should reach. A ratio is at least the goal; with
// AtMost, the measured metric is at most that.
type goal struct {
	Benchmark string // without its sub-benchmarks, of which each is judged
	What      string
	Measured  string // the metric that the benchmark is about
	Limit     string // the metric of the limit; derived from the ratio if empty
	Unit      string // of both, as people say it
	Scale     float64
	AtMost    float64
	AtLeast   float64
}

// goals are all that there are. Every benchmark that is set beside a limit
// reports the metric "ratio": the share of the limit's speed that it reaches.
// The one of SubmitRenewal is to become 0.90.
var goals = []goal{
	{Benchmark: "BenchmarkCalculate", What: "margin engine, a line", Measured: "ns/op", Unit: "µs", Scale: 1e-3, AtMost: 5},
	{Benchmark: "BenchmarkCalculate", What: "margin engine, a line", Measured: "allocs/op", Unit: "allocations", Scale: 1, AtMost: 10},
	{Benchmark: "BenchmarkCalculateMargin", What: "CalculateMargin by gRPC | bare echo", Measured: "ns/op", Unit: "µs", Scale: 1e-3, AtLeast: 0.70},
	{Benchmark: "BenchmarkREST_AgainstPlainHandler", What: "CalculateMargin by REST | plain net/http", Measured: "gateway-ns/op", Limit: "plain-ns/op", Unit: "µs", Scale: 1e-3, AtLeast: 0.30},
	{Benchmark: "BenchmarkSubmitRenewal", What: "SubmitRenewal | same SQL by pgbench", Measured: "submissions/s", Limit: "pgbench/s", Unit: "1/s", Scale: 1, AtLeast: 0.50},
	{Benchmark: "BenchmarkAddEntry", What: "ledger entries, one a transaction | same SQL by pgbench", Measured: "entries/s", Limit: "pgbench/s", Unit: "1/s", Scale: 1, AtLeast: 0.90},
	{Benchmark: "BenchmarkAddEntries", What: "ledger entries, 1000 a transaction | one a transaction", Measured: "entries/s", Limit: "single-entries/s", Unit: "1/s", Scale: 1, AtLeast: 10},
	{Benchmark: "BenchmarkHotPartner", What: "ledger entries of one partner, 8 writers | of 1000", Measured: "entries/s", Limit: "spread-entries/s", Unit: "1/s", Scale: 1, AtLeast: 0.90},
	{Benchmark: "BenchmarkImport", What: "import | \\copy into the same tables", Measured: "rows/s", Limit: "copied-rows/s", Unit: "rows/s", Scale: 1, AtLeast: 0.50},
	{Benchmark: "BenchmarkGenerateReport", What: "report of a million answers | one SQL aggregate", Measured: "report-ns/op", Limit: "aggregate-ns/op", Unit: "s", Scale: 1e-9, AtLeast: 0.67},
	{Benchmark: "BenchmarkGetForecast", What: "GetForecast out of a million subscriptions, p99", Measured: "p99-ms", Unit: "ms", Scale: 1, AtMost: 50},
	{Benchmark: "BenchmarkGetForecast", What: "GetForecast out of a million subscriptions | one SQL aggregate", Measured: "forecast-ms", Limit: "sql-ms", Unit: "ms", Scale: 1, AtLeast: 0.77},
}
