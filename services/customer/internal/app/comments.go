package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// exportLimit is how many comments a file holds.
const exportLimit = 5000

var errCommentsTooMany = fault.New("COMMENTS_TOO_MANY", "more comments were found than a file holds").Because(
	fmt.Sprintf("more than %d comments were found; narrow the search", exportLimit), "limit", strconv.Itoa(exportLimit))

type (
	// Comment is what somebody said in free text.
	Comment = postgres.Comment
	// CommentQuery asks for a page of comments.
	CommentQuery = postgres.CommentQuery
	// CommentKey is the place of a comment in a list.
	CommentKey = postgres.CommentKey
)

// SearchComments returns a page of comments.
func (a *App) SearchComments(ctx context.Context, q CommentQuery) ([]Comment, error) {
	if err := checkMonths(q.From, q.To); err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *postgres.Store) ([]Comment, error) {
		if err := checkChoice(ctx, tx, q.Choice); err != nil {
			return nil, err
		}
		return tx.Comments(ctx, q)
	})
}

// ExportComments returns all comments that are found as CSV, without those who
// made them.
func (a *App) ExportComments(ctx context.Context, q CommentQuery) (File, error) {
	q.Limit = exportLimit + 1
	found, err := a.SearchComments(ctx, q)
	if err != nil {
		return File{}, err
	}
	if len(found) > exportLimit {
		return File{}, errCommentsTooMany
	}
	content, err := commentsCSV(found)
	return File{Name: "comments.csv", Type: csvType, Content: content}, err
}

func commentsCSV(list []Comment) ([]byte, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	lines := [][]string{{"response_id", "answer_time", "audience", "touchpoint_id", "product_id", "segment", "region",
		"needs", "ease", "enjoyment", "recommend", "comment"}}
	for _, c := range list {
		line := []string{c.ResponseID, c.AnswerTime.Format(time.RFC3339), string(c.Audience), c.Touchpoint, c.Product, c.Segment, c.Region}
		for _, rating := range []*int32{c.Needs, c.Ease, c.Enjoyment, c.Recommend} {
			line = append(line, optional(rating))
		}
		lines = append(lines, append(line, reports.Inert(c.Text)))
	}
	err := w.WriteAll(lines)
	return text.Bytes(), err
}

func optional(rating *int32) string {
	if rating == nil {
		return ""
	}
	return strconv.Itoa(int(*rating))
}
