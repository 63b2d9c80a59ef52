package postgres_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// benchSubscriptions is the size of the book, that of the demonstration's by
// default.
var benchSubscriptions = flag.Int("subscriptions", 31_004, "subscriptions of the book that benchmarks read")

// benchBook is made by the database itself: four customers to five
// subscriptions, each with one to four years of terms, some with added seats,
// some that are cancelled, one in ten with a second partner.
const benchBook = `
	INSERT INTO product_families SELECT 'family-' || f, 'Family' FROM generate_series(0, 3) f;
	INSERT INTO products (product_id, display_name, family_id, description, create_time)
	SELECT 'product-' || f, 'Product', 'family-' || f, '', now() FROM generate_series(0, 3) f;
	INSERT INTO customers (customer_id, display_name, primary_domain, domains, segment, sector, country_code, time_zone, revision, create_time, update_time)
	SELECT 'cus_' || n, 'Customer ' || n, n || '.example', '{}', (ARRAY['SMALL_BUSINESS', 'MID_MARKET', 'ENTERPRISE', 'GLOBAL'])[1 + n %% 4], '',
	       (ARRAY['GB', 'US', 'ZA', 'AU', 'DE'])[1 + n %% 5], 'UTC', 1, now(), now()
	FROM generate_series(0, %[1]d * 4 / 5) n;
	INSERT INTO subscriptions (subscription_id, customer_id, product_id, uplift_bps, anchor, time_zone, first_start, term_start, term_end, term_months,
	                           seats, currency, unit_price_minor, term_net_minor, billing, state, cancel_date, cancellation_cause, revision, create_time, update_time)
	SELECT 'sub_' || n, 'cus_' || n * 4 / 5, 'product-' || n %% 4, 500, d, 'UTC', d, d, d + 365, 12,
	       10 + n %% 300, (ARRAY['GBP', 'USD', 'JPY'])[1 + n %% 3], 10000, 0, 'PREPAID',
	       CASE WHEN n %% 20 = 0 THEN 'CANCELLED' ELSE 'ACTIVE' END, CASE WHEN n %% 20 = 0 THEN d + 500 END, CASE WHEN n %% 20 = 0 THEN 'CUSTOMER' END,
	       1, now(), now()
	FROM generate_series(1, %[1]d) n, LATERAL (SELECT DATE '2021-01-01' + n * 7 %% 365 AS d) s;
	INSERT INTO terms (term_id, subscription_id, start_date, end_date, months, seats, final_seats, currency, unit_price_minor, net_minor, billing, cancelled)
	SELECT 'trm_' || n || '_' || y, 'sub_' || n, (d + y * interval '1 year')::date, (d + (y + 1) * interval '1 year')::date, 12,
	       10 + n %% 300 + y, 20 + n %% 300 + y, (ARRAY['GBP', 'USD', 'JPY'])[1 + n %% 3], 10000, 0, (ARRAY['PREPAID', 'ANNUAL'])[1 + n %% 2], false
	FROM generate_series(1, %[1]d) n, generate_series(0, n %% 10 / 2) y, LATERAL (SELECT DATE '2021-01-01' + n * 7 %% 365 AS d) s
	WHERE y < 4;
	INSERT INTO seat_additions (subscription_id, revision, term_id, from_date, seats)
	SELECT subscription_id, row_number() OVER (), term_id, start_date + 100, 10 FROM terms WHERE hashtext(term_id) %% 10 = 0;
	INSERT INTO partners_of_record (subscription_id, partner_id, from_date, until_date, begins_at, ends_at)
	SELECT 'sub_' || n, 'partner-' || (n + p) %% 60, CASE p WHEN 0 THEN d ELSE d + 600 END, CASE WHEN p = 0 AND n %% 10 = 0 THEN d + 600 END,
	       CASE p WHEN 0 THEN d ELSE d + 600 END, CASE WHEN p = 0 AND n %% 10 = 0 THEN d + 600 ELSE DATE '9999-01-01' END
	FROM generate_series(1, %[1]d) n, generate_series(0, 1) p, LATERAL (SELECT DATE '2021-01-01' + n * 7 %% 365 AS d) s
	WHERE p = 0 OR n %% 10 = 0;`

// BenchmarkRetention reads a year's retention and two years' adoption of a book,
// and in the same run the plain sum over the terms of the year's two days, below
// which no figure can be had. Larger books: -args -subscriptions=1000000.
func BenchmarkRetention(b *testing.B) {
	cfg := pgtest.Config(b, pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()})
	owner, err := pgx.Connect(b.Context(), cfg.OwnerURL)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = owner.Close(context.Background()) }()
	for _, sql := range []string{fmt.Sprintf(benchBook, *benchSubscriptions), "ANALYZE"} {
		if _, err := owner.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	db, err := pg.Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	period := retention.Period{From: calendar.On(2022, time.July, 1), Until: calendar.On(2023, time.July, 1)}
	vendor := postgres.RetentionQuery{Period: period, Rates: rates}
	partner := vendor
	partner.Partners = []subscriptions.PartnerID{"partner-7"}
	tally := func(q postgres.RetentionQuery, by retention.Dimension) func(context.Context, *postgres.Store) error {
		return func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.TallyRetention(ctx, q, by)
			return err
		}
	}
	limit := 0.0
	for _, bench := range []struct {
		name string
		read func(context.Context, *postgres.Store) error
	}{
		{"limit", func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, `
				SELECT sum(t.unit_price_minor * t.seats)
				FROM (VALUES ($1::date), ($2::date)) d (day)
				JOIN terms t ON t.start_date <= d.day AND t.end_date > d.day
				JOIN subscriptions s ON s.subscription_id = t.subscription_id`, period.From, period.Until)
			return err
		}},
		{"total", tally(vendor, "")},
		{"by-segment", tally(vendor, retention.BySegment)},
		{"by-partner", tally(vendor, retention.ByPartner)},
		{"of-a-partner", tally(partner, "")},
		{"customers", func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.ListRetention(ctx, postgres.RetentionList{RetentionQuery: vendor, Movement: retention.Churned, Limit: 51})
			return err
		}},
		{"adoption", func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Adoption(ctx, postgres.BookSlice{}, retention.Months{First: calendar.On(2022, time.January, 1), Last: calendar.On(2023, time.December, 1)})
			return err
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			ctx := pg.WithScope(b.Context(), pg.System())
			store := postgres.New(db)
			for b.Loop() {
				if err := store.InReadTx(ctx, func(tx *postgres.Store) error { return bench.read(ctx, tx) }); err != nil {
					b.Fatal(err)
				}
			}
			took := b.Elapsed().Seconds() / float64(b.N)
			if bench.name == "limit" {
				limit = took
			}
			b.ReportMetric(limit/took, "ratio-to-limit")
		})
	}
}
