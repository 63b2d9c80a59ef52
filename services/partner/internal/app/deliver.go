package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Sender hands requests for consent to customers' contacts.
type Sender interface {
	SendConsentRequest(ctx context.Context, r ConsentRequest) error
}

// ConsentRequest is what a contact is sent. It holds the token itself, and so
// is passed on and never kept.
type ConsentRequest struct {
	Time     time.Time
	To       string
	Partner  string // by their names
	Customer string
	URL      string // of the page, token included
	Token    string
}

// Mail is the way to customers' contacts. Without a sender, mails wait.
type Mail struct {
	Sender Sender
	URL    string // of the page of consents; the token is appended
}

// ErrNoSender is returned for a mail that waits for a sender.
var ErrNoSender = errors.New("there is no way yet to send requests for consent")

// errHandingOver is returned while somebody else hands the mail over, or may
// have died doing so.
var errHandingOver = errors.New("the request for consent is being handed over")

// handOver is how long a minted token is left alone for. It is longer than the
// job that hands it over may take.
const handOver = 2 * time.Minute

// DeliverConsent finds out what a transfer moves, and asks one of the
// customer's contacts for consent. It may run at any time, any number of times
// and by several at once. An error means that it has to run again.
//
// The token is minted right before it is handed over, and only its hash is
// stored. If the process dies in between, the next attempt mints another, and
// the last one is good.
func (a *App) DeliverConsent(ctx context.Context, id transfers.ID) error {
	ctx = pg.WithScope(ctx, pg.System())
	var t transfers.Transfer
	var dossier transfers.Dossier
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if t, err = tx.Transfer(ctx, id); err != nil {
			return err
		}
		dossier, err = tx.Dossier(ctx, id)
		return err
	})
	if err == nil && dossier.Delivery == transfers.Unresolved {
		dossier, err = a.settle(ctx, t, dossier)
	}
	if err != nil || !dossier.Delivery.UnderWay() {
		return err
	}
	return a.ask(ctx, t, dossier)
}

// ask mints a token and hands it over.
func (a *App) ask(ctx context.Context, t transfers.Transfer, d transfers.Dossier) error {
	if a.mail.Sender == nil && t.Open(a.today()) {
		return ErrNoSender
	}
	domains, contacts, err := a.people(ctx, d.CustomerID)
	if err != nil {
		return err
	}
	contact, anyone := transfers.ChooseContact(contacts, domains, d.ContactEmail)
	token := onetime.Mint()
	var inquiry *transfers.Inquiry
	var partner string
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		inquiry = nil
		minted := transfers.Inquiry{CustomerID: d.CustomerID, ContactID: contact.ID, Hash: token.Hash(), MintTime: a.instant()}
		delivery, err := a.mint(ctx, tx, t.ID, anyone, &minted)
		if err != nil {
			return err
		}
		if delivery != transfers.Waiting {
			return tx.UpdateDossier(ctx, d.Deliver(delivery))
		}
		inquiry = &minted
		p, err := tx.Partner(ctx, t.PartnerID)
		partner = p.DisplayName
		return err
	})
	if err != nil || inquiry == nil {
		return err
	}
	return a.send(ctx, *inquiry, d, ConsentRequest{
		Time: inquiry.MintTime, To: contact.Email, Partner: partner, Customer: d.CustomerName,
		URL: a.mail.URL + token.Reveal(), Token: token.Reveal(),
	})
}

