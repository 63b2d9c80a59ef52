package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

// Dossier returns what the vendor alone knows of a transfer, or
// transfers.ErrNotFound.
func (s *Store) Dossier(ctx context.Context, id transfers.ID) (transfers.Dossier, error) {
	return one(ctx, s, transfers.ErrNotFound, func(row pgx.CollectableRow) (d transfers.Dossier, err error) {
		err = row.Scan(&d.TransferID, &d.ContactEmail, &d.Delivery, &d.CustomerID, &d.CustomerName, &d.AssignText)
		return d, err
	}, `
		SELECT transfer_id, contact_email, delivery, customer_id, customer_name, assign_text
		FROM transfer_dossiers
		WHERE transfer_id = $1`, id)
}

// UpdateDossier writes how far the delivery has come, and about whom it is.
func (s *Store) UpdateDossier(ctx context.Context, d transfers.Dossier) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE transfer_dossiers
		SET contact_email = @email, delivery = @delivery, customer_id = @customer, customer_name = @name
		WHERE transfer_id = @id`,
		pgx.StrictNamedArgs{
			"id": d.TransferID, "email": d.ContactEmail, "delivery": d.Delivery, "customer": d.CustomerID, "name": d.CustomerName,
		})
	if err != nil {
		return fmt.Errorf("update dossier of transfer %s: %w", d.TransferID, err)
	}
	return nil
}

// SaveSuperseded notes which transfer superseded another.
func (s *Store) SaveSuperseded(ctx context.Context, id, by transfers.ID) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE transfer_dossiers
		SET superseded_by = $2
		WHERE transfer_id = $1`, id, by)
	if err != nil {
		return fmt.Errorf("note what superseded transfer %s: %w", id, err)
	}
	return nil
}

// ConsentTexts returns what the customer wrote, of each of the transfers that it
// wrote something for.
func (s *Store) ConsentTexts(ctx context.Context, ids []transfers.ID) (map[transfers.ID]string, error) {
	type row struct {
		ID   transfers.ID
		Text string
	}
	rows, err := all(ctx, s, pgx.RowToStructByPos[row], `
		SELECT transfer_id, consent_text
		FROM transfer_dossiers
		WHERE transfer_id = ANY ($1)
		AND consent_text <> ''`, ids)
	if err != nil {
		return nil, fmt.Errorf("texts of consents: %w", err)
	}
	texts := make(map[transfers.ID]string, len(rows))
	for _, r := range rows {
		texts[r.ID] = r.Text
	}
	return texts, nil
}

// SaveConsentText keeps what the customer wrote.
func (s *Store) SaveConsentText(ctx context.Context, id transfers.ID, text string) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE transfer_dossiers
		SET consent_text = $2
		WHERE transfer_id = $1`, id, text)
	if err != nil {
		return fmt.Errorf("keep the text of transfer %s: %w", id, err)
	}
	return nil
}

const selectInquiry = `
	SELECT c.transfer_id, c.token_hash, c.customer_id, d.customer_name, c.contact_id, c.mint_time, c.sent_time, c.expire_date
	FROM consents c
	JOIN transfer_dossiers d ON d.transfer_id = c.transfer_id`

func scanInquiry(row pgx.CollectableRow) (i transfers.Inquiry, err error) {
	var hash []byte
	err = row.Scan(&i.TransferID, &hash, &i.CustomerID, &i.CustomerName, &i.ContactID, instant(&i.MintTime), instant(&i.SentTime), &i.ExpireDate)
	copy(i.Hash[:], hash)
	return i, err
}

// InquiryByToken returns the request for consent that a token is of, or
// transfers.ErrTokenUnknown.
func (s *Store) InquiryByToken(ctx context.Context, hash onetime.Hash) (transfers.Inquiry, error) {
	return one(ctx, s, transfers.ErrTokenUnknown, scanInquiry, selectInquiry+`
		WHERE c.token_hash = $1`, hash[:])
}

// InquiryOf returns the request for consent of a transfer, or
// transfers.ErrTokenUnknown.
func (s *Store) InquiryOf(ctx context.Context, id transfers.ID) (transfers.Inquiry, error) {
	return one(ctx, s, transfers.ErrTokenUnknown, scanInquiry, selectInquiry+`
		WHERE c.transfer_id = $1`, id)
}

// SaveInquiry writes a transfer's request for consent over the one before: of
// two tokens, the last one is good.
func (s *Store) SaveInquiry(ctx context.Context, i transfers.Inquiry) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO consents (transfer_id, token_hash, customer_id, contact_id, mint_time, sent_time, expire_date)
		VALUES (@id, @hash, @customer, @contact, @minted, @sent, @expires)
		ON CONFLICT (transfer_id) DO UPDATE
		SET (token_hash, customer_id, contact_id, mint_time, sent_time, expire_date)
			= (@hash, @customer, @contact, @minted, @sent, @expires)`,
		pgx.StrictNamedArgs{
			"id": i.TransferID, "hash": i.Hash[:], "customer": i.CustomerID, "contact": i.ContactID, "minted": i.MintTime,
			"sent": instant(&i.SentTime), "expires": i.ExpireDate,
		})
	if err != nil {
		return fmt.Errorf("save request for consent of transfer %s: %w", i.TransferID, err)
	}
	return nil
}

// SaveSent notes when a token was handed over.
func (s *Store) SaveSent(ctx context.Context, i transfers.Inquiry) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE consents
		SET sent_time = $3
		WHERE transfer_id = $1
		AND token_hash = $2`, i.TransferID, i.Hash[:], i.SentTime)
	if err != nil {
		return fmt.Errorf("note the sent request for consent of transfer %s: %w", i.TransferID, err)
	}
	return nil
}

// DropInquiry forgets a token that was never handed over.
func (s *Store) DropInquiry(ctx context.Context, i transfers.Inquiry) error {
	_, err := s.tx.Exec(ctx, `
		DELETE FROM consents
		WHERE transfer_id = $1
		AND token_hash = $2
		AND sent_time IS NULL`, i.TransferID, i.Hash[:])
	if err != nil {
		return fmt.Errorf("drop request for consent of transfer %s: %w", i.TransferID, err)
	}
	return nil
}

// LockMails lets one mail at a time be counted for a customer, until the
// transaction ends.
func (s *Store) LockMails(ctx context.Context, customerID string) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtextextended('consents ' || $1, 0))`, customerID)
	if err != nil {
		return fmt.Errorf("lock mails: %w", err)
	}
	return nil
}

// CountMails counts the requests for consent that a customer has got on behalf
// of a partner, which may have several ids, since an instant.
func (s *Store) CountMails(ctx context.Context, customerID string, of []partners.ID, since time.Time) (n int, err error) {
	err = s.tx.QueryRow(ctx, `
		SELECT count(*)
		FROM consents c
		JOIN transfers t ON t.transfer_id = c.transfer_id
		WHERE c.customer_id = $1
		AND t.partner_id = ANY ($2)
		AND c.mint_time >= $3`, customerID, idTexts(of), since).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return n, nil
}
