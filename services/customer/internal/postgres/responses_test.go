package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
)

func TestResponses_AreOneToAnEvent(t *testing.T) {
	ctx, db, _ := open(t)
	e := happened("1", 0)
	recorded(ctx, t, db, e)
	r := e.Respond("rsp_1", surveys.Answer{Needs: new(int32(5)), Recommend: new(int32(0)), Comment: "Slow."}, at.Add(time.Hour))
	within(ctx, t, db, surveys.ErrResponseNotFound, func(tx *postgres.Store) error {
		_, err := tx.ResponseTo(ctx, e.ID)
		return err
	})
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		if err := tx.InsertResponse(ctx, r); err != nil {
			return err
		}
		byID, err := tx.Response(ctx, "rsp_1")
		locked, err2 := tx.ResponseForUpdate(ctx, "rsp_1")
		to, err3 := tx.ResponseTo(ctx, e.ID)
		if diff := cmp.Diff([]surveys.Response{r, r, r}, []surveys.Response{byID, locked, to}); diff != "" {
			t.Error(diff)
		}
		return errors.Join(err, err2, err3)
	})
	within(ctx, t, db, surveys.ErrDuplicate, func(tx *postgres.Store) error {
		again := r
		again.ID = "rsp_2"
		return tx.InsertResponse(ctx, again)
	})
}

func TestRedact_ForgetsWhoItWasEverywhere(t *testing.T) {
	ctx, db, _ := open(t)
	e := happened("1", 0)
	recorded(ctx, t, db, e)
	r := e.Respond("rsp_1", surveys.Answer{Recommend: new(int32(2)), Comment: "Slow."}, at.Add(time.Hour))
	followUp := reports.FollowUp{ID: "fol_1", ResponseID: "rsp_1", CreateTime: at.Add(2 * time.Hour)}
	redacted, _, err := r.Redact(at.AddDate(0, 0, 1), "")
	if err != nil {
		t.Fatal(err)
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		if err := tx.InsertResponse(ctx, r); err != nil {
			return err
		}
		made, err := tx.InsertFollowUp(ctx, followUp)
		again, err2 := tx.InsertFollowUp(ctx, reports.FollowUp{ID: "fol_2", ResponseID: "rsp_1", CreateTime: at})
		if !made || again {
			t.Errorf("made %t, made again %t", made, again)
		}
		followUp.Notes = []reports.Note{{Author: "ada", Text: "Ann was friendly.", Time: at.Add(3 * time.Hour)}}
		return errors.Join(err, err2, tx.InsertNote(ctx, followUp), tx.Redact(ctx, redacted))
	})
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		got, err := tx.Response(ctx, "rsp_1")
		if diff := cmp.Diff(redacted, got); diff != "" {
			t.Error(diff)
		}
		event, err2 := tx.TouchpointEvent(ctx, e.ID)
		invitation, err3 := tx.InvitationOf(ctx, e.ID)
		kept, err4 := tx.FollowUp(ctx, "fol_1")
		if event.Contact != "" || invitation.ContactID != "" || len(kept.Notes) != 0 || kept.Recommend != 2 {
			t.Errorf("%+v, %+v, %+v", event, invitation, kept)
		}
		return errors.Join(err, err2, err3, err4)
	})
}

func TestResponses_ListTheNewestFirst(t *testing.T) {
	ctx, db, _ := open(t)
	for number, recommend := range []int32{6, 7, 0} {
		e := happened(string(rune('1'+number)), number)
		if number == 2 {
			e.Touchpoint, e.Facts.Partner = "kick-off", "northwind"
		}
		recorded(ctx, t, db, e)
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			return tx.InsertResponse(ctx, e.Respond(surveys.ResponseID("rsp_"+e.ExternalID), surveys.Answer{Recommend: &recommend}, at.AddDate(0, number, 0)))
		})
	}
	for name, c := range map[string]struct {
		q    postgres.ResponseQuery
		want []surveys.ResponseID
	}{
		"all":          {postgres.ResponseQuery{Limit: 9}, []surveys.ResponseID{"rsp_3", "rsp_2", "rsp_1"}},
		"a page":       {postgres.ResponseQuery{Limit: 1, After: postgres.ResponseKey{AnswerTime: at.AddDate(0, 2, 0), ID: "rsp_3"}}, []surveys.ResponseID{"rsp_2"}},
		"detractors":   {postgres.ResponseQuery{Limit: 9, Detractors: true}, []surveys.ResponseID{"rsp_3", "rsp_1"}},
		"a month":      {postgres.ResponseQuery{Limit: 9, Month: started}, []surveys.ResponseID{"rsp_1"}},
		"a partner":    {postgres.ResponseQuery{Limit: 9, Partner: "northwind"}, []surveys.ResponseID{"rsp_3"}},
		"a touchpoint": {postgres.ResponseQuery{Limit: 9, Touchpoint: "support-case"}, []surveys.ResponseID{"rsp_2", "rsp_1"}},
		"a customer":   {postgres.ResponseQuery{Limit: 9, Customer: "cus_2"}, []surveys.ResponseID{}},
		"an audience":  {postgres.ResponseQuery{Limit: 9, Audience: "STAFF"}, []surveys.ResponseID{}},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			list, err := tx.Responses(ctx, c.q)
			ids := []surveys.ResponseID{}
			for _, r := range list {
				ids = append(ids, r.ID)
			}
			if diff := cmp.Diff(c.want, ids); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			return err
		})
	}
}
