package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// A book as a vendor of some size brings it along.
const (
	benchCustomers     = 25_000
	benchSubscriptions = 31_000
	benchMessage       = 2_500
)

// BenchmarkImport uploads a book through the whole service and then copies the
// very rows that came of it into an empty database with the same tables,
// indexes and constraints, as psql's \copy does. The ratio says how much of the
// plain copy's speed the import reaches.
func BenchmarkImport(b *testing.B) {
	var imported, copied time.Duration
	for range b.N {
		h := start(b)
		h.stock()
		h.ctx = context.Background()
		rows := book(benchCustomers, benchSubscriptions)
		began := time.Now()
		done := h.upload(rows, benchMessage)
		imported += time.Since(began)
		if done.GetImportedRows() != int64(len(rows)) {
			b.Fatalf("stored %d of %d rows", done.GetImportedRows(), len(rows))
		}
		copied += copyBook(b, h)
	}
	rate := func(d time.Duration) float64 {
		return float64(b.N) * (benchCustomers + benchSubscriptions) / d.Seconds()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rate(imported), "rows/s")
	b.ReportMetric(rate(copied), "copied-rows/s")
	b.ReportMetric(copied.Seconds()/imported.Seconds(), "ratio-to-copy")
}

// upload sends rows in messages of so many, and finishes nothing.
func (h *harness) upload(rows []*customerv1.ImportRow, size int) *customerv1.Import {
	h.t.Helper()
	created, err := h.imports(admin).CreateImport(h.ctx, &customerv1.CreateImportRequest{DisplayName: "book", RequestId: rid()})
	must(h.t, err)
	done, err := h.send(created.GetImportId(), 0, rows, size)
	must(h.t, err)
	return done
}

func (h *harness) send(id string, first int, rows []*customerv1.ImportRow, size int) (*customerv1.Import, error) {
	h.t.Helper()
	stream, err := h.imports(admin).UploadRows(h.ctx)
	must(h.t, err)
	for at := 0; at < len(rows); at += size {
		message := &customerv1.UploadRowsRequest{ImportId: id, FirstRow: int64(first + at), Rows: rows[at:min(at+size, len(rows))]}
		if err := stream.Send(message); err != nil {
			break // CloseAndRecv tells why
		}
	}
	return stream.CloseAndRecv()
}

// book is a made-up book: customers, each followed by its subscriptions.
func book(customers, subscriptions int) []*customerv1.ImportRow {
	rows := make([]*customerv1.ImportRow, 0, customers+subscriptions)
	for i := range customers {
		rows = append(rows, customerRow(i))
		for n := i * subscriptions / customers; n < (i+1)*subscriptions/customers; n++ {
			rows = append(rows, subscriptionRow(n, i))
		}
	}
	return rows
}

func customerRow(i int) *customerv1.ImportRow {
	return &customerv1.ImportRow{Row: &customerv1.ImportRow_Customer{Customer: &customerv1.ImportCustomer{
		ExternalId: fmt.Sprintf("C-%06d", i), DisplayName: fmt.Sprintf("Customer number %d Limited", i),
		PrimaryDomain: fmt.Sprintf("customer-%06d.example", i), Segment: customerv1.Segment_SEGMENT_SMALL_BUSINESS,
		Sector: customerv1.Sector_SECTOR_MEDIA, CountryCode: "GB", TimeZone: "Europe/London",
	}}}
}

// subscriptionRow is a subscription in its first to fourth year.
func subscriptionRow(n, customer int) *customerv1.ImportRow {
	years := n % 4
	first := calendar.DateOf(time.Now(), time.UTC).AddDays(-n % 365).AddMonths(-12 * years)
	return &customerv1.ImportRow{Row: &customerv1.ImportRow_Subscription{Subscription: &customerv1.ImportSubscription{
		ExternalId: fmt.Sprintf("S-%06d", n), CustomerExternalId: fmt.Sprintf("C-%06d", customer), ProductId: "gateway",
		PartnerId: fmt.Sprintf("partner-%d", n%40), Seats: int64(10 + n%500), UnitPrice: gbp("120.00"), UpliftBps: 300, TermMonths: 12,
		Billing: customerv1.Billing_BILLING_PREPAID, FirstStartDate: first.String(), TermStartDate: first.AddMonths(12 * years).String(),
		PreviousTerms: previousYears(first, years, int64(10+n%500)),
	}}}
}

func previousYears(first calendar.Date, years int, seats int64) []*customerv1.ImportTerm {
	terms := make([]*customerv1.ImportTerm, years)
	for i := range terms {
		terms[i] = &customerv1.ImportTerm{
			StartDate: first.AddMonths(12 * i).String(), TermMonths: 12, Seats: seats, UnitPrice: gbp("110.00"), Billing: customerv1.Billing_BILLING_PREPAID,
		}
	}
	return terms
}

// copyBook copies the tables of h into another database and returns the time.
func copyBook(b *testing.B, h *harness) time.Duration {
	b.Helper()
	from, to := superuser(b, h.db.SystemPool().Config().ConnConfig.Database), emptyTwin(b)
	var took time.Duration
	for _, table := range []string{"customers", "customer_domains", "subscriptions", "terms", "partners_of_record", "events"} {
		columns := copied(b, from, table)
		var text bytes.Buffer
		_, err := from.PgConn().CopyTo(b.Context(), &text, fmt.Sprintf("COPY (SELECT %s FROM %s) TO STDOUT", columns, table))
		must(b, err)
		began := time.Now()
		_, err = to.PgConn().CopyFrom(b.Context(), &text, fmt.Sprintf("COPY %s (%s) FROM STDIN", table, columns))
		must(b, err)
		took += time.Since(began)
	}
	return took
}

// emptyTwin is a database with the product, without customers.
func emptyTwin(b *testing.B) *pgx.Conn {
	b.Helper()
	h := start(b)
	h.stock()
	conn := superuser(b, h.db.SystemPool().Config().ConnConfig.Database)
	_, err := conn.Exec(b.Context(), "TRUNCATE events")
	must(b, err)
	return conn
}

func superuser(b *testing.B, database string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), pgtest.Server(b).URL("postgres", database))
	must(b, err)
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// copied are the columns of a table that are not made by the database.
func copied(b *testing.B, conn *pgx.Conn, table string) (columns string) {
	b.Helper()
	err := conn.QueryRow(b.Context(), `
		SELECT string_agg(column_name, ', ' ORDER BY ordinal_position)
		FROM information_schema.columns
		WHERE table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO'`, table).Scan(&columns)
	must(b, err)
	return columns
}
