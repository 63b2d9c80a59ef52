package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// The book of the benchmarks: a million subscriptions of 300 partners, of which
// the largest has 58,000 and the smallest 1,700. They are copies of some
// thousands that the rules have made, all different.
const (
	originals = 2000
	copies    = 500
	partners  = 300
)

// fill fills the forecast with a million subscriptions.
func (w *world) fill(b *testing.B) {
	b.Helper()
	store := postgres.New(w.db)
	ctx := pg.WithScope(context.Background(), pg.System())
	must(b, store.InTx(ctx, func(tx *postgres.Store) error {
		for first := 0; first < originals; first += 500 {
			var ids []string
			var parts []postgres.ForecastPart
			for n := first; n < first+500; n++ {
				id := fmt.Sprint("sub_original", n)
				ids = append(ids, id)
				for _, p := range invented(n).Parts(calendar.DateOf(monday, time.UTC), forecast.Until(calendar.DateOf(monday, time.UTC))) {
					parts = append(parts, postgres.ForecastPart{
						Entry: forecast.Entry{
							SubscriptionID: id, FamilyID: []string{"archiving", "continuity", "email-security", "training"}[n%4],
							Segment:  []string{"SMALL_BUSINESS", "SMALL_BUSINESS", "SMALL_BUSINESS", "MID_MARKET", "MID_MARKET", "ENTERPRISE", "GLOBAL"}[n%7],
							Currency: []money.Currency{"GBP", "USD", "USD", "EUR", "ZAR", "AUD"}[n%6], Part: p,
						},
						ChangeTime: monday.AddDate(1, 0, 0),
					})
				}
			}
			if err := tx.ReplaceForecastParts(ctx, ids, parts); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, statement := range []string{multiply, rollUp, "ANALYZE forecast_parts", "ANALYZE forecast_rollups"} {
		if _, err := w.owner(b).Exec(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
}

// invented is a contract of a usual kind, as the n-th number has it.
func invented(n int) forecast.Subscription {
	months := []int{12, 12, 12, 12, 12, 12, 12, 24, 36, 36}[n*7%10]
	end := calendar.DateOf(monday, time.UTC).AddDays(n*37%(months*30) - 25)
	billing := margin.Prepaid
	switch {
	case months > 12 && n%2 == 0:
		billing = margin.Annual
	case n%10 == 3:
		billing = margin.Monthly
	}
	c := renewal.Contract{
		Anchor: end.AddMonths(-months), Term: calendar.Term{Start: end.AddMonths(-months), End: end}, Months: months, Seats: int64(5 + n*13%900),
		UnitPrice: money.Amount{Minor: int64(3_000 + n*101%9_000), Currency: "GBP"}, Uplift: money.Bps(n % 6 * 100), Billing: billing,
	}
	due := forecast.Due{PartnerID: "softcat"}
	due.Windows = renewal.Policy{OpenDays: 90, GraceDays: 30, LapsedDays: 60}.Windows(end)
	if n%3 == 0 {
		due.QuotedUntil = end.AddDays(-n % 40)
	}
	return forecast.Subscription{
		Contract: c, Renewals: []forecast.Due{due}, Tenures: []forecast.Tenure{{PartnerID: "softcat", From: c.Anchor}},
		Imported: []forecast.Imported{{Term: c.Term, Months: months, Seats: c.Seats, UnitPrice: c.UnitPrice, Billing: billing}},
		Relationships: []margin.Relationship{{
			PartnerID: "softcat", Mode: margin.Resale, From: c.Anchor, Lock: margin.Lock{Rate: money.Bps(800 + n%25*50), On: c.Anchor},
		}},
	}
}

// multiply copies the originals, and gives each copy a partner.
var multiply = fmt.Sprintf(`
	INSERT INTO forecast_parts
	SELECT 'sub_' || lpad((n * %[1]d + o.number)::text, 26, '0'), partner, CASE WHEN right(partner, 1) IN ('3', '7') THEN 'AGENCY' ELSE 'RESALE' END,
		family_id, segment, currency, state, unlocked, seats_declining, due_count, renewed_count, term_starts, term_aheads, term_added, term_seats,
		term_unit_prices, term_bps, earned_terms, earned_months, earned_minors, change_time
	FROM (SELECT *, row_number() OVER (ORDER BY subscription_id) - 1 AS number FROM forecast_parts) o
	CROSS JOIN generate_series(0, %[2]d - 1) n
	CROSS JOIN LATERAL (SELECT 'p' || lpad(floor(%[3]d * power(((n * %[1]d + o.number) * 7919 %% 1000003) / 1000003.0, 2))::text, 3, '0') AS partner) p`,
	originals, copies, partners)

// rollUp adds up the parts as the forecast does.
const rollUp = `
	INSERT INTO forecast_rollups (partner_id, month, family_id, segment, currency, settlement_mode, state, ahead, minor, squares, count)
	SELECT coalesce(partner_id, ''), month, coalesce(family_id, ''), coalesce(segment, ''), currency, settlement_mode, CASE ahead WHEN 0 THEN '' ELSE state END, ahead,
		sum(minor), coalesce(sum(minor::numeric * minor) FILTER (WHERE ahead > 0), 0), count(*)
	FROM forecast_parts
	CROSS JOIN LATERAL (
		SELECT e.month, e.minor, term_aheads[e.term] AS ahead
		FROM unnest(earned_terms, earned_months, earned_minors) AS e (term, month, minor)) earned
	GROUP BY month, currency, settlement_mode, CASE ahead WHEN 0 THEN '' ELSE state END, ahead,
		GROUPING SETS ((partner_id, family_id, segment), (partner_id), (family_id, segment), ())`

func (w *world) owner(b *testing.B) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), w.ownerURL)
	must(b, err)
	b.Cleanup(func() { _ = conn.Close(context.WithoutCancel(b.Context())) })
	return conn
}

// BenchmarkGetForecast asks for a year's forecast out of a million subscriptions.
func BenchmarkGetForecast(b *testing.B) {
	w := newWorld(b)
	w.fill(b)
	b.Run("one partner", w.benchPartner)
	b.Run("whole book", w.benchBook)
}

// benchPartner asks for each partner's forecast in turn, as its portal does.
func (w *world) benchPartner(b *testing.B) {
	clients := make([]commissionv1.ForecastServiceClient, partners)
	for n := range clients {
		clients[n] = w.forecasts(servertest.Partner(fmt.Sprintf("p%03d", n), "forecast:read"))
	}
	var took []time.Duration
	for b.Loop() {
		for range 5 {
			for _, client := range clients {
				began := time.Now()
				answer, err := client.GetForecast(servertest.Context(b), &commissionv1.GetForecastRequest{})
				took = append(took, time.Since(began))
				if err != nil || len(answer.GetTotals()) == 0 {
					b.Fatalf("%v, %v", answer, err)
				}
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(took)), "p50-ms")
	b.ReportMetric(milliseconds(took[len(took)*99/100]), "p99-ms")
}

// benchBook forecasts the whole book, in turns with one statement that adds the
// same figures up from the sums that the service keeps, and once with one that
// does so from the subscriptions. The ratio is the share of the latter's speed.
func (w *world) benchBook(b *testing.B) {
	client, conn := w.forecasts(fiona), w.owner(b)
	var service, statement []time.Duration
	var answer *commissionv1.GetForecastResponse
	for b.Loop() {
		for range 20 {
			began := time.Now()
			var err error
			answer, err = client.GetForecast(servertest.Context(b), &commissionv1.GetForecastRequest{})
			service = append(service, time.Since(began))
			must(b, err)
			began = time.Now()
			months := addUp(b, conn, sumsByHand)
			statement = append(statement, time.Since(began))
			checkFigures(b, answer, months)
		}
	}
	began := time.Now()
	months := addUp(b, conn, partsByHand)
	subscriptions := time.Since(began)
	checkFigures(b, answer, months)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(service)), "forecast-ms")
	b.ReportMetric(milliseconds(subscriptions), "sql-ms")
	b.ReportMetric(milliseconds(median(statement)), "sql-of-sums-ms")
	b.ReportMetric(float64(subscriptions)/float64(median(service)), "ratio")
}

func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// figuresByHand adds up a year's figures of the rows of a relation "earned", with
// the policy's probabilities.
const figuresByHand = `
	SELECT currency, settlement_mode, to_char(month, 'YYYY-MM'),
		coalesce(sum(minor) FILTER (WHERE ahead = 0), 0)::bigint, round(sum(minor * p))::bigint, sum(minor)::bigint, round(sqrt(sum(squares * p * (1 - p))))::bigint
	FROM earned
	CROSS JOIN LATERAL (
		SELECT CASE state WHEN '' THEN 1 WHEN 'QUOTED' THEN 0.93 WHEN 'SUBMITTED' THEN 0.98 WHEN 'GRACE' THEN 0.4 WHEN 'LAPSED' THEN 0.1 ELSE 0.9 END
			* CASE WHEN ahead > 1 THEN 0.9 ^ (ahead - 1)::numeric ELSE 1 END AS p) odds
	WHERE month >= '2026-03-01' AND month < '2027-03-01'
	GROUP BY 1, 2, 3
	ORDER BY 1, 2, 3`

const sumsByHand = `
	WITH earned AS (
		SELECT *
		FROM forecast_rollups
		WHERE partner_id = '' AND family_id = '' AND segment = '')` + figuresByHand

const partsByHand = `
	WITH earned AS (
		SELECT currency, settlement_mode, e.month, e.minor, e.minor::numeric * e.minor AS squares, term_aheads[e.term] AS ahead,
			CASE term_aheads[e.term] WHEN 0 THEN '' ELSE state END AS state
		FROM forecast_parts
		CROSS JOIN unnest(earned_terms, earned_months, earned_minors) AS e (term, month, minor))` + figuresByHand

// month of a book, as a statement has it.
type bookMonth struct {
	currency, mode, month                  string
	committed, expected, upside, deviation int64
}

func addUp(b *testing.B, conn *pgx.Conn, statement string) []bookMonth {
	b.Helper()
	rows, _ := conn.Query(b.Context(), statement) // CollectRows returns the error
	months, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m bookMonth, err error) {
		err = row.Scan(&m.currency, &m.mode, &m.month, &m.committed, &m.expected, &m.upside, &m.deviation)
		return m, err
	})
	must(b, err)
	return months
}

// checkFigures fails b unless both have the same figures.
func checkFigures(b *testing.B, answer *commissionv1.GetForecastResponse, want []bookMonth) {
	b.Helper()
	var got []bookMonth
	for _, total := range answer.GetTotals() {
		minor := func(decimal string) int64 {
			a, err := money.Parse(total.GetCurrencyCode(), decimal)
			must(b, err)
			return a.Minor
		}
		for _, m := range total.GetMonths() {
			got = append(got, bookMonth{
				total.GetCurrencyCode(), strings.TrimPrefix(total.GetSettlementMode().String(), "SETTLEMENT_MODE_"), m.GetMonth(),
				minor(m.GetCommitted()), minor(m.GetExpected()), minor(m.GetUpside()), minor(m.GetStandardDeviation()),
			})
		}
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		b.Fatalf("the forecast says %v, the statement %v", got, want)
	}
}
