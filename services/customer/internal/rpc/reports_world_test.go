package rpc_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// The callers of the programme's tests.
var (
	finance  = servertest.Person("fin", auth.Finance)
	listener = servertest.Partner("softcat", "experience:read")
	rival    = servertest.Partner("northwind", "experience:read")
)

// programme is the service with a customer, some of whose people have answered.
type programme struct {
	*harness
	customer string
	ahead    atomic.Int64
	service  *app.App
}

// startProgramme serves on a clock that stands on the sixth day of a month.
func startProgramme(t *testing.T) *programme {
	t.Helper()
	p := &programme{}
	now := time.Now().UTC()
	sixth := time.Date(now.Year(), now.Month()+1, 6, 12, 0, 0, 0, time.UTC)
	p.ahead.Store(int64(sixth.Sub(now)))
	p.harness = startOn(t, &p.ahead)
	p.service = app.New(postgres.New(p.db), p.now)
	p.stock()
	p.customer = p.harness.customer("answers.example").GetCustomerId()
	return p
}

func (p *programme) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

// month is a month before the clock's.
func (p *programme) month(before int) string {
	now := p.now().UTC()
	return time.Date(now.Year(), now.Month()-time.Month(before), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

func (p *programme) reports(c auth.Caller) customerv1.ReportServiceClient {
	return customerv1.NewReportServiceClient(p.env.As(c))
}

// told are answers that are alike.
type told struct {
	before     int // months before the clock's
	touchpoint string
	audience   string // customers' if empty
	partner    string
	count      int
	rating     int // of all three questions, none if 0
	recommend  int // none if negative
	comment    string
}

// tell stores answers as if they had been given at noon on the third of the month.
func (p *programme) tell(list ...told) {
	p.t.Helper()
	now := p.now().UTC()
	for _, a := range list {
		at := time.Date(now.Year(), now.Month()-time.Month(a.before), 3, 12, 0, 0, 0, time.UTC)
		args := pgx.NamedArgs{
			"prefix": ident.New(""), "touchpoint": a.touchpoint, "audience": a.audience, "partner": a.partner, "count": a.count,
			"rating": null(a.rating > 0, a.rating), "recommend": null(a.recommend >= 0, a.recommend), "comment": a.comment, "at": at, "customer": p.customer,
		}
		if a.audience == "" {
			args["audience"] = "CUSTOMER"
		}
		for _, sql := range []string{`
			INSERT INTO touchpoint_events (event_id, source, external_id, touchpoint_id, version, audience, customer_id, partner_id, occur_time, create_time)
			SELECT 'tev_' || @prefix || n, 'test', @prefix || n, @touchpoint, 1, @audience,
			       CASE WHEN @audience = 'CUSTOMER' THEN @customer END, nullif(@partner, ''), @at, @at
			FROM generate_series(1, @count::integer) AS n`, `
			INSERT INTO responses (response_id, event_id, touchpoint_id, version, audience, month, customer_id, partner_id, product_id, segment, region,
			                       needs, ease, enjoyment, recommend, comment, answer_time, revision)
			SELECT 'rsp_' || @prefix || n, 'tev_' || @prefix || n, @touchpoint, 1, @audience, date_trunc('month', @at::timestamptz AT TIME ZONE 'UTC')::date,
			       CASE WHEN @audience = 'CUSTOMER' THEN @customer END, nullif(@partner, ''), 'gateway', 'MID_MARKET', 'EUROPE',
			       @rating::smallint, @rating::smallint, @rating::smallint, @recommend::smallint, nullif(@comment, ''),
			       @at::timestamptz + n * interval '1 second', 1
			FROM generate_series(1, @count::integer) AS n`,
		} {
			_, err := p.db.SystemPool().Exec(p.ctx, sql, args)
			must(p.t, err)
		}
	}
}

func null(there bool, value int) *int {
	if !there {
		return nil
	}
	return &value
}

func (p *programme) generate(month string) *customerv1.Report {
	p.t.Helper()
	made, err := p.reports(experience).GenerateReport(p.ctx, &customerv1.GenerateReportRequest{Month: month, RequestId: rid()})
	must(p.t, err)
	return made
}

func (p *programme) publish(r *customerv1.Report) *customerv1.Report {
	p.t.Helper()
	published, err := p.reports(experience).PublishReport(p.ctx, &customerv1.PublishReportRequest{ReportId: r.GetReportId(), Etag: r.GetEtag(), RequestId: rid()})
	must(p.t, err)
	return published
}

// files are the exports of a report.
func (p *programme) files(r *customerv1.Report) map[customerv1.ReportFormat]string {
	p.t.Helper()
	files := map[customerv1.ReportFormat]string{}
	for number := range customerv1.ReportFormat_name {
		if number == 0 {
			continue
		}
		file, err := p.reports(channel).ExportReport(p.ctx, &customerv1.ExportReportRequest{ReportId: r.GetReportId(), Format: customerv1.ReportFormat(number)})
		must(p.t, err)
		files[customerv1.ReportFormat(number)] = string(file.GetContent())
	}
	return files
}
