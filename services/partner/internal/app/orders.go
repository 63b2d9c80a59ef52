package app

import (
	"context"
	"errors"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Order is an order for a product family to a customer.
type Order struct {
	Partner      partners.ID
	Domain       string // of the customer
	FamilyID     string
	Start        calendar.Date // first day of the subscription
	On           calendar.Date // day of the order
	Registration registrations.ID
	Submission   string // empty for a preview
	Subscription string // that it created; empty before
}

// OrderEvaluation is what an order does to the margin, and whether it is new
// business.
type OrderEvaluation struct {
	Verdict        conduct.Verdict
	NewBusiness    bool
	PaidUntil      calendar.Date // of the customer's group, by anyone; no date if it never paid
	Registration   *registrations.Registration
	RewardBps      money.Bps
	VerdictVisible bool
	AppealDays     int
}

// EvaluateConduct returns the verdict on given facts under a version of the
// code of practice, or, if none is named, under the one in force on the day of
// the request, and with the protected windows of those in force at the terms'
// starts.
func (a *App) EvaluateConduct(ctx context.Context, f conduct.Facts, version string) (v conduct.Verdict, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		policy, err := a.givenPolicy(ctx, tx, f.Requested, version)
		if err != nil {
			return err
		}
		f.Held = slices.Clone(f.Held)
		for i, h := range f.Held {
			window, err := a.givenPolicy(ctx, tx, h.Term.Start, version)
			if err != nil {
				return err
			}
			f.Held[i].ProtectDays = int(window.RenewalGraceDays + window.RenewalLapsedDays)
		}
		v, err = conduct.Evaluate(f, policy)
		return err
	})
	return v, err
}

// givenPolicy returns the named version, or, if none is, the one in force on a
// day.
func (a *App) givenPolicy(ctx context.Context, tx *postgres.Store, on calendar.Date, version string) (conduct.Policy, error) {
	if version == "" {
		return policyOn(ctx, tx, on)
	}
	named, err := tx.CodeVersion(ctx, code.ID(version))
	return conduct.Policy{Version: named.ID, Policy: named.Policy}, fault.At("code_version_id", err)
}

// EvaluateOrder evaluates an order before it is booked. It changes nothing.
func (a *App) EvaluateOrder(ctx context.Context, o Order) (e OrderEvaluation, err error) {
	o.On = a.today()
	if e.Registration, err = a.registrationOf(ctx, o); err != nil {
		return OrderEvaluation{}, err
	}
	group, err := a.group(ctx, o)
	if err != nil {
		return OrderEvaluation{}, err
	}
	facts, err := a.facts(ctx, asking{Partner: o.Partner, Order: true, Requested: o.On, Effective: o.Start}, group.taken)
	if err != nil {
		return OrderEvaluation{}, err
	}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		policy, err := policyOn(ctx, tx, o.On)
		if err != nil {
			return err
		}
		e.RewardBps, e.AppealDays = policy.RewardBps, int(policy.AppealDays)
		e.NewBusiness = !group.paidUntil.After(o.Start.AddMonths(-int(policy.NewBusinessMonths)))
		names, err := tx.MergedNames(ctx)
		if err != nil {
			return err
		}
		e.VerdictVisible = e.Registration != nil || group.servedBy(func(id partners.ID) bool { return names.Same(id, o.Partner) })
		e.Verdict, err = conduct.Evaluate(facts, policy)
		return err
	})
	e.PaidUntil = group.paidUntil
	return e, err
}

// registrationOf returns the registration that an order names, if it names one.
func (a *App) registrationOf(ctx context.Context, o Order) (*registrations.Registration, error) {
	if o.Registration == "" {
		return nil, nil
	}
	name, err := domain.Parse(o.Domain)
	if err != nil {
		return nil, fault.At("domain", err)
	}
	found, err := a.registrationFor(ctx, namedByOrder{
		Registration: o.Registration, Partner: o.Partner, Domain: name, Family: o.FamilyID, On: o.On, SubmissionID: o.Submission,
	})
	return &found, fault.At("deal_registration_id", err)
}

// buyers are what an order's customer and its group have, in all families.
type buyers struct {
	taken     []held // of the order's family, without what the order itself created
	paidUntil calendar.Date
	serving   []partners.ID // the customer itself, today
}

func (b buyers) servedBy(one func(partners.ID) bool) bool { return slices.ContainsFunc(b.serving, one) }

// group reads what the group of an order's customer has. That nobody has the
// domain is no error.
func (a *App) group(ctx context.Context, o Order) (b buyers, err error) {
	found, err := a.lookUp(ctx, o.Domain)
	if err != nil || !found.Found {
		return b, fault.At("domain", err)
	}
	listed, err := a.subscriptionsOf(ctx, found.Customer, "")
	if err != nil {
		return b, err
	}
	dates := dateReader{}
	var family []*customerv1.Subscription
	for _, s := range listed {
		until := dates.read(s.GetTermEndDate())
		if cancelled := dates.read(s.GetCancelDate()); !cancelled.IsZero() {
			until = calendar.Min(until, cancelled)
		}
		if paid(s) && dates.read(s.GetFirstStartDate()).Before(o.Start) {
			b.paidUntil = calendar.Max(b.paidUntil, until)
		}
		if s.GetCustomerId() == found.Customer.ID && until.After(o.On) {
			b.serving = append(b.serving, partners.ID(s.GetPartnerId()))
		}
		if s.GetFamilyId() == o.FamilyID && s.GetSubscriptionId() != o.Subscription {
			family = append(family, s)
		}
	}
	if dates.err != nil {
		return b, dates.err
	}
	b.taken, err = a.histories(ctx, family)
	b.taken = slices.DeleteFunc(b.taken, func(h held) bool { return o.Submission != "" && h.bookedBy(o.Submission) })
	return b, err
}

// RecordOrder opens the case of a booked order, under the verdict that it was
// booked with, and converts its registration. Doing it again changes nothing.
func (a *App) RecordOrder(ctx context.Context, o Order, verdict conduct.Verdict) (conduct.View, error) {
	recorded, err := a.caseOfOrder(ctx, o)
	if !errors.Is(err, conduct.ErrNotFound) {
		return recorded.View("", a.today()), err
	}
	group, err := a.group(ctx, o)
	if err != nil {
		return conduct.View{}, err
	}
	facts, err := a.facts(ctx, asking{Partner: o.Partner, Order: true, Requested: o.On, Effective: o.Start}, group.taken)
	if err != nil {
		return conduct.View{}, err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if o.Registration != "" {
			if _, err := a.convertRegistration(ctx, tx, o.Registration, o.Submission); err != nil {
				return fault.At("deal_registration_id", err)
			}
		}
		recorded, err = a.openCase(ctx, tx, conduct.Opening{
			Submission: o.Submission, Subscription: o.Subscription, Facts: facts, Verdict: &verdict,
		})
		return err
	})
	if errors.Is(err, conduct.ErrExists) { // somebody was faster
		recorded, err = a.caseOfOrder(ctx, o)
	}
	return recorded.View("", a.today()), err
}

// caseOfOrder returns the case of an order that was recorded before, or
// conduct.ErrNotFound.
func (a *App) caseOfOrder(ctx context.Context, o Order) (found conduct.Case, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.CaseOfOrder(ctx, o.Submission)
		return err
	})
	if err == nil && (found.Subscription != o.Subscription || found.Partner != o.Partner) {
		return conduct.Case{}, conduct.ErrExists.Because("the case of submission " + o.Submission + " is about another subscription or partner")
	}
	return found, err
}
