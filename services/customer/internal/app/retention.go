package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/retention"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// BookSlice is the part of the book that is asked for; an empty field chooses
// all.
type BookSlice struct {
	Partner subscriptions.PartnerID
	Segment customers.Segment
	Region  customers.Region
	Country customers.Country
	Family  catalogue.FamilyID
}

// seenBy is the part of the slice that a viewer may see; not ok if it is empty.
// A partner and those that it absorbed are one, unless one of them is asked for.
func (s BookSlice) seenBy(v viewer) (postgres.BookSlice, bool) {
	part := postgres.BookSlice{Partners: v.partners, Segment: s.Segment, Family: s.Family}
	if s.Partner != "" {
		part.Partners = []subscriptions.PartnerID{s.Partner}
	}
	switch {
	case s.Country != "":
		part.Countries = []customers.Country{s.Country}
	case s.Region != "":
		part.Countries = s.Region.Countries()
	}
	elsewhere := s.Country != "" && s.Region != "" && s.Country.Region() != s.Region
	own := v.vendor || len(v.partners) > 0 && (s.Partner == "" || slices.Contains(v.partners, s.Partner))
	return part, own && !elsewhere
}

// today is the day in UTC.
func (a *App) today() calendar.Date { return calendar.DateOf(a.now(), time.UTC) }

// RetentionQuery asks how much of the book was kept, sliced by By if it is given.
type RetentionQuery struct {
	BookSlice
	Period retention.Period
	By     retention.Dimension
}

// Retention is the answer.
type Retention struct {
	Period retention.Period
	FxSet  string
	By     retention.Dimension
	Total  retention.Figures
	Slices []retention.Slice
}

// GetRetention tells how much of the book was kept. It reads in the system scope,
// because a partner's figures are made of what it has lost, too; its query is
// about its own book only.
func (a *App) GetRetention(ctx context.Context, q RetentionQuery) (Retention, error) {
	if err := q.Period.Check(a.today()); err != nil {
		return Retention{}, err
	}
	part, visible := q.seenBy(viewerOf(ctx))
	ctx = pg.WithScope(ctx, pg.System())
	return read(ctx, a, func(tx *postgres.Store) (Retention, error) {
		kept := Retention{Period: q.Period, By: q.By}
		rates, err := ratesOn(ctx, tx, q.Period.From)
		if err != nil {
			return kept, err
		}
		if !visible {
			return kept, retention.ErrUndefined
		}
		kept.FxSet = rates.ID
		asked := postgres.RetentionQuery{BookSlice: part, Period: q.Period, Rates: rates}
		if kept.Total, err = total(ctx, tx, asked); err != nil || q.By == "" {
			return kept, err
		}
		kept.Slices, err = slicesOf(ctx, tx, asked, q.By)
		return kept, err
	})
}

// ratesOn returns the exchange rates in force on a day.
func ratesOn(ctx context.Context, tx *postgres.Store, on calendar.Date) (catalogue.FxSet, error) {
	set, err := tx.FxSetOn(ctx, on)
	if errors.Is(err, catalogue.ErrFxSetNotFound) {
		return set, retention.NoRates(on)
	}
	return set, err
}

func total(ctx context.Context, tx *postgres.Store, q postgres.RetentionQuery) (retention.Figures, error) {
	found, err := tx.TallyRetention(ctx, q, "")
	if err != nil {
		return retention.Figures{}, err
	}
	tallies := make([]retention.Tally, len(found))
	for i, t := range found {
		tallies[i] = t.Tally
	}
	figures, err := retention.Sum(q.Rates.Base, tallies)
	if err != nil {
		return figures, err
	}
	return figures, figures.Defined()
}

// slicesOf returns the slices in the order of their names. Regions are added up
// from their countries.
func slicesOf(ctx context.Context, tx *postgres.Store, q postgres.RetentionQuery, by retention.Dimension) ([]retention.Slice, error) {
	columns := by
	if by == retention.ByRegion {
		columns = retention.ByCountry
	}
	found, err := tx.TallyRetention(ctx, q, columns)
	if err != nil {
		return nil, err
	}
	byName := map[string][]retention.Tally{}
	for _, t := range found {
		if by == retention.ByRegion {
			t.Slice = string(customers.Country(t.Slice).Region())
		}
		byName[t.Slice] = append(byName[t.Slice], t.Tally)
	}
	list := make([]retention.Slice, 0, len(byName))
	for name, tallies := range byName {
		figures, err := retention.Sum(q.Rates.Base, tallies)
		if err != nil {
			return nil, err
		}
		list = append(list, retention.Slice{Name: name, Figures: figures})
	}
	slices.SortFunc(list, func(x, y retention.Slice) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}

// RetentionKey is the place of a customer in a list.
type RetentionKey = postgres.RetentionKey

// RetentionList asks for a page of the customers of a figure.
type RetentionList struct {
	BookSlice
	Period   retention.Period
	Movement retention.Movement
	After    RetentionKey
	Limit    int
}

// ListRetentionCustomers opens a figure to its customers; see GetRetention.
func (a *App) ListRetentionCustomers(ctx context.Context, q RetentionList) ([]retention.Change, error) {
	if err := q.Period.Check(a.today()); err != nil {
		return nil, err
	}
	viewer := viewerOf(ctx)
	part, visible := q.seenBy(viewer)
	ctx = pg.WithScope(ctx, pg.System())
	return read(ctx, a, func(tx *postgres.Store) ([]retention.Change, error) {
		rates, err := ratesOn(ctx, tx, q.Period.From)
		if err != nil || !visible {
			return nil, err
		}
		return tx.ListRetention(ctx, postgres.RetentionList{
			RetentionQuery: postgres.RetentionQuery{BookSlice: part, Period: q.Period, Rates: rates},
			Movement:       q.Movement, Viewers: viewer.partners, Now: a.now(), After: q.After, Limit: q.Limit,
		})
	})
}
