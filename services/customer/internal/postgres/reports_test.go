package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// made is the draft of a revision of a month's report, and what it is made from.
func made(ctx context.Context, t *testing.T, db *pg.DB, month calendar.Date, number int) (r reports.Report, b reports.Basis) {
	t.Helper()
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		policy, err := tx.ScorePolicy(ctx)
		b = reports.Begin(policy.Policy, reports.Cube{cell: alike(20, 6, 4)})
		r = reports.Report{
			ID: reports.ID(fmt.Sprintf("rep_%s_%d", month.String()[:7], number)), Month: month, Number: number, State: reports.Draft,
			PolicyVersion: policy.Version, Revision: 1, GenerateTime: at,
			Document: reports.Make(reports.Making{Month: month, Revision: number, Policy: policy.Policy, Basis: b}),
		}
		return errors.Join(err, tx.SaveDraft(ctx, r, b))
	})
	return r, b
}

// published is made, and frozen.
func published(ctx context.Context, t *testing.T, db *pg.DB, month calendar.Date, number int) reports.Report {
	t.Helper()
	draft, _ := made(ctx, t, db, month, number)
	frozen, err := draft.Publish("", "ada", at.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	files, err := frozen.Document.Files()
	if err != nil {
		t.Fatal(err)
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.PublishReport(ctx, frozen, files) })
	return frozen
}

func TestReports_AreReadAsTheyWereSaved(t *testing.T) {
	ctx, db, _ := open(t)
	draft, basis := made(ctx, t, db, started, 1)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		byID, err := tx.Report(ctx, draft.ID)
		latest, err2 := tx.LatestReport(ctx, started)
		numbered, err3 := tx.ReportNumbered(ctx, started, 1)
		if diff := cmp.Diff([]reports.Report{draft, draft, draft}, []reports.Report{byID, latest, numbered}); diff != "" {
			t.Error(diff)
		}
		kept, err4 := tx.Basis(ctx, started, 1)
		want, err5 := json.Marshal(basis)
		got, err6 := json.Marshal(kept)
		if string(got) != string(want) {
			t.Errorf("made from %s, want %s", got, want)
		}
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
	for name, look := range map[string]func(*postgres.Store) error{
		"another id":       func(tx *postgres.Store) error { _, err := tx.Report(ctx, "rep_none"); return err },
		"another month":    func(tx *postgres.Store) error { _, err := tx.LatestReport(ctx, started.AddMonths(1)); return err },
		"another revision": func(tx *postgres.Store) error { _, err := tx.ReportNumbered(ctx, started, 2); return err },
		"its basis":        func(tx *postgres.Store) error { _, err := tx.Basis(ctx, started, 2); return err },
		"a draft's file":   func(tx *postgres.Store) error { _, err := tx.ReportFile(ctx, draft.ID, reports.JSON); return err },
	} {
		if err := postgres.New(db).InTx(ctx, look); !errors.Is(err, reports.ErrNotFound) {
			t.Errorf("%s: got %v, want that there is none", name, err)
		}
	}
}

func TestReports_HaveOneDraftAMonth(t *testing.T) {
	ctx, db, _ := open(t)
	draft, basis := made(ctx, t, db, started, 1)
	draft.Revision, draft.GenerateTime = 2, at.AddDate(0, 0, 1)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		err := tx.SaveDraft(ctx, draft, basis)
		again, err2 := tx.Report(ctx, draft.ID)
		if diff := cmp.Diff(draft, again); diff != "" {
			t.Error(diff)
		}
		return errors.Join(err, err2)
	})
	draft.ID, draft.Number = "rep_other", 2
	err := postgres.New(db).InTx(ctx, func(tx *postgres.Store) error { return tx.SaveDraft(ctx, draft, basis) })
	if pg.Constraint(err) != "reports_one_draft" {
		t.Errorf("got %v, want that there is a draft", err)
	}
}

func TestPublishReport_FreezesTheBytes(t *testing.T) {
	ctx, db, _ := open(t)
	frozen := published(ctx, t, db, started, 1)
	files, err := frozen.Document.Files()
	if err != nil {
		t.Fatal(err)
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		got, err := tx.Report(ctx, frozen.ID)
		if diff := cmp.Diff(frozen, got); diff != "" {
			t.Error(diff)
		}
		for format, want := range files {
			content, err := tx.ReportFile(ctx, frozen.ID, format)
			if string(content) != string(want) || err != nil {
				t.Errorf("%s is %q, %v", format, content, err)
			}
		}
		return err
	})
	for name, change := range map[string]func(*postgres.Store) error{
		"published again": func(tx *postgres.Store) error { return tx.PublishReport(ctx, frozen, files) },
		"made again":      func(tx *postgres.Store) error { return tx.SaveDraft(ctx, frozen, reports.Basis{}) },
	} {
		if err := postgres.New(db).InTx(ctx, change); pg.Constraint(err) != "reports_frozen" {
			t.Errorf("%s: got %v, want that it never changes", name, err)
		}
	}
}

