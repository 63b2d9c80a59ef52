package app

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// NewQuote asks for a binding quote; no last day means the usual one.
type NewQuote struct {
	RenewalID  string
	Wish       renewal.Wish
	ValidUntil calendar.Date
}

// CreateQuote quotes a renewal: it decides as PreviewRenewal does and freezes
// the calculation. Customer is told of the quote by a job of the same
// transaction; it is tried at once as well.
func (a *App) CreateQuote(ctx context.Context, n NewQuote) (records.Quote, error) {
	g := a.lookUp(ctx, n.RenewalID)
	fx := a.fxSet(ctx)
	quote, err := patiently(func() (records.Quote, error) {
		return a.quote(ctx, g, n, fx)
	}, a.catchUp(ctx, g, a.ensured(ctx, g)))
	if err != nil {
		return quote, err
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), driveTime)
	defer cancel()
	_ = a.tell(soon, quote) // the job repeats what fails here
	return quote.At(a.now()), nil
}

func (a *App) quote(ctx context.Context, g grounds, n NewQuote, fxSetID string) (records.Quote, error) {
	var quote records.Quote
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &quote, func() (err error) {
			quote, err = a.frozen(ctx, tx, g, n)
			if err != nil {
				return err
			}
			quote.FxSetID = fxSetID
			if err := tx.AddQuote(ctx, quote); err != nil {
				return err
			}
			if err := a.appendQuote(ctx, tx, "quote.created", quote, caller.Actor(ctx)); err != nil {
				return err
			}
			return a.jobs.RecordQuote(ctx, tx.Tx(), quote.ID)
		})
	})
	return quote, err
}

// frozen decides a quote.
func (a *App) frozen(ctx context.Context, tx *postgres.Store, g grounds, n NewQuote) (records.Quote, error) {
	r, held, err := tx.RenewalForSale(ctx, n.RenewalID, a.now())
	if err != nil {
		return records.Quote{}, err
	}
	c, _, err := appraisal{grounds: g, offer: Offer{RenewalID: n.RenewalID, Wish: n.Wish}, renewal: r, held: held}.decide(ctx)
	if err != nil {
		return records.Quote{}, err
	}
	until, err := r.Facts().Validity(n.ValidUntil, r.Today)
	if err != nil {
		return records.Quote{}, err
	}
	c.ID, c.CreateTime = ident.New("cal_"), a.now()
	return records.Quote{
		ID: ident.New("quo_"), RenewalID: r.ID, SubscriptionID: g.contract.ID, PartnerID: g.partner, State: renewal.QuoteOpen,
		QuotedOn: r.Today, ValidUntil: until, TimeZone: r.TimeZone, Months: c.Months, Seats: c.Seats, Billing: c.Billing,
		Calculation: c, Revision: 1, CreateTime: c.CreateTime,
	}, nil
}

// fxSet returns the set of exchange rates in force, or "" while there is none
// or it can't be read: a quote is in the subscription's own currency and does
// not need one.
func (a *App) fxSet(ctx context.Context) string {
	set, err := a.catalogue.FindFxSet(ctx, &customerv1.FindFxSetRequest{OnDate: a.today().String()})
	if err != nil {
		return ""
	}
	return set.GetFxSetId()
}

func (a *App) appendQuote(ctx context.Context, tx *postgres.Store, kind string, q records.Quote, by string) error {
	return a.appendEvent(ctx, tx, events.Event{
		Kind: kind, ResourceID: q.ID, Revision: int64(q.Revision), Actor: by, PartnerID: q.PartnerID,
	}, q)
}

// RecordQuote tells customer of a stored quote, which computes from it whether
// a partner was active. It may run any number of times. An error means that it
// has to run again.
func (a *App) RecordQuote(ctx context.Context, id string) error {
	ctx = pg.WithScope(ctx, pg.System())
	var quote records.Quote
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		quote, err = tx.Quote(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	return a.tell(ctx, quote)
}

func (a *App) tell(ctx context.Context, q records.Quote) error {
	_, err := a.subscriptions.RecordQuote(auth.ActFor(ctx, q.PartnerID), &customerv1.RecordQuoteRequest{
		SubscriptionId: q.SubscriptionID, PartnerId: q.PartnerID, QuoteDate: q.QuotedOn.String(), RequestId: q.ID,
	})
	// A refusal stays: the subscription is cancelled or another partner's by now,
	// and there is nobody left to tell.
	if _, unknown := lastWord(rpcerr.FromStatus(err)); unknown != nil {
		return fmt.Errorf("record quote %s: %w", q.ID, unknown)
	}
	return nil
}

// GetQuote returns a quote as it stands today, or records.ErrNoQuote.
func (a *App) GetQuote(ctx context.Context, id string) (records.Quote, error) {
	var found records.Quote
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Quote(ctx, id)
		return err
	})
	return found.At(a.now()), err
}

// ListQuotes returns up to limit quotes before an id, newest first.
func (a *App) ListQuotes(ctx context.Context, f postgres.QuoteFilter, before string, limit int) ([]records.Quote, error) {
	var list []records.Quote
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Quotes(ctx, f, a.now(), before, limit)
		return err
	})
	return list, err
}

// WithdrawQuote takes an open quote back, unless a submission that accepts it
// is on its way.
func (a *App) WithdrawQuote(ctx context.Context, id, etag string) (records.Quote, error) {
	var withdrawn records.Quote
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &withdrawn, func() error {
			quote, err := tx.QuoteForUpdate(ctx, id)
			if err != nil {
				return err
			}
			if err := a.mayWithdraw(ctx, tx, quote, etag); err != nil {
				return err
			}
			withdrawn = quote.Changed(renewal.QuoteWithdrawn)
			if err := tx.SaveQuote(ctx, withdrawn); err != nil {
				return err
			}
			return a.appendQuote(ctx, tx, "quote.withdrawn", withdrawn, caller.Actor(ctx))
		})
	})
	return withdrawn, err
}

func (a *App) mayWithdraw(ctx context.Context, tx *postgres.Store, q records.Quote, etag string) error {
	if err := q.Revision.Check(etag); err != nil {
		return err
	}
	if err := q.CheckWithdraw(a.now()); err != nil {
		return err
	}
	inUse, err := tx.QuoteInUse(ctx, q.ID)
	if err != nil || !inUse {
		return err
	}
	return renewal.ErrState.Because("a submission that accepts quote "+q.ID+" is on its way; wait for its outcome", "quote_id", q.ID)
}

// closeQuote marks the quote that a booked submission accepted.
func (a *App) closeQuote(ctx context.Context, tx *postgres.Store, s records.Submission) error {
	if s.QuoteID == "" {
		return nil
	}
	quote, err := tx.QuoteForUpdate(ctx, s.QuoteID)
	if err != nil || quote.State == renewal.QuoteAccepted {
		return err
	}
	accepted := quote.Changed(renewal.QuoteAccepted)
	if err := tx.SaveQuote(ctx, accepted); err != nil {
		return err
	}
	return a.appendQuote(ctx, tx, "quote.accepted", accepted, s.Actor)
}
