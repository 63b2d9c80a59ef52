package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// transfer is a request of a partner's, made so many hours after noon.
func transfer(id transfers.ID, challenger partners.ID, hours int) transfers.Transfer {
	t, err := transfers.Request(transfers.Transfer{
		ID: id, PartnerID: challenger, Domain: "example.com", FamilyID: "email-security", PartnerReference: "our 7",
		CreateTime: noon.Add(time.Duration(hours) * time.Hour),
	}, day("2026-03-01"), code.Defaults())
	if err != nil {
		panic(err)
	}
	return t
}

func move(subscription string, incumbent partners.ID) transfers.Move {
	return transfers.Move{
		SubscriptionID: subscription, ProductID: "plus", ProductName: "Plus", EffectiveDate: day("2026-04-01"), Incumbent: incumbent,
	}
}

// agreed is t with its moves after the customer's consent.
func agreed(t transfers.Transfer) transfers.Transfer {
	given, err := t.Consent(transfers.Consent{Reason: transfers.Choice, At: noon.Add(24 * time.Hour), Today: day("2026-03-02")}, t.Moves)
	if err != nil {
		panic(err)
	}
	for i := range given.Moves {
		given.Moves[i].CaseID = "cas_" + given.Moves[i].SubscriptionID
	}
	return given
}

// insert stores a request, and then what it moves.
func insert(t *testing.T, db *postgres.DB, x transfers.Transfer, moves ...transfers.Move) transfers.Transfer {
	t.Helper()
	ctx := system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return s.InsertTransfer(ctx, x, transfers.Dossier{Delivery: transfers.Waiting, ContactEmail: "bob@example.com", CustomerID: "cus_1", CustomerName: "Harbour"})
	})
	x.Moves = moves
	facts := make([]json.RawMessage, len(moves))
	for i := range facts {
		facts[i] = json.RawMessage(fmt.Sprintf(`{"of": %d}`, i))
	}
	tx(ctx, t, db, func(s *postgres.Store) error { return s.InsertMoves(ctx, x, facts) })
	return x
}

func enrolled(t *testing.T) *postgres.DB {
	t.Helper()
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")), s.InsertPartner(ctx, reseller("bytes")))
	})
	return db
}

var asStored = cmp.Options{cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()}

func TestTransfers_AreStoredWithTheirMoves(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	x := insert(t, db, transfer("trf_1", "cdw", 0), move("sub_1", "softcat"), move("sub_2", "bytes"))
	read := func() (got transfers.Transfer) {
		tx(ctx, t, db, func(s *postgres.Store) (err error) {
			got, err = s.TransferForUpdate(ctx, "trf_1")
			return err
		})
		return got
	}
	if diff := cmp.Diff(x, read(), asStored); diff != "" {
		t.Error(diff)
	}
	given := agreed(x)
	given.Moves[0].ContestBy, given.Moves[0].Contested = day("2026-03-16"), true
	given = given.Carried("sub_1", "").Carried("sub_2", "PARTNER_CHANGED")
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdateTransfer(ctx, given) })
	if diff := cmp.Diff(given, read(), asStored); diff != "" {
		t.Error(diff)
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		facts, err := s.MoveFacts(ctx, "trf_1")
		if string(facts["sub_2"]) != `{"of": 1}` || len(facts) != 2 {
			t.Errorf("facts: %s", facts)
		}
		return err
	})
}

func TestTransfer_IsMissedWhereThereIsNone(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		if _, err := s.Transfer(ctx, "trf_0"); !errors.Is(err, transfers.ErrNotFound) {
			t.Errorf("transfer: %v", err)
		}
		if _, err := s.Dossier(ctx, "trf_0"); !errors.Is(err, transfers.ErrNotFound) {
			t.Errorf("dossier: %v", err)
		}
		_, err := s.InquiryOf(ctx, "trf_0")
		if !errors.Is(err, transfers.ErrTokenUnknown) {
			t.Errorf("inquiry: %v", err)
		}
		return nil
	})
	err := db.InTx(ctx, func(s *postgres.Store) error {
		return s.InsertTransfer(ctx, transfer("trf_1", "nobody", 0), transfers.Dossier{Delivery: transfers.Unresolved})
	})
	if !errors.Is(err, partners.ErrNotFound) {
		t.Errorf("of an unknown partner: %v", err)
	}
}

