package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Sender hands invitations to those who are asked.
type Sender interface {
	SendInvitation(ctx context.Context, m InvitationMail) error
}

// InvitationMail is what somebody is sent. It holds the token itself, and so is
// passed on and never kept.
type InvitationMail struct {
	Time         time.Time
	To           string
	Touchpoint   string // by its name
	Introduction string
	URL          string // of the page, token included
	Token        string
}

// Mail is the way to those who are asked. Without a sender, invitations wait.
type Mail struct {
	Sender Sender
	URL    string // of the page of surveys; the token is appended
}

// ErrNoSender is returned for an invitation that waits for a sender.
var ErrNoSender = errors.New("there is no way yet to send invitations to surveys")

// errHandingOver is returned while somebody else hands the invitation over, or
// may have died doing so.
var errHandingOver = errors.New("the invitation is being handed over")

// handOver is how long a minted token is left alone for. It is longer than the
// job that hands it over may take.
const handOver = 2 * time.Minute

// DeliverInvitation decides whether somebody is asked, and asks. It may run at
// any time, any number of times and by several at once. If it returns a wait,
// the hour has not come yet; an error means that it has to run again.
//
// The token is minted right before it is handed over, and only its hash is
// stored. If the process dies in between, the next attempt mints another, and
// the last one is good.
func (a *App) DeliverInvitation(ctx context.Context, id surveys.InvitationID) (wait time.Duration, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	token := onetime.Mint()
	var mail InvitationMail
	var decided surveys.Invitation
	err = a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		mail = InvitationMail{Time: a.now(), Token: token.Reveal(), URL: a.mail.URL + token.Reveal()}
		decided, err = a.decide(ctx, tx, id, token.Hash(), &mail)
		return err
	})
	switch {
	case err != nil || decided.State != surveys.Waiting:
		return 0, err
	case !decided.Minted():
		return decided.SendAfter.Sub(a.now()), nil
	}
	return 0, a.send(ctx, decided, mail)
}

// decide stores what is decided about an invitation that waits, and fills in
// whom it goes to. errHandingOver if another attempt is under way.
func (a *App) decide(ctx context.Context, tx *postgres.Store, id surveys.InvitationID, hash onetime.Hash, mail *InvitationMail) (surveys.Invitation, error) {
	i, err := tx.InvitationForUpdate(ctx, id)
	if err != nil || i.State != surveys.Waiting {
		return i, err
	}
	if i.Minted() && a.now().Sub(i.MintTime) < handOver {
		return i, errHandingOver
	}
	if err := tx.LockAsking(ctx, i); err != nil {
		return i, err
	}
	policy, err := tx.SurveyPolicy(ctx)
	if err != nil {
		return i, err
	}
	event, err := tx.TouchpointEvent(ctx, i.EventID)
	if err != nil {
		return i, err
	}
	c, err := a.circumstances(ctx, tx, i, policy)
	if err != nil {
		return i, err
	}
	if mail.To, err = tx.AddressOf(ctx, i.ContactID); err != nil {
		return i, err
	}
	c.OccurTime, c.Reachable = event.OccurTime, mail.To != ""
	i = i.Decide(c, policy, hash)
	if i.Minted() && a.mail.Sender == nil {
		return i, ErrNoSender
	}
	asked, err := tx.TouchpointAt(ctx, event.Touchpoint, event.Version)
	mail.Touchpoint, mail.Introduction = asked.Name, asked.Introduction
	return i, errors.Join(err, tx.UpdateInvitation(ctx, i))
}

func (a *App) circumstances(ctx context.Context, tx *postgres.Store, i surveys.Invitation, p surveys.Policy) (c surveys.Circumstances, err error) {
	c.At = a.now()
	if c.Zone, err = calendar.LoadZone(i.TimeZone); err != nil {
		return c, err
	}
	if c.OptedOut, err = tx.OptedOut(ctx, i.ContactID); err != nil {
		return c, err
	}
	contactSince, organisationSince := p.Since(c.At)
	c.AskedContact, c.AskedCustomers, err = tx.CountAsked(ctx, i, contactSince, organisationSince)
	return c, err
}

// send hands a token over. What a sender says when it fails may quote what it
// was given, so the token is taken out.
func (a *App) send(ctx context.Context, i surveys.Invitation, mail InvitationMail) error {
	if err := a.mail.Sender.SendInvitation(ctx, mail); err != nil {
		said := strings.NewReplacer(mail.Token, "(token)", mail.To, "(contact)").Replace(err.Error())
		taken := a.settleInvitation(ctx, i.ID, func(now surveys.Invitation) (surveys.Invitation, bool) { return now.TakenBack(i.Hash) })
		return errors.Join(fmt.Errorf("hand over invitation %s: %s", i.ID, said), taken)
	}
	return a.settleInvitation(ctx, i.ID, func(now surveys.Invitation) (surveys.Invitation, bool) { return now.HandedOver(i.Hash, a.now()) })
}

// settleInvitation stores what came of handing over, unless another attempt has
// taken over meanwhile.
func (a *App) settleInvitation(ctx context.Context, id surveys.InvitationID, change func(surveys.Invitation) (surveys.Invitation, bool)) error {
	return a.store.InTx(context.WithoutCancel(ctx), func(tx *postgres.Store) error {
		i, err := tx.InvitationForUpdate(ctx, id)
		if err != nil {
			return err
		}
		changed, ok := change(i)
		if !ok {
			return nil
		}
		return tx.UpdateInvitation(ctx, changed)
	})
}

// upkeepBatch bounds what one sweep takes up.
const upkeepBatch = 500

// SweepInvitations gives a job to each invitation whose hour has come and that
// has none, and returns how many. kind is the queue's name of the job.
func (a *App) SweepInvitations(ctx context.Context, kind string) (swept int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		stranded, err := tx.StrandedInvitations(ctx, a.now(), kind, upkeepBatch)
		if err != nil {
			return err
		}
		for _, id := range stranded {
			if err := a.jobs.DeliverInvitation(ctx, tx.Tx(), id, 0); err != nil {
				return err
			}
		}
		swept = len(stranded)
		return nil
	})
	return swept, err
}

// Preference is whether somebody does not want to be asked.
type Preference struct {
	Contact  string
	OptedOut bool
}

// SetSurveyPreference notes whether a contact or person may be asked.
func (a *App) SetSurveyPreference(ctx context.Context, p Preference) (Preference, error) {
	return mutate(ctx, a, func(tx *postgres.Store) (Preference, error) {
		address, err := tx.AddressOf(ctx, p.Contact)
		switch {
		case err != nil:
			return p, err
		case address == "":
			return p, customers.ErrContactNotFound
		case p.OptedOut:
			return p, tx.SaveOptOut(ctx, p.Contact, actor(ctx), a.now())
		}
		return p, tx.DropOptOut(ctx, p.Contact)
	})
}
