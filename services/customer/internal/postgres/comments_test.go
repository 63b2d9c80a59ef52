package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// commented stores four answers, the last of which says nothing.
func commented(ctx context.Context, t *testing.T, db *pg.DB) []surveys.Response {
	t.Helper()
	var all []surveys.Response
	for number, a := range []surveys.Answer{
		{Recommend: new(int32(3)), Comment: "The console was slow while we renewed."},
		{Comment: "Renewal: a slow console, but friendly people."},
		{Recommend: new(int32(9)), Comment: "Friendly people, and it costs 100 % less; -- DROP TABLE 'responses'"},
		{Recommend: new(int32(0))},
	} {
		e := happened(string(rune('1'+number)), number)
		if number == 1 {
			e.Touchpoint, e.Facts.Region = "renewal-decision", "ASIA"
		}
		all = append(all, responded(ctx, t, db, e, a, at.AddDate(0, number, 0)))
	}
	return all
}

// wantComments searches and compares the ids of the responses.
func wantComments(ctx context.Context, t *testing.T, db *pg.DB, name string, q postgres.CommentQuery, want string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 10
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		found, err := tx.Comments(ctx, q)
		ids := make([]string, len(found))
		for i, c := range found {
			ids[i] = strings.TrimPrefix(c.ResponseID, "rsp_")
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		return err
	})
}

func TestComments_AreFoundByTheirWords(t *testing.T) {
	ctx, db, _ := open(t)
	commented(ctx, t, db)
	for words, want := range map[string]string{
		"":                   "3 2 1",
		"renewing":           "2 1",
		"slow console":       "2 1",
		`"slow console"`:     "2",
		"friendly -slow":     "3",
		"slow or cost":       "3 2 1",
		"SLOW":               "2 1",
		"unheard":            "",
		`"`:                  "", // nothing to look for
		"'; DROP TABLE x --": "",
	} {
		wantComments(ctx, t, db, words, postgres.CommentQuery{Words: words}, want)
	}
}

func TestComments_AreChosenByFacts(t *testing.T) {
	ctx, db, _ := open(t)
	all := commented(ctx, t, db)
	for name, c := range map[string]struct {
		q    postgres.CommentQuery
		want string
	}{
		"a region":                       {postgres.CommentQuery{Choice: postgres.Choice{Region: "ASIA"}}, "2"},
		"a touchpoint":                   {postgres.CommentQuery{Choice: postgres.Choice{Touchpoint: "support-case"}}, "3 1"},
		"two months":                     {postgres.CommentQuery{Choice: postgres.Choice{From: started, To: started.AddMonths(1)}}, "2 1"},
		"another audience":               {postgres.CommentQuery{Choice: postgres.Choice{Audience: reports.Staff}}, ""},
		"detractors, not those who skip": {postgres.CommentQuery{RecommendAtMost: new(int32(6))}, "1"},
		"a page":                         {postgres.CommentQuery{Limit: 1, After: postgres.CommentKey{Time: all[2].AnswerTime, ID: "rsp_3"}}, "2"},
	} {
		wantComments(ctx, t, db, name, c.q, c.want)
	}
}

func TestComments_AreGoneOnceRedacted(t *testing.T) {
	ctx, db, _ := open(t)
	all := commented(ctx, t, db)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		redacted, _, err := all[0].Redact(at.AddDate(1, 0, 0), "")
		return errors.Join(err, tx.Redact(ctx, redacted))
	})
	wantComments(ctx, t, db, "all", postgres.CommentQuery{}, "3 2")
	wantComments(ctx, t, db, "its words", postgres.CommentQuery{Words: "renewed"}, "2")
	var kept int
	err := db.SystemPool().QueryRow(ctx, "SELECT count(*) FROM responses WHERE response_id = 'rsp_1' AND comment_tsv = ''").Scan(&kept)
	if err != nil || kept != 1 {
		t.Errorf("words of it are still in the index: %v", err)
	}
}