// Each side of a transfer sees it from its own time on, and nobody its facts,
// its dossier and its token.
func TestScope_ShowsEachSideItsPartOfATransfer(t *testing.T) {
	db := enrolled(t)
	insert(t, db, transfer("trf_open", "cdw", 0), move("sub_1", "softcat"))
	x := insert(t, db, transfer("trf_agreed", "cdw", 1), move("sub_2", "softcat"), move("sub_3", "bytes"))
	ctx := system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdateTransfer(ctx, agreed(x)) })
	for partner, want := range map[string]map[transfers.ID]int{
		"cdw":     {"trf_open": 0, "trf_agreed": 2},
		"softcat": {"trf_agreed": 1},
		"bytes":   {"trf_agreed": 1},
		"insight": {},
	} {
		ctx := as(t, partner)
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.Transfers(ctx, transfers.Query{Today: day("2026-03-02"), Limit: 9})
			got := map[transfers.ID]int{}
			for _, one := range found {
				got[one.ID] = len(one.Moves)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", partner, diff)
			}
			return err
		})
		for name, read := range map[string]string{
			"facts":    "SELECT facts FROM transfer_moves",
			"dossiers": "SELECT transfer_id FROM transfer_dossiers",
			"consents": "SELECT transfer_id FROM consents",
		} {
			err := db.InReadTx(ctx, func(s *postgres.Store) error {
				_, err := s.Tx().Exec(ctx, read)
				return err
			})
			if err == nil {
				t.Errorf("%s may read %s", partner, name)
			}
		}
	}
}

func TestScope_LetsAPartnerRequestForItselfAndChangeNothing(t *testing.T) {
	db, ctx := enrolled(t), as(t, "cdw")
	request := func(challenger partners.ID) error {
		return db.InTx(ctx, func(s *postgres.Store) error {
			return s.InsertTransfer(ctx, transfer("trf_"+transfers.ID(challenger), challenger, 0), transfers.Dossier{Delivery: transfers.Unresolved})
		})
	}
	if err := request("cdw"); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := request("softcat"); err == nil {
		t.Error("it may request in the name of another")
	}
	x := transfer("trf_cdw", "cdw", 0)
	for name, write := range map[string]func(*postgres.Store) error{
		"end a transfer": func(s *postgres.Store) error { return s.EndTransfer(ctx, x) },
		"add a move": func(s *postgres.Store) error {
			x.Moves = []transfers.Move{move("sub_1", "softcat")}
			return s.InsertMoves(ctx, x, []json.RawMessage{[]byte("{}")})
		},
		"mint a token":     func(s *postgres.Store) error { return s.SaveInquiry(ctx, inquiry("trf_cdw", 1, 0)) },
		"change a dossier": func(s *postgres.Store) error { return s.UpdateDossier(ctx, transfers.Dossier{TransferID: "trf_cdw"}) },
	} {
		if err := db.InTx(ctx, write); err == nil {
			t.Errorf("a partner's caller may %s", name)
		}
	}
}

