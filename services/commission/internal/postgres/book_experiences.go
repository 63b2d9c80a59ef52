package postgres

import (
	"context"
	"fmt"
)

// BookExperience is how a customer fares, as customer's feed told it last. A score
// is nil where it is unknown.
type BookExperience struct {
	CustomerID    string `json:"customer_id"`
	Revision      int64  `json:"revision"`
	Band          string `json:"band"`
	Score         *int32 `json:"score"`
	Answers       int64  `json:"answers"`
	PromoterScore *int32 `json:"promoter_score"`
	Poor          bool   `json:"poor"`
}

// ProjectExperiences brings what is known of how customers fare up to date.
// Entries of a revision that the book has, or had, change nothing. Each customer
// may occur once.
func (s *Store) ProjectExperiences(ctx context.Context, experiences []BookExperience) error {
	if len(experiences) == 0 {
		return nil
	}
	_, err := s.tx.Exec(ctx, `
		INSERT INTO book_experiences (customer_id, revision, band, score, answers, promoter_score, poor)
		SELECT customer_id, revision, band, score, answers, promoter_score, poor
		FROM jsonb_populate_recordset(NULL::book_experiences, $1)
		ON CONFLICT (customer_id) DO UPDATE
		SET revision = excluded.revision, band = excluded.band, score = excluded.score, answers = excluded.answers,
			promoter_score = excluded.promoter_score, poor = excluded.poor
		WHERE book_experiences.revision < excluded.revision`, experiences)
	if err != nil {
		return fmt.Errorf("project experiences of %d customers: %w", len(experiences), err)
	}
	return nil
}
