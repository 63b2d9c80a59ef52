package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// happened is a support case of cus_1's, closed so many hours after the start.
func happened(id string, hours int) surveys.Event {
	return surveys.Event{
		ID: surveys.EventID("tev_" + id), Source: "support", ExternalID: id, Touchpoint: "support-case", Version: 1, Audience: touchpoints.Customers,
		Customer: "cus_1", Contact: "con_1", Subscription: "sub_1",
		Facts:     surveys.Facts{Partner: "softcat", Product: "gateway", Segment: customers.Enterprise, Country: "GB", Region: "EUROPE"},
		OccurTime: at.Add(time.Duration(hours) * time.Hour), CreateTime: at.Add(time.Duration(hours)*time.Hour + time.Minute),
	}
}

// recorded stores an event with an invitation that waits.
func recorded(ctx context.Context, t *testing.T, db *pg.DB, e surveys.Event) surveys.Invitation {
	t.Helper()
	i := surveys.Invitation{
		ID: surveys.InvitationID("inv_" + e.ExternalID), EventID: e.ID, ContactID: e.Contact, Organisation: string(e.Customer), TimeZone: "Europe/London",
		State: surveys.Waiting, PolicyVersion: 1, SendAfter: e.OccurTime, CreateTime: e.CreateTime,
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return errors.Join(tx.LockTouchpointEvent(ctx, e.Source, e.ExternalID), tx.InsertTouchpointEvent(ctx, e), tx.InsertInvitation(ctx, i))
	})
	return i
}

func TestTouchpointEvents_AreReadAsTheyWereStored(t *testing.T) {
	ctx, db, _ := open(t)
	partner, staff := happened("2", 1), happened("3", 2)
	partner.Touchpoint, partner.Audience, partner.Customer, partner.Subscription, partner.Facts = "partner-renewal", touchpoints.Partners, "", "", surveys.Facts{Partner: "softcat"}
	staff.Touchpoint, staff.Audience, staff.Customer, staff.Subscription, staff.Contact, staff.Facts = "staff-training", touchpoints.Staff, "", "", "", surveys.Facts{}
	for _, e := range []surveys.Event{happened("1", 0), partner, staff} {
		recorded(ctx, t, db, e)
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			byID, err := tx.TouchpointEvent(ctx, e.ID)
			bySource, err2 := tx.TouchpointEventOf(ctx, "support", e.ExternalID)
			if diff := cmp.Diff([]surveys.Event{e, e}, []surveys.Event{byID, bySource}); diff != "" {
				t.Error(diff)
			}
			return errors.Join(err, err2)
		})
	}
	within(ctx, t, db, surveys.ErrEventNotFound, func(tx *postgres.Store) error {
		_, err := tx.TouchpointEventOf(ctx, "crm", "1")
		return err
	})
}

func TestTouchpointEvents_ListTheNewestFirst(t *testing.T) {
	ctx, db, _ := open(t)
	one, two, three := happened("1", 0), happened("2", 5), happened("3", 5)
	three.Touchpoint = "kick-off"
	for _, e := range []surveys.Event{two, one, three} {
		recorded(ctx, t, db, e)
	}
	for name, c := range map[string]struct {
		q    postgres.EventQuery
		want []surveys.EventID
	}{
		"all":           {postgres.EventQuery{Limit: 9}, []surveys.EventID{"tev_3", "tev_2", "tev_1"}},
		"a page":        {postgres.EventQuery{Limit: 1, After: postgres.EventKey{OccurTime: three.OccurTime, ID: "tev_3"}}, []surveys.EventID{"tev_2"}},
		"a touchpoint":  {postgres.EventQuery{Limit: 9, Touchpoint: "kick-off"}, []surveys.EventID{"tev_3"}},
		"a customer":    {postgres.EventQuery{Limit: 9, Customer: "cus_2"}, []surveys.EventID{}},
		"those waiting": {postgres.EventQuery{Limit: 2, State: surveys.Waiting}, []surveys.EventID{"tev_3", "tev_2"}},
		"those sent":    {postgres.EventQuery{Limit: 9, State: surveys.Sent}, []surveys.EventID{}},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			list, err := tx.TouchpointEvents(ctx, c.q)
			ids := []surveys.EventID{}
			for _, r := range list {
				ids = append(ids, r.Event.ID)
				if r.Invitation.EventID != r.Event.ID {
					t.Errorf("%s: %+v", name, r)
				}
			}
			if diff := cmp.Diff(c.want, ids); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			return err
		})
	}
}

func TestServicesAt_AreThoseOfTheInstant(t *testing.T) {
	ctx, db, s := open(t)
	begins := s.Partners[0].From.Time()
	served := []surveys.Service{{Partner: "softcat", Product: "gateway"}}
	for name, c := range map[string]struct {
		customer customers.ID
		only     subscriptions.ID
		at       time.Time
		want     []surveys.Service
	}{
		"on the first day": {"cus_1", "", begins, served},
		"by one":           {"cus_1", "sub_1", begins, served},
		"by another":       {"cus_1", "sub_2", begins, []surveys.Service{}},
		"before":           {"cus_1", "", begins.Add(-time.Second), []surveys.Service{}},
		"of another":       {"cus_2", "", begins, []surveys.Service{}},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			got, err := tx.ServicesAt(ctx, c.customer, c.only, c.at)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			return err
		})
	}
}

func TestMoveExperience_LeavesNothingBehind(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.InsertCustomer(ctx, acme("cus_2", "other.example")) })
	e := happened("1", 0)
	recorded(ctx, t, db, e)
	r := e.Respond("rsp_1", surveys.Answer{Comment: "Good."}, at.Add(time.Hour))
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return errors.Join(tx.InsertResponse(ctx, r), tx.MoveExperience(ctx, "cus_1", "cus_2"))
	})
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		event, err := tx.TouchpointEvent(ctx, e.ID)
		response, err2 := tx.ResponseTo(ctx, e.ID)
		invitation, err3 := tx.InvitationOf(ctx, e.ID)
		if event.Customer != "cus_2" || response.Customer != "cus_2" || invitation.Organisation != "cus_2" {
			t.Errorf("%v, %v, %v", event, response, invitation)
		}
		return errors.Join(err, err2, err3)
	})
}
