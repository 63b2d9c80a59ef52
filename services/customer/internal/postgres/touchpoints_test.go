package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

func TestTouchpoints_AreInForceByTheirNewestVersion(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		all, err := tx.Touchpoints(ctx, "")
		if err != nil {
			return err
		}
		staff, err := tx.Touchpoints(ctx, touchpoints.Staff)
		if len(all) != 20 || len(staff) != 3 || all[0].ID != "discover" || all[12].ID != "renewal-decision" || all[13].Audience != touchpoints.Partners {
			t.Errorf("%d of all, %d of staff: %v", len(all), len(staff), all)
		}
		first, next := all[0], all[0]
		next.Version, next.Position, next.Name, next.Active, next.Actor, next.CreateTime = 2, 14, "First look", false, "ada", at
		if err := errors.Join(err, tx.LockTouchpoints(ctx), tx.InsertTouchpoint(ctx, next)); err != nil {
			return err
		}
		now, err := tx.Touchpoint(ctx, "discover")
		before, err2 := tx.TouchpointAt(ctx, "discover", 1)
		versions, err3 := tx.TouchpointVersions(ctx, "discover")
		customers, err4 := tx.Touchpoints(ctx, touchpoints.Customers)
		if diff := cmp.Diff([]touchpoints.Touchpoint{next, first, next, first, next},
			append([]touchpoints.Touchpoint{now, before}, append(versions, customers[12])...)); diff != "" {
			t.Error(diff)
		}
		return errors.Join(err, err2, err3, err4)
	})
	within(ctx, t, db, touchpoints.ErrUnknown, func(tx *postgres.Store) error {
		_, err := tx.TouchpointAt(ctx, "discover", 3)
		return err
	})
	within(ctx, t, db, touchpoints.ErrUnknown, func(tx *postgres.Store) error {
		_, err := tx.Touchpoint(ctx, "nowhere")
		return err
	})
}

func TestSurveyPolicy_IsTheNewestVersion(t *testing.T) {
	ctx, db, _ := open(t)
	next := surveys.Policy{
		Version: 2, ContactLimit: 1, ContactDays: 2, OrganisationLimit: 3, OrganisationDays: 4, QuietFromHour: 5, QuietUntilHour: 6,
		QuietWeekends: true, AskWithinDays: 7, LinkDays: 8, Actor: "ada", CreateTime: at,
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		first, err := tx.SurveyPolicy(ctx)
		if first.Version != 1 || first.OrganisationLimit != 5 || first.LinkDays != 30 || first.CreateTime.Location() != time.UTC {
			t.Errorf("%+v", first)
		}
		if err := errors.Join(err, tx.LockSurveyPolicy(ctx), tx.InsertSurveyPolicy(ctx, next)); err != nil {
			return err
		}
		now, err := tx.SurveyPolicy(ctx)
		if diff := cmp.Diff(next, now); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
