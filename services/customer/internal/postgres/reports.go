package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const reportColumns = `
	SELECT report_id, month, report_number, state, policy_version, revision, generate_time, publish_time, publisher`

// reportTargets are where a row of reportColumns goes.
func reportTargets(r *reports.Report, published **time.Time) []any {
	return []any{&r.ID, &r.Month, &r.Number, &r.State, &r.PolicyVersion, &r.Revision, &r.GenerateTime, published, &r.Publisher}
}

func scanReport(row pgx.CollectableRow) (r reports.Report, err error) {
	var published *time.Time
	var document []byte
	if err := row.Scan(append(reportTargets(&r, &published), &document)...); err != nil {
		return r, err
	}
	r.GenerateTime, r.PublishTime = r.GenerateTime.UTC(), utc(published)
	r.Document, err = reports.Read(document)
	return r, err
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// Report returns a report, or reports.ErrNotFound.
func (s *Store) Report(ctx context.Context, id reports.ID) (reports.Report, error) {
	return s.report(ctx, reportColumns+", document FROM reports WHERE report_id = $1", id)
}

// LatestReport returns the month's latest revision, published or not, or
// reports.ErrNotFound.
func (s *Store) LatestReport(ctx context.Context, month calendar.Date) (reports.Report, error) {
	return s.report(ctx, reportColumns+`, document
		FROM reports
		WHERE month = $1
		ORDER BY report_number DESC
		LIMIT 1`, month)
}

// ReportNumbered returns a revision of a month's report, or reports.ErrNotFound.
func (s *Store) ReportNumbered(ctx context.Context, month calendar.Date, number int) (reports.Report, error) {
	return s.report(ctx, reportColumns+", document FROM reports WHERE month = $1 AND report_number = $2", month, number)
}

// PublishedDocuments returns what the latest published revision of each month says,
// from a month on and before another, the earliest first.
func (s *Store) PublishedDocuments(ctx context.Context, from, before calendar.Date) ([]reports.Document, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT DISTINCT ON (month) document
		FROM reports
		WHERE month >= $1 AND month < $2 AND state = 'PUBLISHED'
		ORDER BY month, report_number DESC`, from, before) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d reports.Document, err error) {
		var text []byte
		if err := row.Scan(&text); err != nil {
			return d, err
		}
		return reports.Read(text)
	})
	return list, explain(err, "read published reports")
}

func (s *Store) report(ctx context.Context, sql string, args ...any) (reports.Report, error) {
	rows, _ := s.tx.Query(ctx, sql, args...) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanReport)
	return r, missing(err, reports.ErrNotFound, "read report")
}

// Basis returns what a revision of a month's report was made from.
func (s *Store) Basis(ctx context.Context, month calendar.Date, number int) (b reports.Basis, err error) {
	var text []byte
	err = s.tx.QueryRow(ctx, "SELECT basis FROM reports WHERE month = $1 AND report_number = $2", month, number).Scan(&text)
	if err != nil {
		return b, missing(err, reports.ErrNotFound, "read basis of report")
	}
	return b, json.Unmarshal(text, &b)
}

// SaveDraft stores a draft, in place of the one that there was.
func (s *Store) SaveDraft(ctx context.Context, r reports.Report, b reports.Basis) error {
	basis, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("basis of report: %w", err)
	}
	document, err := r.Document.JSON()
	if err != nil {
		return fmt.Errorf("document of report: %w", err)
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO reports (report_id, month, report_number, state, policy_version, basis, document, revision, generate_time, publisher)
		VALUES (@report_id, @month, @report_number, 'DRAFT', @policy_version, @basis, @document, @revision, @generate_time, '')
		ON CONFLICT (report_id) DO UPDATE
		SET policy_version = EXCLUDED.policy_version, basis = EXCLUDED.basis, document = EXCLUDED.document,
		    revision = EXCLUDED.revision, generate_time = EXCLUDED.generate_time`, pgx.StrictNamedArgs{
		"report_id": r.ID, "month": r.Month, "report_number": r.Number, "policy_version": r.PolicyVersion, "basis": basis,
		"document": document, "revision": r.Revision, "generate_time": r.GenerateTime,
	})
	return explain(err, "save draft of report")
}

// PublishReport freezes a report with its files.
func (s *Store) PublishReport(ctx context.Context, r reports.Report, files map[reports.Format][]byte) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE reports
		SET state = 'PUBLISHED', document = @document, csv = @csv, page = @page, revision = @revision,
		    publish_time = @publish_time, publisher = @publisher
		WHERE report_id = @report_id`, pgx.StrictNamedArgs{
		"report_id": r.ID, "document": files[reports.JSON], "csv": files[reports.CSV], "page": files[reports.HTML],
		"revision": r.Revision, "publish_time": r.PublishTime, "publisher": r.Publisher,
	})
	return explain(err, "publish report")
}

// reportFiles are the columns of what is frozen.
var reportFiles = map[reports.Format]string{reports.JSON: "document", reports.CSV: "csv", reports.HTML: "page"}

// ReportFile returns the frozen bytes of a published report.
func (s *Store) ReportFile(ctx context.Context, id reports.ID, format reports.Format) (content []byte, err error) {
	err = s.tx.QueryRow(ctx, "SELECT "+reportFiles[format]+" FROM reports WHERE report_id = $1 AND state = 'PUBLISHED'", id).Scan(&content)
	return content, missing(err, reports.ErrNotFound, "read file of report")
}

// ReportKey is the place of a report in a list.
type ReportKey struct {
	Month  calendar.Date `json:"m"`
	Number int           `json:"n"`
}

// ReportQuery chooses reports; an empty field chooses all. After is the last one
// of the page before.
type ReportQuery struct {
	Month calendar.Date
	State reports.State
	After ReportKey
	Limit int
}

// Reports lists reports without their documents, the latest first.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]reports.Report, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(!q.Month.IsZero(), "month = @month", pgx.StrictNamedArgs{"month": q.Month})
	f.with(q.State != "", "state = @state", pgx.StrictNamedArgs{"state": q.State})
	f.with(q.After.Number != 0, "(month, report_number) < (@after_month, @after_number)",
		pgx.StrictNamedArgs{"after_month": q.After.Month, "after_number": q.After.Number})
	rows, _ := s.tx.Query(ctx, reportColumns+" FROM reports"+f.where()+`
		ORDER BY month DESC, report_number DESC
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r reports.Report, err error) {
		var published *time.Time
		err = row.Scan(reportTargets(&r, &published)...)
		r.GenerateTime, r.PublishTime = r.GenerateTime.UTC(), utc(published)
		return r, err
	})
	return list, explain(err, "list reports")
}

// Unpublished reports whether a month has answers and no published report.
func (s *Store) Unpublished(ctx context.Context, month calendar.Date) (unpublished bool, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM responses WHERE month = $1)
		   AND NOT EXISTS (SELECT FROM reports WHERE month = $1 AND state = 'PUBLISHED')`, month).Scan(&unpublished)
	return unpublished, explain(err, "look for a published report")
}
