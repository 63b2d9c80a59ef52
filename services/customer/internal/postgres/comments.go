package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
)

// Comment is the free text of a response, with the facts around it. A question
// that was left out is nil.
type Comment struct {
	ResponseID string
	Text       string
	Audience   reports.Audience
	Touchpoint string
	Customer   string
	Partner    string
	Product    string
	Segment    string
	Region     string
	Needs      *int32
	Ease       *int32
	Enjoyment  *int32
	Recommend  *int32
	AnswerTime time.Time
}

// CommentKey is the place of a comment in a list.
type CommentKey struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"`
}

// Key is the comment's place.
func (c Comment) Key() CommentKey { return CommentKey{Time: c.AnswerTime, ID: c.ResponseID} }

// CommentQuery chooses comments; an empty field chooses all. After is the last
// one of the page before.
type CommentQuery struct {
	Choice
	Words           string
	RecommendAtMost *int32
	After           CommentKey
	Limit           int
}

// Comments finds comments, the newest first.
func (s *Store) Comments(ctx context.Context, q CommentQuery) ([]Comment, error) {
	f := q.filter()
	f.with(true, "r.comment <> ''", pgx.StrictNamedArgs{"limit": q.Limit})
	f.with(q.Words != "", "r.comment_tsv @@ websearch_to_tsquery('english', @words)", pgx.StrictNamedArgs{"words": q.Words})
	f.with(q.RecommendAtMost != nil, "r.recommend <= @at_most", pgx.StrictNamedArgs{"at_most": q.RecommendAtMost})
	f.with(q.After.ID != "", "(r.answer_time, r.response_id) < (@after_time, @after_id)",
		pgx.StrictNamedArgs{"after_time": q.After.Time, "after_id": q.After.ID})
	rows, _ := s.tx.Query(ctx, `
		SELECT r.response_id, r.comment, r.audience, r.touchpoint_id, coalesce(r.customer_id, ''), coalesce(r.partner_id, ''),
		       coalesce(r.product_id, ''), coalesce(r.segment, ''), coalesce(r.region, ''),
		       r.needs, r.ease, r.enjoyment, r.recommend, r.answer_time
		FROM responses r`+f.where()+`
		ORDER BY r.answer_time DESC, r.response_id DESC
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Comment])
	for i := range list {
		list[i].AnswerTime = list[i].AnswerTime.UTC()
	}
	return list, explain(err, "search comments")
}
