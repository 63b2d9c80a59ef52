package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Survey is what a link asks.
type Survey struct {
	Touchpoint touchpoints.Touchpoint
	OccurDate  calendar.Date
	ExpireDate calendar.Date
	Answered   bool
	OptedOut   bool
}

// GetSurvey returns what a token asks, or surveys.ErrTokenUnknown. It changes
// nothing.
func (a *App) GetSurvey(ctx context.Context, token onetime.Token) (Survey, error) {
	// Who asks is known by the token alone, so nobody's scope applies.
	return read(pg.WithScope(ctx, pg.System()), a, func(tx *postgres.Store) (Survey, error) {
		i, err := tx.InvitationByToken(ctx, token.Hash())
		if err == nil {
			err = i.Live(a.now())
		}
		if err != nil {
			return Survey{}, err
		}
		return a.surveyOf(ctx, tx, i)
	})
}

func (a *App) surveyOf(ctx context.Context, tx *postgres.Store, i surveys.Invitation) (Survey, error) {
	event, err := tx.TouchpointEvent(ctx, i.EventID)
	if err != nil {
		return Survey{}, err
	}
	asked, err := tx.TouchpointAt(ctx, event.Touchpoint, event.Version)
	if err != nil {
		return Survey{}, err
	}
	zone, err := calendar.LoadZone(i.TimeZone)
	if err != nil {
		return Survey{}, err
	}
	out, err := tx.OptedOut(ctx, i.ContactID)
	return Survey{
		Touchpoint: asked, OccurDate: calendar.DateOf(event.OccurTime, zone), ExpireDate: calendar.DateOf(i.ExpireTime, zone),
		Answered: i.State == surveys.Answered, OptedOut: out,
	}, err
}

// SubmitSurveyResponse stores what somebody answers. The same answer again is
// answered as before.
func (a *App) SubmitSurveyResponse(ctx context.Context, token onetime.Token, answer surveys.Answer) (Survey, error) {
	return a.byToken(ctx, token, func(tx *postgres.Store, i surveys.Invitation) (surveys.Invitation, error) {
		answer, err := answer.Check()
		if err != nil {
			return i, err
		}
		event, err := tx.TouchpointEvent(ctx, i.EventID)
		if err != nil {
			return i, err
		}
		before, err := tx.ResponseTo(ctx, event.ID)
		switch {
		case err == nil && before.Answer.Equal(answer):
			return i, nil
		case err == nil:
			return i, surveys.ErrDuplicate.Because("the link has been used for another answer; the first one stays")
		case !errors.Is(err, surveys.ErrResponseNotFound):
			return i, err
		}
		i = i.Answer(a.now())
		if err := tx.UpdateInvitation(ctx, i); err != nil {
			return i, err
		}
		return i, a.keepResponse(ctx, tx, event.Respond(surveys.ResponseID(ident.New("rsp_")), answer, a.now()))
	})
}

// LeaveSurveys notes that the recipient of a link does not want to be asked
// again.
func (a *App) LeaveSurveys(ctx context.Context, token onetime.Token) (Survey, error) {
	return a.byToken(ctx, token, func(tx *postgres.Store, i surveys.Invitation) (surveys.Invitation, error) {
		if i.ContactID == "" {
			return i, nil // forgotten: nobody is left to be asked
		}
		return i, tx.SaveOptOut(ctx, i.ContactID, actor(ctx), a.now())
	})
}

// byToken runs effect on the invitation that a live token is of, and returns
// what it asks then.
func (a *App) byToken(ctx context.Context, token onetime.Token, effect func(*postgres.Store, surveys.Invitation) (surveys.Invitation, error)) (s Survey, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		i, err := tx.InvitationByTokenForUpdate(ctx, token.Hash())
		if err == nil {
			err = i.Live(a.now())
		}
		if err != nil {
			return err
		}
		if i, err = effect(tx, i); err != nil {
			return err
		}
		s, err = a.surveyOf(ctx, tx, i)
		return err
	})
	return s, err
}

// keepResponse stores a response and says in the feed that there is one, and
// nothing of the person.
func (a *App) keepResponse(ctx context.Context, tx *postgres.Store, r surveys.Response) error {
	if err := tx.InsertResponse(ctx, r); err != nil {
		return err
	}
	return publishResponse(ctx, tx, "response.recorded", r)
}

// publishResponse appends an event of a response.
func publishResponse(ctx context.Context, tx *postgres.Store, kind string, r surveys.Response) error {
	occurred := r.AnswerTime
	if r.Redacted() {
		occurred = r.RedactTime
	}
	return publish(ctx, tx, events.Event{
		Kind: kind, ResourceID: string(r.ID), Revision: int64(r.Revision), OccurredAt: occurred,
	}, r.Anonymous())
}
