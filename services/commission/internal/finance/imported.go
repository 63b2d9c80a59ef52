package finance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// importedTerm is a term that was imported, with its contract.
type importedTerm struct {
	contract contract.Contract
	term     *customerv1.Term
}

// contractsAtOnce bounds how many contracts are asked for at the same time.
const contractsAtOnce = 8

// importedTerms reads the terms that sources name and no submission booked.
// What is not there is not among them.
func (a *App) importedTerms(ctx context.Context, sourceIDs []string) (map[string]importedTerm, error) {
	wanted := map[string]bool{}
	subscriptions := map[string]bool{}
	for _, id := range sourceIDs {
		if subscription, _, is := strings.Cut(id, ":"); is {
			wanted[id], subscriptions[subscription] = true, true
		}
	}
	ids := slices.Sorted(maps.Keys(subscriptions))
	contracts := make([]contract.Contract, len(ids))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(contractsAtOnce)
	for i, id := range ids {
		calls.Go(func() (err error) {
			if contracts[i], err = contract.Read(ctx, a.subscriptions, id); errors.Is(err, contract.ErrNotServed) {
				return nil
			}
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	found := make(map[string]importedTerm, len(wanted))
	for _, c := range contracts {
		for _, term := range c.Proto.GetTerms() {
			id := records.ImportedID(c.ID, term.GetStartDate())
			if wanted[id] && !term.GetCancelled() && !strings.HasPrefix(term.GetBookedBy(), records.SubmissionPrefix) {
				found[id] = importedTerm{c, term}
			}
		}
	}
	return found, nil
}

// loadSources reads what was booked or imported under ids, with what has become
// of it. What is not known is not among them.
func loadSources(ctx context.Context, tx *postgres.Store, ids []string, terms map[string]importedTerm) (map[string]*earnings.Source, error) {
	sources, err := tx.BookedSources(ctx, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return strings.Contains(id, ":") }))
	if err != nil {
		return nil, err
	}
	if err := addImported(ctx, tx, sources, terms); err != nil || len(sources) == 0 {
		return sources, err
	}
	return sources, tx.Outcomes(ctx, sources)
}

func addImported(ctx context.Context, tx *postgres.Store, sources map[string]*earnings.Source, terms map[string]importedTerm) error {
	if len(terms) == 0 {
		return nil
	}
	var ids, subscriptions []string
	for id, t := range terms {
		ids, subscriptions = append(ids, id), append(subscriptions, t.contract.ID)
	}
	explained, err := tx.CalculationsOfSources(ctx, ids)
	if err != nil {
		return err
	}
	relationships, err := tx.RelationshipsOf(ctx, subscriptions...)
	if err != nil {
		return err
	}
	for id, t := range terms {
		source, err := t.source(relationships[t.contract.ID])
		if err != nil {
			return fmt.Errorf("imported term %s: %w", id, err)
		}
		source.CalculationID = explained[id]
		sources[id] = source
	}
	return nil
}

// source is the term as the ledger reckons with it: at the rate of the
// relationship that it began in, or of the first one.
func (t importedTerm) source(relationships []records.Relationship) (*earnings.Source, error) {
	var serving records.Relationship
	start := t.term.GetStartDate()
	at := slices.IndexFunc(relationships, func(r records.Relationship) bool { return r.Until.IsZero() || r.Until.String() > start })
	if at >= 0 {
		serving = relationships[at]
	}
	b, err := contract.Imported(t.contract, t.term, func() (records.Relationship, bool) { return serving, at >= 0 })
	if at < 0 {
		serving.PartnerID = t.contract.PartnerOn(b.Term.Start)
	}
	sub := t.contract.Proto
	return &earnings.Source{
		ID: b.SourceID, SubscriptionID: t.contract.ID, PartnerID: serving.PartnerID, RelationshipID: b.RelationshipID,
		CustomerID: sub.GetCustomerId(), CustomerName: sub.GetCustomerName(), ProductID: sub.GetProductId(), FamilyID: sub.GetFamilyId(),
		Segment: sub.GetCustomerSegment(), Calculation: b.Calculation,
	}, err
}
