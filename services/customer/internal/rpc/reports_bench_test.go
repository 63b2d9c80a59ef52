package rpc_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

// benchAnswers are a month's, of a vendor whose every customer is asked.
const benchAnswers = 1_000_000

// BenchmarkGenerateReport generates a month's report of a million answers by
// gRPC, stored as a draft, and has PostgreSQL alone add up the same tables by
// one aggregate with grouping sets. The ratio is the share of the aggregate's
// speed: the median of rounds that alternate between the two. The peak is what
// the process had taken from the system for its heap beyond what it had before.
func BenchmarkGenerateReport(b *testing.B) {
	h := start(b)
	h.stock()
	month := time.Now().UTC().AddDate(0, -1, 1-time.Now().UTC().Day())
	conn := superuser(b, h.db.SystemPool().Config().ConnConfig.Database)
	fillMonth(b, conn, month)
	const rounds = 5
	var reports, aggregates []float64
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		for range rounds {
			began := time.Now()
			made, err := customerv1.NewReportServiceClient(h.env.As(experience)).GenerateReport(b.Context(),
				&customerv1.GenerateReportRequest{Month: month.Format("2006-01"), RequestId: rid()})
			must(b, err)
			reports = append(reports, float64(time.Since(began)))
			if n := made.GetCustomers().GetOverall().GetNeeds().GetAnswers(); n != benchAnswers {
				b.Fatalf("the report counts %d answers", n)
			}
			began = time.Now()
			_, err = conn.Exec(b.Context(), aggregate, month.Format(time.DateOnly))
			must(b, err)
			aggregates = append(aggregates, float64(time.Since(began)))
		}
	}
	runtime.ReadMemStats(&after)
	slices.Sort(reports)
	slices.Sort(aggregates)
	report, limit := reports[len(reports)/2], aggregates[len(aggregates)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(report, "report-ns/op")
	b.ReportMetric(limit, "aggregate-ns/op")
	b.ReportMetric(limit/report, "ratio")
	b.ReportMetric(float64(after.HeapSys-min(before.HeapSys, after.HeapSys))/(1<<20), "peak-MiB")
}

// aggregate is all that a report shows, added up by the database alone.
const aggregate = `
	SELECT audience, touchpoint_id, segment, region, product_id, partner_id,
	       count(*) FILTER (WHERE needs >= 4), count(*) FILTER (WHERE needs = 3), count(*) FILTER (WHERE needs <= 2),
	       count(*) FILTER (WHERE ease >= 4), count(*) FILTER (WHERE ease = 3), count(*) FILTER (WHERE ease <= 2),
	       count(*) FILTER (WHERE enjoyment >= 4), count(*) FILTER (WHERE enjoyment = 3), count(*) FILTER (WHERE enjoyment <= 2),
	       count(*) FILTER (WHERE recommend >= 9), count(*) FILTER (WHERE recommend BETWEEN 7 AND 8), count(*) FILTER (WHERE recommend <= 6)
	FROM responses
	WHERE month = $1::date
	GROUP BY GROUPING SETS ((audience), (audience, touchpoint_id), (segment), (region), (product_id), (partner_id), (partner_id, touchpoint_id))`

// fillMonth stores the answers, without the events that led to them.
func fillMonth(b *testing.B, conn *pgx.Conn, month time.Time) {
	b.Helper()
	for _, sql := range []string{
		"SET session_replication_role = replica", `
		INSERT INTO responses (response_id, event_id, touchpoint_id, version, audience, month, partner_id, product_id, segment, region,
		                       needs, ease, enjoyment, recommend, comment, answer_time, revision)
		SELECT 'rsp_' || n, 'tev_' || n, t.ids[1 + n % 13], 1, 'CUSTOMER', '` + month.Format("2006-01") + `-01', 'partner-' || n * 7 % 40, 'product-' || n * 5 % 8,
		       (ARRAY['SMALL_BUSINESS', 'MID_MARKET', 'ENTERPRISE', 'GLOBAL'])[1 + n * 3 % 4], (ARRAY['EUROPE', 'AMERICAS', 'ASIA', 'AFRICA', 'OCEANIA'])[1 + n * 11 % 5],
		       1 + n * 31 % 5, 1 + n * 17 % 5, 1 + n * 13 % 5, n * 29 % 11, CASE WHEN n % 4 = 0 THEN 'It was easy enough, and the console is quick' END,
		       '` + month.Format("2006-01") + `-02'::timestamptz + n * interval '1 second', 1
		FROM generate_series(1, 1000000) AS n,
		     (SELECT array_agg(touchpoint_id ORDER BY position) AS ids FROM touchpoints WHERE audience = 'CUSTOMER') AS t`,
		"VACUUM ANALYZE responses",
	} {
		_, err := conn.Exec(b.Context(), sql)
		must(b, err)
	}
}
