package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const selectResponse = `
	SELECT r.response_id, r.event_id, r.touchpoint_id, r.version, r.audience, coalesce(r.customer_id, ''), coalesce(r.contact_id, ''),
	       coalesce(r.partner_id, ''), coalesce(r.product_id, ''), coalesce(r.segment, ''), coalesce(r.country_code, ''), coalesce(r.region, ''),
	       r.needs, r.ease, r.enjoyment, r.recommend, coalesce(r.comment, ''), r.answer_time, r.redact_time, r.revision
	FROM responses r`

func scanResponse(row pgx.CollectableRow) (r surveys.Response, err error) {
	var redacted *time.Time
	f, a := &r.Facts, &r.Answer
	err = row.Scan(&r.ID, &r.EventID, &r.Touchpoint, &r.Version, &r.Audience, &r.Customer, &r.Contact,
		&f.Partner, &f.Product, &f.Segment, &f.Country, &f.Region,
		&a.Needs, &a.Ease, &a.Enjoyment, &a.Recommend, &a.Comment, &r.AnswerTime, &redacted, &r.Revision)
	r.AnswerTime, r.RedactTime = r.AnswerTime.UTC(), present(redacted)
	return r, err
}

// Response returns a response, or surveys.ErrResponseNotFound.
func (s *Store) Response(ctx context.Context, id surveys.ResponseID) (surveys.Response, error) {
	return s.response(ctx, selectResponse+" WHERE r.response_id = $1", id)
}

// ResponseForUpdate is Response, and keeps others from changing it until the
// transaction ends.
func (s *Store) ResponseForUpdate(ctx context.Context, id surveys.ResponseID) (surveys.Response, error) {
	return s.response(ctx, selectResponse+" WHERE r.response_id = $1 FOR UPDATE", id)
}

// ResponseTo returns the response to an event, or surveys.ErrResponseNotFound.
func (s *Store) ResponseTo(ctx context.Context, id surveys.EventID) (surveys.Response, error) {
	return s.response(ctx, selectResponse+" WHERE r.event_id = $1", id)
}

func (s *Store) response(ctx context.Context, sql string, arg any) (surveys.Response, error) {
	rows, _ := s.tx.Query(ctx, sql, arg) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanResponse)
	return r, missing(err, surveys.ErrResponseNotFound, "read response")
}

// InsertResponse stores a response, or returns surveys.ErrDuplicate.
func (s *Store) InsertResponse(ctx context.Context, r surveys.Response) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO responses (response_id, event_id, touchpoint_id, version, audience, month, customer_id, contact_id, partner_id,
		                       product_id, segment, country_code, region, needs, ease, enjoyment, recommend, comment, answer_time, revision)
		VALUES (@id, @event, @touchpoint, @version, @audience, @month, nullif(@customer, ''), nullif(@contact, ''), nullif(@partner, ''),
		        nullif(@product, ''), nullif(@segment, ''), nullif(@country, ''), nullif(@region, ''), @needs, @ease, @enjoyment,
		        @recommend, nullif(@comment, ''), @answer_time, @revision)`, pgx.StrictNamedArgs{
		"id": r.ID, "event": r.EventID, "touchpoint": r.Touchpoint, "version": r.Version, "audience": r.Audience, "month": r.Month(),
		"customer": r.Customer, "contact": r.Contact, "partner": r.Facts.Partner, "product": r.Facts.Product,
		"segment": r.Facts.Segment, "country": r.Facts.Country, "region": r.Facts.Region,
		"needs": r.Answer.Needs, "ease": r.Answer.Ease, "enjoyment": r.Answer.Enjoyment, "recommend": r.Answer.Recommend,
		"comment": r.Answer.Comment, "answer_time": r.AnswerTime, "revision": r.Revision,
	})
	return explain(err, "insert response")
}

// Redact stores a redacted response, and forgets who it was of wherever else
// that stands.
func (s *Store) Redact(ctx context.Context, r surveys.Response) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE responses
		SET contact_id = NULL, comment = NULL, redact_time = $2, revision = $3
		WHERE response_id = $1`, r.ID, r.RedactTime, r.Revision)
	if err != nil {
		return explain(err, "redact response")
	}
	for _, statement := range []string{
		"UPDATE touchpoint_events SET contact_id = NULL WHERE event_id = $1",
		"UPDATE invitations SET contact_id = NULL WHERE event_id = $1",
	} {
		if _, err := s.tx.Exec(ctx, statement, r.EventID); err != nil {
			return explain(err, "forget who responded")
		}
	}
	return nil
}

// ResponseKey is the place of a response in a list.
type ResponseKey struct {
	AnswerTime time.Time          `json:"t"`
	ID         surveys.ResponseID `json:"i"`
}

// ResponseQuery chooses responses; an empty field chooses all. Month is the first
// day of one. After is the last response of the page before.
type ResponseQuery struct {
	Month      calendar.Date
	Audience   touchpoints.Audience
	Touchpoint touchpoints.ID
	Customer   customers.ID
	Partner    subscriptions.PartnerID
	Detractors bool
	After      ResponseKey
	Limit      int
}

// Responses returns responses, newest first.
func (s *Store) Responses(ctx context.Context, q ResponseQuery) ([]surveys.Response, error) {
	f := filter{args: pgx.StrictNamedArgs{"limit": q.Limit}}
	f.with(!q.Month.IsZero(), "r.month = @month", pgx.StrictNamedArgs{"month": q.Month})
	f.with(q.Audience != "", "r.audience = @audience", pgx.StrictNamedArgs{"audience": q.Audience})
	f.with(q.Touchpoint != "", "r.touchpoint_id = @touchpoint", pgx.StrictNamedArgs{"touchpoint": q.Touchpoint})
	f.with(q.Customer != "", "r.customer_id = @customer", pgx.StrictNamedArgs{"customer": q.Customer})
	f.with(q.Partner != "", "r.partner_id = @partner", pgx.StrictNamedArgs{"partner": q.Partner})
	f.with(q.Detractors, "r.recommend <= 6", nil)
	f.with(q.After.ID != "", "(r.answer_time, r.response_id) < (@after_time, @after_id)",
		pgx.StrictNamedArgs{"after_time": q.After.AnswerTime, "after_id": q.After.ID})
	rows, _ := s.tx.Query(ctx, selectResponse+f.where()+`
		ORDER BY r.answer_time DESC, r.response_id DESC
		LIMIT @limit`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanResponse)
	return list, explain(err, "list responses")
}
