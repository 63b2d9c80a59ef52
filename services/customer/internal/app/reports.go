package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

type (
	// ReportQuery asks for a page of reports.
	ReportQuery = postgres.ReportQuery
	// ReportKey is the place of a report in a list.
	ReportKey = postgres.ReportKey
)

// GenerateReport makes the draft of a month.
func (a *App) GenerateReport(ctx context.Context, month calendar.Date) (reports.Report, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (reports.Report, error) {
		return a.generate(ctx, tx, month)
	})
}

// generate makes the draft of a month, whichever one it is: the first one, the
// one that there is once more, or that of the next revision. One is made at a
// time.
func (a *App) generate(ctx context.Context, tx *postgres.Store, month calendar.Date) (reports.Report, error) {
	if err := reports.Over(month, a.today()); err != nil {
		return reports.Report{}, err
	}
	if err := tx.LockReports(ctx); err != nil {
		return reports.Report{}, err
	}
	draft, err := tx.LatestReport(ctx, month)
	switch {
	case errors.Is(err, reports.ErrNotFound):
		draft = reports.Report{ID: reports.ID(ident.New("rep_")), Month: month, Number: 1}
	case err != nil:
		return reports.Report{}, err
	case draft.State == reports.Published:
		draft = reports.Report{ID: reports.ID(ident.New("rep_")), Month: month, Number: draft.Number + 1}
	}
	making, err := a.making(ctx, tx, month, draft.Number)
	if err != nil {
		return reports.Report{}, err
	}
	draft.State, draft.PolicyVersion, draft.GenerateTime = reports.Draft, making.Policy.Version, a.now()
	draft.Document = reports.Make(making)
	draft.Revision++
	if err := tx.SaveDraft(ctx, draft, making.Basis); err != nil {
		return reports.Report{}, err
	}
	return draft, publishReport(ctx, tx, "report.generated", draft)
}

// making is what a revision of a month is made from.
func (a *App) making(ctx context.Context, tx *postgres.Store, month calendar.Date, number int) (m reports.Making, err error) {
	m = reports.Making{Month: month, Revision: number}
	if m.Names, err = tx.ReportNames(ctx); err != nil {
		return m, err
	}
	if m.Earlier, err = tx.PublishedDocuments(ctx, reports.TrendFrom(month), month); err != nil {
		return m, err
	}
	answers, err := tx.Cube(ctx, month)
	if err != nil {
		return m, err
	}
	if number == 1 && len(answers) == 0 {
		return m, reports.ErrNothingNew.Because(fmt.Sprintf("nobody answered in %s, in UTC", month.String()[:len("2020-01")])).On("month")
	}
	if number == 1 {
		policy, err := tx.ScorePolicy(ctx)
		m.Policy, m.Basis = policy.Policy, reports.Begin(policy.Policy, answers)
		return m, err
	}
	return a.revising(ctx, tx, m, answers)
}

// revising goes on from the published revision, by its policy.
func (a *App) revising(ctx context.Context, tx *postgres.Store, m reports.Making, answers reports.Cube) (reports.Making, error) {
	published, err := tx.ReportNumbered(ctx, m.Month, m.Revision-1)
	if err != nil {
		return m, err
	}
	basis, err := tx.Basis(ctx, m.Month, m.Revision-1)
	if err != nil {
		return m, err
	}
	m.Policy = published.Document.Policy
	next, more := basis.Revise(m.Policy, answers)
	if !more {
		return m, reports.ErrNothingNew
	}
	m.Basis = next
	return m, nil
}

// PublishReport freezes a draft.
func (a *App) PublishReport(ctx context.Context, id reports.ID, etag string) (reports.Report, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (reports.Report, error) {
		if err := tx.LockReports(ctx); err != nil {
			return reports.Report{}, err
		}
		draft, err := tx.Report(ctx, id)
		if err != nil {
			return reports.Report{}, err
		}
		return a.freeze(ctx, tx, draft, etag)
	})
}

