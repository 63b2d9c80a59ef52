package app

import (
	"context"
	"errors"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// errPolicyMissing is returned while no version of the code of practice is
// approved: no verdict can say what it was taken under.
var errPolicyMissing = fault.New("POLICY_MISSING", "no version of the code of practice is approved yet")

// asking is a change of partner that facts are gathered for.
type asking struct {
	Partner   partners.ID
	Order     bool
	Requested calendar.Date
	Effective calendar.Date
}

// facts gathers what a verdict about taking over these subscriptions is made
// of, as of the request. It calls customer and opens a transaction of its own,
// so it must not be called within one. A transfer has a set of facts, and a
// verdict, for each of its subscriptions; an order one for all.
func (a *App) facts(ctx context.Context, asked asking, taken []held) (conduct.Facts, error) {
	ctx = pg.WithScope(ctx, pg.System()) // an incumbent's standing is no row of the challenger's
	f := conduct.Facts{Partner: asked.Partner, Order: asked.Order, Requested: asked.Requested, Effective: asked.Effective}
	for _, one := range taken {
		h, ok, err := a.contractFacts(ctx, asked, one)
		if err != nil {
			return conduct.Facts{}, err
		}
		if ok {
			f.Held = append(f.Held, h)
		}
	}
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		names, err := tx.MergedNames(ctx)
		if err != nil {
			return err
		}
		for i := range f.Held {
			if f.Held[i], err = partnerFacts(ctx, tx, asked, names, f.Held[i]); err != nil {
				return fmt.Errorf("facts about subscription %s: %w", f.Held[i].Subscription, err)
			}
		}
		return nil
	})
	return f, err
}

// contractFacts are those that the contract tells, about the partner that serves
// on the new relationship's first day. Not ok where nobody ever served.
func (a *App) contractFacts(ctx context.Context, asked asking, one held) (h conduct.Held, ok bool, err error) {
	serving, ok := one.TenureOn(asked.Effective)
	if !ok && len(one.Tenures) > 0 { // it begins later
		serving, ok = one.Tenures[0], true
	}
	if !ok {
		return conduct.Held{}, false, nil
	}
	h = conduct.Held{Subscription: one.ID, Partner: serving.Partner, Cancelled: one.Cancelled, Paid: one.Paid}
	if earlier, found := one.before(serving); found && serving.Partner == partners.Direct {
		h.Previous, serving = earlier.Partner, earlier
	}
	term := one.lastOf(serving)
	h.From, h.Term, h.TermMonths = serving.From, term.Term, term.Months
	h.Quoted, err = a.firstQuote(ctx, one, serving, term.End)
	return h, true, err
}

// lastOf returns the last term that began before a tenure ended.
func (h held) lastOf(t tenure) heldTerm {
	last := h.Terms[0]
	for _, term := range h.Terms {
		if t.Until.IsZero() || term.Start.Before(t.Until) {
			last = term
		}
	}
	return last
}

// firstQuote returns the first day on which a partner quoted the renewal of the
// term that ends on a day, or no date. The contract knows the last one only; the
// first is among its changes.
func (a *App) firstQuote(ctx context.Context, one held, by tenure, end calendar.Date) (first calendar.Date, err error) {
	if by.Until.IsZero() && one.Quoted.IsZero() {
		return calendar.Date{}, nil
	}
	request := &customerv1.ListSubscriptionChangesRequest{SubscriptionId: one.ID, PageSize: 1000}
	for {
		answer, err := a.peers.Subscriptions.ListSubscriptionChanges(ctx, request)
		if err != nil {
			return calendar.Date{}, fmt.Errorf("changes of subscription %s: %w", one.ID, err)
		}
		for _, change := range answer.GetChanges() {
			dates := dateReader{}
			quoted, ends := dates.read(change.GetSubscription().GetLastQuoteDate()), dates.read(change.GetSubscription().GetTermEndDate())
			if dates.err != nil {
				return calendar.Date{}, fmt.Errorf("changes of subscription %s: %w", one.ID, dates.err)
			}
			if quoted.IsZero() || ends != end || !by.Until.IsZero() && !quoted.Before(by.Until) {
				continue
			}
			if first.IsZero() || quoted.Before(first) {
				first = quoted
			}
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			return first, nil
		}
	}
}

// partnerFacts adds those that this service knows: whether the incumbent has
// ceased or let go, what it shares with the challenger, and what is protected.
func partnerFacts(ctx context.Context, tx *postgres.Store, asked asking, names mergers.Names, h conduct.Held) (conduct.Held, error) {
	incumbent := h.Partner
	if h.Previous != "" {
		incumbent = h.Previous
	}
	policy, err := policyOn(ctx, tx, h.Term.Start)
	if err != nil {
		return h, err
	}
	h.ProtectDays = int(policy.RenewalGraceDays + policy.RenewalLapsedDays)
	until, err := tx.CappedUntil(ctx, names.ActsFor(names.Root(incumbent)), []string{h.Subscription}, asked.Requested)
	if err != nil {
		return h, err
	}
	h.CapUntil = until[h.Subscription]
	if names.Same(incumbent, asked.Partner) {
		h.Own = incumbent != asked.Partner
		return h, nil
	}
	standing, err := tx.Partner(ctx, incumbent)
	if err != nil && !errors.Is(err, partners.ErrNotFound) { // a contract may be older than the partner's enrolment
		return h, fmt.Errorf("partner %s: %w", incumbent, err)
	}
	h.Ceased = standing.State == partners.Suspended && !standing.SuspendDate.After(asked.Requested)
	h.Released, err = tx.Released(ctx, h.Subscription, incumbent, h.From)
	return h, err
}

// policyOn returns the version of the code of practice in force on a day.
// Before the first one it is the first: nothing was decided under another. It
// returns errPolicyMissing while there is none.
func policyOn(ctx context.Context, tx *postgres.Store, on calendar.Date) (conduct.Policy, error) {
	version, err := tx.CodeVersionInForce(ctx, on)
	if errors.Is(err, code.ErrNotFound) {
		version, err = tx.FirstCodeVersion(ctx)
	}
	if errors.Is(err, code.ErrNotFound) {
		return conduct.Policy{}, errPolicyMissing
	}
	return conduct.Policy{Version: version.ID, Policy: version.Policy}, err
}