// mint stores an inquiry if somebody is to be asked now, and says so by
// transfers.Waiting, or says by what else the delivery ends. errHandingOver if
// another attempt is under way.
func (a *App) mint(ctx context.Context, tx *postgres.Store, id transfers.ID, anyone bool, minted *transfers.Inquiry) (transfers.Delivery, error) {
	if err := tx.LockMails(ctx, minted.CustomerID); err != nil {
		return "", err
	}
	t, err := tx.TransferForUpdate(ctx, id)
	if err != nil {
		return "", err
	}
	today := a.today()
	earlier, err := tx.InquiryOf(ctx, id)
	first := errors.Is(err, transfers.ErrTokenUnknown)
	switch {
	case err != nil && !first:
		return "", err
	case !first && !earlier.SentTime.IsZero():
		return transfers.Sent, nil
	case !first && a.instant().Sub(earlier.MintTime) < handOver:
		return "", errHandingOver
	case !t.Open(today):
		return transfers.Closed, nil
	case !anyone:
		return transfers.NobodyToAsk, nil
	}
	version, err := tx.CodeVersionInForce(ctx, t.RequestDate)
	if err != nil {
		return "", err
	}
	if first {
		if allowed, err := a.mayMail(ctx, tx, t, minted.CustomerID, version.Policy); err != nil || !allowed {
			return transfers.TooManyMails, err
		}
	}
	*minted = t.Inquire(*minted, today, version.Policy)
	return transfers.Waiting, tx.SaveInquiry(ctx, *minted)
}

// mayMail reports whether the customer may be mailed once more on behalf of the
// challenger and those that it is one with.
func (a *App) mayMail(ctx context.Context, tx *postgres.Store, t transfers.Transfer, customerID string, p code.Policy) (bool, error) {
	names, err := tx.MergedNames(ctx)
	if err != nil {
		return false, err
	}
	since := a.midnight(transfers.MailsSince(a.today(), p))
	sent, err := tx.CountMails(ctx, customerID, names.ActsFor(names.Root(t.PartnerID)), since)
	return transfers.MayMail(sent, p), err
}

// midnight is when a day begins where the vendor is.
func (a *App) midnight(d calendar.Date) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, month, day, 0, 0, 0, 0, a.zone)
}

// send hands a token over. What a sender says when it fails may quote what it
// was given, so the token is taken out.
func (a *App) send(ctx context.Context, i transfers.Inquiry, d transfers.Dossier, r ConsentRequest) error {
	if err := a.mail.Sender.SendConsentRequest(ctx, r); err != nil {
		dropped := a.store.InTx(context.WithoutCancel(ctx), func(tx *postgres.Store) error { return tx.DropInquiry(ctx, i) })
		said := strings.NewReplacer(r.Token, "(token)", r.To, "(contact)").Replace(err.Error())
		return errors.Join(fmt.Errorf("hand over the request for consent of transfer %s: %s", i.TransferID, said), dropped)
	}
	return a.store.InTx(context.WithoutCancel(ctx), func(tx *postgres.Store) error {
		i.SentTime = a.instant()
		if err := tx.SaveSent(ctx, i); err != nil {
			return err
		}
		return tx.UpdateDossier(ctx, d.Deliver(transfers.Sent))
	})
}

// people returns a customer's domains and contacts, of the one that it was
// merged into where it was.
func (a *App) people(ctx context.Context, customerID string) (domains []string, contacts []transfers.Contact, err error) {
	var seen []string
	for id := customerID; id != "" && !slices.Contains(seen, id); {
		seen = append(seen, id)
		c, err := a.peers.Customers.GetCustomer(ctx, &customerv1.GetCustomerRequest{CustomerId: id})
		if err != nil {
			return nil, nil, fmt.Errorf("customer %s: %w", id, err)
		}
		customerID, domains, id = id, c.GetDomains(), c.GetMergedInto()
	}
	request := &customerv1.ListContactsRequest{CustomerId: customerID, PageSize: 1000}
	for {
		answer, err := a.peers.Customers.ListContacts(ctx, request)
		if err != nil {
			return nil, nil, fmt.Errorf("contacts of customer %s: %w", customerID, err)
		}
		for _, c := range answer.GetContacts() {
			contacts = append(contacts, transfers.Contact{ID: c.GetContactId(), Email: c.GetEmail(), Authorised: c.GetAuthorisedSignatory()})
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			return domains, contacts, nil
		}
	}
}