func TestTransfers_AreFilteredAsTheViewerSeesThem(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	later := day("2026-03-15")
	insert(t, db, transfer("trf_1", "cdw", 1))
	superseded, _ := transfer("trf_2", "cdw", 2).Supersede(day("2026-03-02"))
	insert(t, db, transfer("trf_2", "cdw", 2))
	x := insert(t, db, transfer("trf_3", "bytes", 3), move("sub_1", "cdw"), move("sub_2", "softcat"))
	stale := transfer("trf_4", "cdw", 4)
	stale.ExpireDate = later.AddDays(-1)
	insert(t, db, stale)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(s.EndTransfer(ctx, superseded), s.UpdateTransfer(ctx, agreed(x)))
	})
	list := func(q transfers.Query) (ids []transfers.ID) {
		q.Today, q.Limit = later, 9
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.Transfers(ctx, q)
			for _, one := range found {
				ids = append(ids, one.ID)
			}
			return err
		})
		return ids
	}
	cdw := []partners.ID{"cdw"}
	for _, tt := range []struct {
		name string
		q    transfers.Query
		want []transfers.ID
	}{
		{"all, newest first", transfers.Query{Vendor: true}, []transfers.ID{"trf_4", "trf_3", "trf_2", "trf_1"}},
		{"after one", transfers.Query{Vendor: true, AfterTime: noon.Add(3 * time.Hour), AfterID: "trf_3"}, []transfers.ID{"trf_2", "trf_1"}},
		{"requested, to the vendor", transfers.Query{Vendor: true, State: transfers.Requested}, []transfers.ID{"trf_1"}},
		{"requested, to a partner", transfers.Query{Partners: cdw, State: transfers.Requested}, []transfers.ID{"trf_2", "trf_1"}},
		{"superseded, to the vendor", transfers.Query{Vendor: true, State: transfers.Superseded}, []transfers.ID{"trf_2"}},
		{"superseded, to a partner", transfers.Query{Partners: cdw, State: transfers.Superseded}, nil},
		{"expired by the calendar", transfers.Query{Partners: cdw, State: transfers.Expired}, []transfers.ID{"trf_4"}},
		{"of a partner on either side", transfers.Query{Partners: cdw}, []transfers.ID{"trf_4", "trf_3", "trf_2", "trf_1"}},
		{"of a partner that asks", transfers.Query{Partners: cdw, Side: transfers.Challenger}, []transfers.ID{"trf_4", "trf_2", "trf_1"}},
		{"of a partner that loses", transfers.Query{Partners: cdw, Side: transfers.Incumbent}, []transfers.ID{"trf_3"}},
		{"of one on both sides", transfers.Query{Partners: []partners.ID{"bytes", "cdw"}, Side: transfers.Incumbent}, nil},
	} {
		if got := list(tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMoves_OneConsentPerSubscriptionAndDay(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	first := insert(t, db, transfer("trf_1", "cdw", 0), move("sub_1", "softcat"))
	second := insert(t, db, transfer("trf_2", "bytes", 1), move("sub_1", "softcat"))
	update := func(x transfers.Transfer) error {
		return db.InTx(ctx, func(s *postgres.Store) error { return s.UpdateTransfer(ctx, x) })
	}
	if err := update(agreed(first)); err != nil {
		t.Fatal(err)
	}
	if err := update(agreed(second)); !errors.Is(err, transfers.ErrNotOpen) {
		t.Errorf("two at once: %v", err)
	}
	if err := update(agreed(first).Carried("sub_1", "NOT_FOUND")); err != nil {
		t.Fatal(err)
	}
	if err := update(agreed(second)); err != nil {
		t.Errorf("after the first has failed: %v", err)
	}
}

func TestRivals_AreOpenRequestsForTheSameSubscription(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	winner := insert(t, db, transfer("trf_1", "cdw", 0), move("sub_1", "softcat"), move("sub_2", "softcat"))
	insert(t, db, transfer("trf_2", "bytes", 1), move("sub_2", "softcat"), move("sub_3", "softcat"))
	insert(t, db, transfer("trf_3", "bytes", 2), move("sub_3", "softcat"))
	ended, _ := insert(t, db, transfer("trf_4", "bytes", 3), move("sub_1", "softcat")).Cancel(day("2026-03-02"))
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.EndTransfer(ctx, ended); err != nil {
			return err
		}
		if err := s.LockSubscriptions(ctx, []string{"sub_2", "sub_1"}); err != nil {
			return err
		}
		rivals, err := s.Rivals(ctx, winner.ID, []string{"sub_1", "sub_2"}, day("2026-03-02"))
		if len(rivals) != 1 || rivals[0].ID != "trf_2" {
			t.Errorf("rivals: %+v", rivals)
		}
		if err != nil {
			return err
		}
		if err := s.UpdateTransfer(ctx, agreed(winner)); err != nil {
			return err
		}
		for after, want := range map[time.Time]transfers.ID{noon: "trf_1", noon.Add(24 * time.Hour): ""} {
			got, err := s.AgreedAfter(ctx, after, []string{"sub_2"})
			if got != want || err != nil {
				t.Errorf("agreed after %s: %q, %v", after, got, err)
			}
		}
		return s.SaveSuperseded(ctx, "trf_2", winner.ID)
	})
}

func TestTransfersToExpire_AreThoseWhoseLastDayHasPassed(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	x := insert(t, db, transfer("trf_1", "cdw", 0), move("sub_1", "softcat"))
	insert(t, db, transfer("trf_2", "cdw", 1))
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdateTransfer(ctx, agreed(x)) })
	for on, want := range map[calendar.Date]int{day("2026-03-15"): 0, day("2026-03-16"): 1} {
		tx(ctx, t, db, func(s *postgres.Store) error {
			due, err := s.TransfersToExpire(ctx, on, 9)
			if len(due) != want {
				t.Errorf("on %s: %v", on, due)
			}
			return err
		})
	}
}