func TestPublishedDocuments_AreTheLastRevisionOfEachMonth(t *testing.T) {
	ctx, db, _ := open(t)
	published(ctx, t, db, started.AddMonths(2), 1) // before the months before it
	published(ctx, t, db, started.AddMonths(-1), 1)
	published(ctx, t, db, started, 1)
	published(ctx, t, db, started, 2)
	made(ctx, t, db, started, 3)
	made(ctx, t, db, started.AddMonths(1), 1)
	for name, c := range map[string]struct {
		from, before calendar.Date
		want         string
	}{
		"a year":        {started.AddMonths(-9), started.AddMonths(3), "2024-12_1 2025-01_2 2025-03_1"},
		"from a month":  {started, started.AddMonths(3), "2025-01_2 2025-03_1"},
		"up to a month": {started.AddMonths(-9), started, "2024-12_1"},
		"a draft's":     {started.AddMonths(1), started.AddMonths(2), ""},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			list, err := tx.PublishedDocuments(ctx, c.from, c.before)
			names := make([]string, len(list))
			for i, d := range list {
				names[i] = fmt.Sprintf("%s_%d", d.Month.String()[:7], d.Revision)
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
			return err
		})
	}
}

func TestReports_ListTheLatestFirst(t *testing.T) {
	ctx, db, _ := open(t)
	published(ctx, t, db, started, 1)
	made(ctx, t, db, started, 2)
	published(ctx, t, db, started.AddMonths(1), 1)
	for name, c := range map[string]struct {
		q    postgres.ReportQuery
		want string
	}{
		"all":       {postgres.ReportQuery{Limit: 9}, "2025-02_1 2025-01_2 2025-01_1"},
		"published": {postgres.ReportQuery{Limit: 9, State: reports.Published}, "2025-02_1 2025-01_1"},
		"a month":   {postgres.ReportQuery{Limit: 9, Month: started}, "2025-01_2 2025-01_1"},
		"a page":    {postgres.ReportQuery{Limit: 1, After: postgres.ReportKey{Month: started.AddMonths(1), Number: 1}}, "2025-01_2"},
		"the last":  {postgres.ReportQuery{Limit: 1, After: postgres.ReportKey{Month: started, Number: 1}}, ""},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			list, err := tx.Reports(ctx, c.q)
			ids := make([]string, len(list))
			for i, r := range list {
				ids[i] = strings.TrimPrefix(string(r.ID), "rep_")
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
			return err
		})
	}
}

func TestUnpublished_AsksForAnswersAndNoReport(t *testing.T) {
	ctx, db, _ := open(t)
	want := func(want bool) {
		t.Helper()
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			got, err := tx.Unpublished(ctx, started)
			if got != want {
				t.Errorf("got %t, want %t", got, want)
			}
			return err
		})
	}
	want(false)
	responded(ctx, t, db, happened("1", 0), rated(5, 10), at)
	want(true)
	made(ctx, t, db, started.AddMonths(1), 1)
	want(true)
	published(ctx, t, db, started, 1)
	want(false)
}

func TestScorePolicies_ProtectSomeone(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		next, err := tx.ScorePolicy(ctx)
		next.Version, next.Minimum, next.Full, next.Actor, next.CreateTime = 2, 10, 50, "ada", at
		err = errors.Join(err, tx.LockReports(ctx), tx.InsertScorePolicy(ctx, next))
		got, err2 := tx.ScorePolicy(ctx)
		if diff := cmp.Diff(next, got); diff != "" {
			t.Error(diff)
		}
		return errors.Join(err, err2)
	})
	err := postgres.New(db).InTx(ctx, func(tx *postgres.Store) error {
		one, err := tx.ScorePolicy(ctx)
		one.Version, one.Minimum = 3, 1
		return errors.Join(err, tx.InsertScorePolicy(ctx, one))
	})
	if pg.Constraint(err) != "score_policies_protect_someone" {
		t.Errorf("got %v, want that one answer is never shown", err)
	}
}
