package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
)

// minted is an invitation as it is let out at an instant, by its own token.
func minted(i surveys.Invitation, number byte, when time.Time) surveys.Invitation {
	i.Hash, i.MintTime, i.ExpireTime = onetime.Entropy{number}.Token().Hash(), when, when.AddDate(0, 0, 30)
	return i
}

func TestInvitations_AreFoundByTheirToken(t *testing.T) {
	ctx, db, _ := open(t)
	waiting := recorded(ctx, t, db, happened("1", 0))
	let := minted(waiting, 1, at)
	sent, _ := let.HandedOver(let.Hash, at.Add(time.Minute))
	within(ctx, t, db, surveys.ErrTokenUnknown, func(tx *postgres.Store) error {
		_, err := tx.InvitationByToken(ctx, let.Hash)
		return err
	})
	for _, i := range []surveys.Invitation{waiting, let, sent, sent.Answer(at.Add(time.Hour)), let.Answer(at.Add(time.Second))} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			if err := tx.UpdateInvitation(ctx, i); err != nil {
				return err
			}
			locked, err := tx.InvitationForUpdate(ctx, i.ID)
			of, err2 := tx.InvitationOf(ctx, i.EventID)
			read := []surveys.Invitation{locked, of}
			if i.Minted() {
				byToken, err3 := tx.InvitationByToken(ctx, i.Hash)
				again, err4 := tx.InvitationByTokenForUpdate(ctx, i.Hash)
				read, err2 = append(read, byToken, again), errors.Join(err2, err3, err4)
			}
			for _, got := range read {
				if diff := cmp.Diff(i, got); diff != "" {
					t.Errorf("%s: %s", i.State, diff)
				}
			}
			return errors.Join(err, err2)
		})
	}
}

func TestCountAsked_CountsWhatWasLetOutToOthersSince(t *testing.T) {
	ctx, db, _ := open(t)
	colleague := happened("2", 1)
	colleague.Contact = "con_2"
	asked := recorded(ctx, t, db, happened("1", 0))
	for number, i := range []surveys.Invitation{recorded(ctx, t, db, colleague), recorded(ctx, t, db, happened("3", 2)), asked} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			return tx.UpdateInvitation(ctx, minted(i, byte(number+1), at.AddDate(0, 0, number)))
		})
	}
	recorded(ctx, t, db, happened("4", 3)) // and waits
	for name, c := range map[string]struct{ contactSince, organisationSince, contact, organisation int }{
		"from the first day": {-1, -1, 1, 2},
		"after it":           {0, 0, 1, 1},
		"after both":         {1, 1, 0, 0},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			contact, organisation, err := tx.CountAsked(ctx, asked, at.AddDate(0, 0, c.contactSince), at.AddDate(0, 0, c.organisationSince))
			if contact != c.contact || organisation != c.organisation {
				t.Errorf("%s: %d of the person, %d of the organisation", name, contact, organisation)
			}
			return errors.Join(err, tx.LockAsking(ctx, asked))
		})
	}
}

func TestStrandedInvitations_HaveNoJob(t *testing.T) {
	cfg := pgtest.Config(t, pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()})
	if err := queue.Migrate(t.Context(), cfg.OwnerURL); err != nil {
		t.Fatal(err)
	}
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx := pg.WithScope(t.Context(), pg.System())
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.InsertCustomer(ctx, acme("cus_1", "acme.example")) })
	for number, id := range []string{"late", "early", "with-job", "tomorrow"} {
		e := happened(id, []int{2, 1, 0, 24}[number])
		e.Subscription = ""
		recorded(ctx, t, db, e)
	}
	_, err = db.SystemPool().Exec(ctx, `
		INSERT INTO river_job (kind, args, state, max_attempts, finalized_at)
		VALUES ('deliver', '{"invitation_id": "inv_with-job"}', 'scheduled', 9, NULL), ('deliver', '{"invitation_id": "inv_late"}', 'completed', 9, now())`)
	if err != nil {
		t.Fatal(err)
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		got, err := tx.StrandedInvitations(ctx, at.Add(3*time.Hour), "deliver", 9)
		if diff := cmp.Diff([]surveys.InvitationID{"inv_early", "inv_late"}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
