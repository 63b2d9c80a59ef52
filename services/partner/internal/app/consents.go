package app

import (
	"context"
	"fmt"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Consent is what a customer's contact is asked to consent to.
type Consent struct {
	PartnerName, CustomerName string
	Products                  []string
	FirstDay, Expires         calendar.Date
	Given                     bool
	Reason                    transfers.Reason
}

// asked is what a token leads to.
type asked struct {
	inquiry  transfers.Inquiry
	transfer transfers.Transfer
	terms    selling.Terms // of the challenger, today
}

// GetConsent returns what a token is about, or transfers.ErrTokenUnknown or
// transfers.ErrConsentExpired. It changes nothing.
func (a *App) GetConsent(ctx context.Context, token onetime.Token) (Consent, error) {
	// Who asks is known by the token alone, so nobody's scope applies.
	q, err := a.askedBy(pg.WithScope(ctx, pg.System()), token)
	if err != nil {
		return Consent{}, err
	}
	if !q.transfer.Agreed() {
		if err := q.inquiry.Live(a.today()); err != nil {
			return Consent{}, err
		}
	}
	return a.consentOf(q), nil
}

func (a *App) askedBy(ctx context.Context, token onetime.Token) (q asked, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if q.inquiry, err = tx.InquiryByToken(ctx, token.Hash()); err != nil {
			return err
		}
		if q.transfer, err = a.withText(ctx, tx, tx.Transfer, q.inquiry.TransferID); err != nil {
			return err
		}
		q.terms, err = tx.SellingTerms(ctx, q.transfer.PartnerID, a.today())
		return err
	})
	return q, err
}

// withText reads a transfer with what the customer wrote.
func (a *App) withText(ctx context.Context, tx *postgres.Store,
	read func(context.Context, transfers.ID) (transfers.Transfer, error), id transfers.ID,
) (transfers.Transfer, error) {
	t, err := read(ctx, id)
	if err != nil {
		return t, err
	}
	texts, err := tx.ConsentTexts(ctx, []transfers.ID{id})
	t.ConsentText = texts[id]
	return t, err
}

func (a *App) consentOf(q asked) Consent {
	return Consent{
		PartnerName: q.terms.Partner.DisplayName, CustomerName: q.inquiry.CustomerName, Products: q.transfer.Products(),
		FirstDay: q.transfer.FirstDay(a.today()), Expires: q.inquiry.ExpireDate,
		Given: q.transfer.Agreed(), Reason: q.transfer.ConsentReason,
	}
}

// GiveConsent stores that the customer consents, opens a case for each
// subscription, supersedes the other requests for one of them, and carries the
// transfer out, or leaves that to its job. The same consent again is answered
// as before. See the contract for how it refuses.
func (a *App) GiveConsent(ctx context.Context, token onetime.Token, c transfers.Consent) (Consent, error) {
	ctx = pg.WithScope(ctx, pg.System())
	c.At, c.Today = a.instant(), a.today()
	q, err := a.askedBy(ctx, token)
	if err != nil {
		return Consent{}, err
	}
	if c.Repeats(q.transfer) {
		return a.consentOf(q), nil
	}
	if err := q.admits(c); err != nil {
		return Consent{}, err
	}
	moves, err := a.movesNow(ctx, q.transfer)
	if err != nil {
		return Consent{}, err
	}
	if err := a.checkContact(ctx, q.inquiry); err != nil {
		return Consent{}, err
	}
	if q.transfer, err = a.agree(ctx, q.inquiry, c, moves); err != nil {
		return Consent{}, err
	}
	a.carryOutNow(ctx, q.transfer)
	return a.consentOf(q), nil
}

// admits returns why the consent can't be given, as far as nobody else has to
// be asked.
func (q asked) admits(c transfers.Consent) error {
	if err := c.Check(); err != nil {
		return err
	}
	if !q.transfer.Agreed() {
		if err := q.inquiry.Live(c.Today); err != nil {
			return err
		}
	}
	if err := q.transfer.CheckOpen(c.Today); err != nil {
		return err
	}
	if err := q.terms.Check(c.Today); err != nil {
		return transfers.ErrNotOpen.Because("the partner can't take customers over at present")
	}
	return nil
}

// checkContact looks afresh whether the contact may speak for the customer.
func (a *App) checkContact(ctx context.Context, i transfers.Inquiry) error {
	domains, contacts, err := a.people(ctx, i.CustomerID)
	if err != nil {
		return err
	}
	var contact transfers.Contact
	if at := slices.IndexFunc(contacts, func(c transfers.Contact) bool { return c.ID == i.ContactID }); at >= 0 {
		contact = contacts[at]
	}
	return contact.Check(domains)
}

// movesNow returns the moves as they take effect if the customer consents
// today.
func (a *App) movesNow(ctx context.Context, t transfers.Transfer) ([]transfers.Move, error) {
	moves := slices.Clone(t.Moves)
	for i, m := range moves {
		sub, err := a.peers.Subscriptions.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: m.SubscriptionID})
		if err != nil {
			return nil, fmt.Errorf("subscription %s: %w", m.SubscriptionID, err)
		}
		one, err := heldFrom(sub)
		if err != nil {
			return nil, fmt.Errorf("subscription %s: %w", m.SubscriptionID, err)
		}
		moves[i] = m.Settle(contractOf(one), a.today())
	}
	return moves, nil
}
