package app

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// GetResponse returns a response.
func (a *App) GetResponse(ctx context.Context, id surveys.ResponseID) (surveys.Response, error) {
	return read(ctx, a, func(tx *postgres.Store) (surveys.Response, error) { return tx.Response(ctx, id) })
}

type (
	// ResponseQuery asks for a page of responses.
	ResponseQuery = postgres.ResponseQuery
	// ResponseKey is the place of a response in a list.
	ResponseKey = postgres.ResponseKey
)

// ListResponses returns responses, newest first.
func (a *App) ListResponses(ctx context.Context, q ResponseQuery) ([]surveys.Response, error) {
	return read(ctx, a, func(tx *postgres.Store) ([]surveys.Response, error) { return tx.Responses(ctx, q) })
}

// RedactResponse takes text and person out of a response for good.
func (a *App) RedactResponse(ctx context.Context, id surveys.ResponseID, etag string) (surveys.Response, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (surveys.Response, error) {
		current, err := tx.ResponseForUpdate(ctx, id)
		if err != nil {
			return current, err
		}
		redacted, changed, err := current.Redact(a.now(), etag)
		if err != nil || !changed {
			return redacted, err
		}
		if err := tx.Redact(ctx, redacted); err != nil {
			return redacted, err
		}
		return redacted, publishResponse(ctx, tx, "response.redacted", redacted)
	})
}

// Imported is an answer that was given elsewhere.
type Imported struct {
	Report     surveys.Report
	Answer     surveys.Answer
	AnswerTime time.Time
}

// BatchImportResponses stores answers that were given elsewhere, and returns them
// without text and person, since what is returned is kept with the request's id.
func (a *App) BatchImportResponses(ctx context.Context, given []Imported) ([]Item[surveys.Response], error) {
	return mutate(ctx, a, func(tx *postgres.Store) ([]Item[surveys.Response], error) {
		return eachItem(ctx, tx, given, func(tx *postgres.Store, i Imported) (surveys.Response, error) {
			r, err := a.importResponse(ctx, tx, i)
			return r.Anonymous(), err
		})
	})
}

func (a *App) importResponse(ctx context.Context, tx *postgres.Store, i Imported) (surveys.Response, error) {
	answer, err := i.Answer.Check()
	if err != nil {
		return surveys.Response{}, err
	}
	at := i.AnswerTime.UTC().Truncate(time.Microsecond)
	if at.Before(i.Report.OccurTime) || at.After(a.now()) {
		return surveys.Response{}, surveys.ErrInvalid.Because("an answer comes after what it is about, and not in the future").On("answer_time")
	}
	o, err := a.observe(ctx, tx, i.Report, true)
	if err != nil {
		return surveys.Response{}, err
	}
	if !o.known {
		r := o.Event.Respond(surveys.ResponseID(ident.New("rsp_")), answer, at)
		return r, errors.Join(o.insert(ctx, tx), a.keepResponse(ctx, tx, r))
	}
	before, err := tx.ResponseTo(ctx, o.Event.ID)
	if errors.Is(err, surveys.ErrResponseNotFound) {
		return before, surveys.ErrEventTaken.Because("the event was recorded to be asked about here").On("external_id")
	}
	if err == nil && !before.Answer.Equal(answer) && !before.Redacted() {
		err = surveys.ErrDuplicate.Because("another answer was taken over for this event; the first one stays", "response_id", string(before.ID))
	}
	return before, err
}
