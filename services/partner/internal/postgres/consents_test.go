package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

// inquiry is a request for consent with a token of its own, minted so many
// hours after noon.
func inquiry(of transfers.ID, token byte, hours int) transfers.Inquiry {
	return transfers.Inquiry{
		TransferID: of, CustomerID: "cus_1", CustomerName: "Harbour", ContactID: "con_1", Hash: onetime.Entropy{token}.Token().Hash(),
		MintTime: noon.Add(time.Duration(hours) * time.Hour), ExpireDate: day("2026-03-08"),
	}
}

func TestConsents_AreFoundByTheirToken(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	insert(t, db, transfer("trf_1", "cdw", 0))
	first, second := inquiry("trf_1", 1, 0), inquiry("trf_1", 2, 1)
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.SaveInquiry(ctx, first); err != nil {
			return err
		}
		if err := s.SaveInquiry(ctx, second); err != nil {
			return err
		}
		if _, err := s.InquiryByToken(ctx, first.Hash); err == nil {
			t.Error("the token before the last one is good")
		}
		second.SentTime = noon.Add(2 * time.Hour)
		if err := s.SaveSent(ctx, second); err != nil {
			return err
		}
		got, err := s.InquiryByToken(ctx, second.Hash)
		if diff := cmp.Diff(second, got, asStored); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

func TestDropInquiry_KeepsWhatWasSent(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	insert(t, db, transfer("trf_1", "cdw", 0))
	insert(t, db, transfer("trf_2", "cdw", 1))
	sent, unsent := inquiry("trf_1", 1, 0), inquiry("trf_2", 2, 0)
	sent.SentTime = noon
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, i := range []transfers.Inquiry{sent, unsent} {
			if err := s.SaveInquiry(ctx, i); err != nil {
				return err
			}
			if err := s.DropInquiry(ctx, i); err != nil {
				return err
			}
		}
		if _, err := s.InquiryOf(ctx, "trf_1"); err != nil {
			t.Errorf("the sent one: %v", err)
		}
		if _, err := s.InquiryOf(ctx, "trf_2"); err == nil {
			t.Error("the unsent one is still there")
		}
		return nil
	})
}

func TestCountMails_CountsThoseOfAPartnersIDs(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	for i, challenger := range []partners.ID{"cdw", "cdw", "bytes", "softcat"} {
		id := transfers.ID("trf_" + string(challenger) + string(rune('0'+i)))
		insert(t, db, transfer(id, challenger, i))
		tx(ctx, t, db, func(s *postgres.Store) error { return s.SaveInquiry(ctx, inquiry(id, byte(i+1), i)) })
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.LockMails(ctx, "cus_1"); err != nil {
			return err
		}
		for _, tt := range []struct {
			customer string
			of       []partners.ID
			hours    int
			want     int
		}{
			{"cus_1", []partners.ID{"cdw"}, 0, 2},
			{"cus_1", []partners.ID{"cdw", "bytes"}, 0, 3},
			{"cus_1", []partners.ID{"cdw", "bytes"}, 1, 2},
			{"cus_2", []partners.ID{"cdw"}, 0, 0},
		} {
			got, err := s.CountMails(ctx, tt.customer, tt.of, noon.Add(time.Duration(tt.hours)*time.Hour))
			if got != tt.want || err != nil {
				t.Errorf("%+v: %d, %v", tt, got, err)
			}
		}
		return nil
	})
}

func TestDossiers_ForgetTheAddressWithTheDelivery(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	insert(t, db, transfer("trf_1", "cdw", 0))
	tx(ctx, t, db, func(s *postgres.Store) error {
		d, err := s.Dossier(ctx, "trf_1")
		if err != nil {
			return err
		}
		if d.ContactEmail == "" || d.CustomerName != "Harbour" {
			t.Errorf("stored: %+v", d)
		}
		if err := s.UpdateDossier(ctx, d.Deliver(transfers.Sent)); err != nil {
			return err
		}
		d, err = s.Dossier(ctx, "trf_1")
		if d.ContactEmail != "" || d.Delivery != transfers.Sent {
			t.Errorf("delivered: %+v", d)
		}
		return err
	})
	err := db.InTx(ctx, func(s *postgres.Store) error {
		return s.UpdateDossier(ctx, transfers.Dossier{TransferID: "trf_1", Delivery: transfers.Sent, ContactEmail: "bob@example.com"})
	})
	if err == nil {
		t.Error("a delivered request keeps the contact's address")
	}
}

func TestConsentTexts_AreKeptForTheVendor(t *testing.T) {
	db, ctx := enrolled(t), system(t)
	insert(t, db, transfer("trf_1", "cdw", 0))
	insert(t, db, transfer("trf_2", "cdw", 1))
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.SaveConsentText(ctx, "trf_1", "three outages"); err != nil {
			return err
		}
		texts, err := s.ConsentTexts(ctx, []transfers.ID{"trf_1", "trf_2"})
		if diff := cmp.Diff(map[transfers.ID]string{"trf_1": "three outages"}, texts); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
