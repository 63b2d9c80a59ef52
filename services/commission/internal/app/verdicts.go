package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// ApplyCase brings caps and withholdings of the relationships that a case is
// about up to the case's revision. It may come any number of times and in any
// order: an older revision than the known one changes nothing.
func (a *App) ApplyCase(ctx context.Context, c *partnerv1.Case) error {
	verdict, err := verdictOf(c)
	if err != nil {
		return err
	}
	return a.applyVerdict(ctx, verdict)
}

func (a *App) applyVerdict(ctx context.Context, v records.Verdict) error {
	ctx = caller.AsItself(ctx)
	return a.store.InTx(ctx, func(tx *postgres.Store) error { return a.rule(ctx, tx, v) })
}

// rule applies verdicts in a transaction of the system, at its end.
func (a *App) rule(ctx context.Context, tx *postgres.Store, verdicts ...records.Verdict) error {
	var changed []records.Withholding
	for _, v := range verdicts {
		under, err := tx.RelationshipsUnder(ctx, v)
		if err != nil {
			return err
		}
		for _, r := range under {
			ruled, news := r.Ruled(v)
			if !news {
				continue
			}
			if ruled, err = a.saveRuling(ctx, tx, r, ruled); err != nil {
				return err
			}
			withheld, err := a.withhold(ctx, tx, ruled)
			if err != nil {
				return err
			}
			changed = append(changed, withheld...)
		}
	}
	return a.restateWithheld(ctx, tx, changed)
}

// saveRuling saves what a verdict made of a relationship, with an event if it
// is another one to whoever reads it.
func (a *App) saveRuling(ctx context.Context, tx *postgres.Store, was, ruled records.Relationship) (records.Relationship, error) {
	kind := ""
	switch {
	case ruled.Cap != nil && !sameCap(was.Cap, ruled.Cap):
		kind = "relationship.capped"
	case ruled.Cap == nil && was.Cap != nil:
		kind = "relationship.uncapped"
	case ruled.Case.ID != was.Case.ID:
		kind = "relationship.case_opened"
	default:
		return ruled, tx.SaveRuling(ctx, ruled)
	}
	ruled = ruled.Changed(ruled.Relationship).On(a.today())
	if err := tx.SaveRuling(ctx, ruled); err != nil {
		return ruled, err
	}
	return ruled, a.appendRelationships(ctx, tx, kind, ruled)
}

// sameCap compares what partners are shown of a cap: its explanation is told
// with each calculation.
func sameCap(a, b *margin.Cap) bool {
	if a == nil || b == nil {
		return a == b
	}
	one, other := *a, *b
	one.Because, other.Because = nil, nil
	return one == other
}

// findCase asks partner for the verdict about a subscription that a transfer
// brought. A verdict that is not known is not guessed: whoever asks has to ask
// again.
func (a *App) findCase(ctx context.Context, subscriptionID, transferID string) (records.Verdict, error) {
	found, err := a.conduct.FindCase(auth.ActFor(ctx, ""), &partnerv1.FindCaseRequest{SubscriptionId: subscriptionID, TransferId: transferID})
	if err != nil {
		return records.Verdict{}, fmt.Errorf("case of subscription %s by transfer %s: %w", subscriptionID, transferID, notYet(err))
	}
	return verdictOf(found)
}

// caseUnread is returned inside a transaction that depends on a case which is
// not over, and whose latest word was not asked for yet.
type caseUnread struct{ relationship records.Relationship }

func (e caseUnread) Error() string { return "case " + e.relationship.Case.ID + " is not read" }

// refreshCase asks partner for the latest word of a relationship's case and
// applies it.
func (a *App) refreshCase(ctx context.Context, r records.Relationship) error {
	latest, err := a.conduct.GetCase(auth.ActFor(ctx, ""), &partnerv1.GetCaseRequest{CaseId: r.Case.ID})
	if err != nil {
		return fmt.Errorf("case %s of relationship %s: %w", r.Case.ID, r.ID, notYet(err))
	}
	return a.ApplyCase(context.WithoutCancel(ctx), latest)
}

// notYet turns partner's refusal of our own question, that there is no such case
// above all, into one that tells the caller to come again.
func notYet(err error) error {
	if _, refused := rpcerr.Standing(rpcerr.FromStatus(err)); refused {
		return rpcerr.Unavailable.Because("the verdict about this change of partner is not known yet; try again in a moment")
	}
	return err
}

// RefreshCases asks partner about every case that is not over, and returns how
// many it asked about. What the feed brings needs none of it; that the time for
// an appeal has passed, no event tells.
func (a *App) RefreshCases(ctx context.Context) (asked int, err error) {
	ctx = caller.AsItself(ctx)
	var problems []error
	for after := ""; ; {
		var open []records.Relationship
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			open, err = tx.OpenCases(ctx, after, sweepBatch)
			return err
		})
		if err != nil || len(open) == 0 {
			return asked, errors.Join(append(problems, err)...)
		}
		for _, r := range open {
			if err := a.refreshCase(ctx, r); err != nil {
				problems = append(problems, err)
				continue
			}
			asked++
		}
		after = open[len(open)-1].ID
	}
}

// verdictOf reads a case as the partner service tells it to its own kind.
func verdictOf(c *partnerv1.Case) (records.Verdict, error) {
	var dates calendar.Reader
	given := c.GetVerdict()
	v := records.Verdict{
		Case: records.Case{
			ID: c.GetCaseId(), Revision: c.GetRevision(), Final: c.GetState() == partnerv1.CaseState_CASE_STATE_FINAL,
		},
		SubscriptionID: c.GetSubscriptionId(), PartnerID: c.GetPartnerId(), TransferID: c.GetTransferId(),
		From: dates.Read(c.GetEffectiveDate()),
	}
	if given.GetOutcome() == partnerv1.Outcome_OUTCOME_POACHED {
		v.Held = c.GetHeld()
		v.Cap = &margin.Cap{
			Rate: money.Bps(given.GetCapBps()), Until: dates.Read(given.GetCapUntilDate()), CodeVersionID: given.GetCodeVersionId(),
			AppealBy: dates.Read(c.GetAppealByDate()), Because: becauseOf(c),
		}
	}
	if dates.Err != nil {
		return v, fmt.Errorf("case %s: %w", v.ID, dates.Err)
	}
	return v, nil
}

// becauseOf tells the capped partner what decided the verdict.
func becauseOf(c *partnerv1.Case) *margin.Because {
	for _, f := range slices.Backward(c.GetVerdict().GetFindings()) {
		if !f.GetDecisive() {
			continue
		}
		because := &margin.Because{
			Ground: strings.TrimPrefix(f.GetGround().String(), "GROUND_"), Clause: f.GetClause(), Sentence: f.GetSentence(),
			State: margin.CaseState(strings.TrimPrefix(c.GetState().String(), "CASE_STATE_")),
		}
		for name, value := range f.GetFacts() {
			because.Facts = append(because.Facts, margin.Input{Name: name, Value: value})
		}
		slices.SortFunc(because.Facts, func(a, b margin.Input) int { return strings.Compare(a.Name, b.Name) })
		return because
	}
	return nil
}