// freeze publishes a draft to staff, and to each partner its table.
func (a *App) freeze(ctx context.Context, tx *postgres.Store, draft reports.Report, etag string) (reports.Report, error) {
	published, err := draft.Publish(etag, actor(ctx), a.now())
	if err != nil {
		return reports.Report{}, err
	}
	files, err := published.Document.Files()
	if err != nil {
		return reports.Report{}, err
	}
	if err := tx.PublishReport(ctx, published, files); err != nil {
		return reports.Report{}, err
	}
	making := reports.Making{Month: draft.Month, Revision: draft.Number, Policy: draft.Document.Policy}
	if making.Basis, err = tx.Basis(ctx, draft.Month, draft.Number); err != nil {
		return reports.Report{}, err
	}
	if making.Names, err = tx.ReportNames(ctx); err != nil {
		return reports.Report{}, err
	}
	if err := tx.InsertPartnerTables(ctx, reports.MakePartnerTables(making, published.PublishTime)); err != nil {
		return reports.Report{}, err
	}
	return published, publishReport(ctx, tx, "report.published", published)
}

// publishReport appends an event of a report, without its figures.
func publishReport(ctx context.Context, tx *postgres.Store, kind string, r reports.Report) error {
	at := r.GenerateTime
	if r.State == reports.Published {
		at = r.PublishTime
	}
	r.Document = reports.Document{}
	return publish(ctx, tx, events.Event{Kind: kind, ResourceID: string(r.ID), Revision: int64(r.Revision), OccurredAt: at}, r)
}

// PublishDueReport publishes the report of the month before today's, if the day
// has come, somebody answered, and nobody has published it. It returns how many
// that were.
func (a *App) PublishDueReport(ctx context.Context) (published int, err error) {
	ctx = asItself(ctx)
	today := a.today()
	month := today.AddDays(1 - day(today)).AddMonths(-1)
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		published = 0
		policy, err := tx.ScorePolicy(ctx)
		if err != nil || !reports.Due(policy.Policy, month, today) {
			return err
		}
		if err := tx.LockReports(ctx); err != nil {
			return err
		}
		if left, err := tx.Unpublished(ctx, month); err != nil || !left {
			return err
		}
		draft, err := a.generate(ctx, tx, month)
		if err != nil {
			return err
		}
		if _, err = a.freeze(ctx, tx, draft, ""); err == nil {
			published = 1
		}
		return err
	})
	return published, err
}

// asItself is the context of what the service does by the clock.
func asItself(ctx context.Context) context.Context {
	return auth.With(pg.WithScope(ctx, pg.System()), auth.Caller{Service: "customer", Roles: []auth.Kind{auth.Service}})
}

// day is the day of the month.
func day(d calendar.Date) int {
	_, _, n := d.Civil()
	return n
}

// seesDrafts reports whether the caller is of the programme's people.
func seesDrafts(ctx context.Context) bool {
	caller, _ := auth.From(ctx)
	return caller.Is(auth.Experience) || caller.Is(auth.Admin)
}

// GetReport returns a report that the caller may see.
func (a *App) GetReport(ctx context.Context, id reports.ID) (reports.Report, error) {
	return read(ctx, a, func(tx *postgres.Store) (reports.Report, error) {
		return visible(ctx, tx, id)
	})
}

func visible(ctx context.Context, tx *postgres.Store, id reports.ID) (reports.Report, error) {
	r, err := tx.Report(ctx, id)
	if err == nil && r.State == reports.Draft && !seesDrafts(ctx) {
		return reports.Report{}, reports.ErrNotFound
	}
	return r, err
}

// ListReports returns a page of reports without their figures.
func (a *App) ListReports(ctx context.Context, q ReportQuery) ([]reports.Report, error) {
	if !seesDrafts(ctx) {
		if q.State == reports.Draft {
			return nil, nil
		}
		q.State = reports.Published
	}
	return read(ctx, a, func(tx *postgres.Store) ([]reports.Report, error) {
		return tx.Reports(ctx, q)
	})
}

// ExportReport returns a report as a file: a published one as it was frozen.
func (a *App) ExportReport(ctx context.Context, id reports.ID, format reports.Format) (File, error) {
	return read(ctx, a, func(tx *postgres.Store) (File, error) {
		r, err := visible(ctx, tx, id)
		if err != nil {
			return File{}, err
		}
		file := reportFile(r, format)
		if r.State == reports.Draft {
			file.Content, err = r.Document.File(format)
		} else {
			file.Content, err = tx.ReportFile(ctx, id, format)
		}
		return file, err
	})
}

// GetPartnerScores returns what a partner was shown, if the caller may see it.
func (a *App) GetPartnerScores(ctx context.Context, partner string, month calendar.Date) (reports.PartnerTable, error) {
	return read(ctx, a, func(tx *postgres.Store) (reports.PartnerTable, error) {
		return tx.PartnerTable(ctx, partner, month)
	})
}
