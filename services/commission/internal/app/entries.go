package app

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func bookCustomer(c *customerv1.Customer, revision int64) postgres.BookCustomer {
	return postgres.BookCustomer{
		CustomerID: c.GetCustomerId(), Revision: revision, Name: c.GetDisplayName(),
		Segment: strings.TrimPrefix(c.GetSegment().String(), segmentEnum), CountryCode: c.GetCountryCode(),
	}
}

const segmentEnum = "SEGMENT_"

// bookExperience reads how a customer fares. A figure that is indicative has no
// band, and says so in its place.
func bookExperience(x *customerv1.CustomerExperience, revision int64) postgres.BookExperience {
	e := postgres.BookExperience{
		CustomerID: x.GetCustomerId(), Revision: revision, Band: records.Unknown,
		Score: shownFigure(x.GetCxi()), Answers: x.GetCxi().GetAnswers(), PromoterScore: shownFigure(x.GetNps()), Poor: x.GetPoor(),
	}
	switch x.GetCxi().GetStanding() {
	case customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE:
		e.Band = "INDICATIVE"
	case customerv1.ScoreStanding_SCORE_STANDING_FULL:
		e.Band = strings.TrimPrefix(x.GetCxi().GetBand().String(), "SCORE_BAND_")
	}
	return e
}

// shownFigure is a figure's value, or nil if it is hidden.
func shownFigure(f *customerv1.ScoreFigure) *int32 {
	switch f.GetStanding() {
	case customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE, customerv1.ScoreStanding_SCORE_STANDING_FULL:
		return &f.Value
	}
	return nil
}

// bookEntry reads a subscription into its row of the book and a due term for
// each uncancelled end that is not past.
func bookEntry(sub *customerv1.Subscription, policies codes.Versions) (postgres.BookEntry, error) {
	c, err := contract.Of(sub)
	if err != nil {
		return postgres.BookEntry{}, err
	}
	price, err := contract.Amount(sub.GetUnitPrice())
	if err != nil {
		return postgres.BookEntry{}, fmt.Errorf("subscription %s: %w", c.ID, err)
	}
	net, err := contract.Amount(sub.GetTermNet())
	if err != nil {
		return postgres.BookEntry{}, fmt.Errorf("subscription %s: %w", c.ID, err)
	}
	var dates calendar.Reader
	entry := postgres.BookEntry{
		SubscriptionID: c.ID, Revision: c.Revision, ExternalID: sub.GetExternalId(), CustomerID: sub.GetCustomerId(),
		CustomerName: sub.GetCustomerName(), Segment: sub.GetCustomerSegment(), CountryCode: sub.GetCustomerCountryCode(),
		ProductID: sub.GetProductId(), FamilyID: sub.GetFamilyId(), PartnerID: sub.GetPartnerId(), Currency: string(price.Currency),
		UnitPriceMinor: price.Minor, Seats: sub.GetSeats(), UpliftBps: sub.GetUpliftBps(), TermMonths: int(sub.GetTermMonths()),
		Billing: string(contract.Billing(sub.GetBilling())), TermStart: dates.Read(sub.GetTermStartDate()), TermEnd: dates.Read(sub.GetTermEndDate()),
		TermNetMinor: net.Minor, AnchorDate: c.Anchor, TimeZone: c.Zone,
	}
	if !c.CancelDate.IsZero() {
		entry.CancelDate = new(c.CancelDate.String())
	}
	if len(c.Terms) > 0 {
		entry.BookedBy = c.Terms[0].BookedBy
	}
	for _, term := range c.Terms {
		if !c.Past(term) {
			entry.Due = append(entry.Due, dueTerm(c, term, policies.At(term.Span.Start).Policy))
		}
	}
	entry.Handovers = handovers(c)
	entry.Forecast, err = forecastContract(c)
	return entry, errors.Join(err, dates.Err)
}

// handovers are the changes of partner that came by a transfer.
func handovers(c contract.Contract) (list []postgres.Handover) {
	for _, p := range c.Partners {
		if p.TransferID != "" {
			list = append(list, postgres.Handover{SubscriptionID: c.ID, TransferID: p.TransferID, PartnerID: p.PartnerID, From: p.From})
		}
	}
	return list
}

func dueTerm(c contract.Contract, term contract.Term, policy renewal.Policy) postgres.DueTerm {
	windows := policy.Windows(term.Span.End)
	next, renewed := c.Starting(term.Span.End)
	current, coming := nets(c.Renewed(term))
	return postgres.DueTerm{
		RenewalID: renewalID(c.ID, term.Span.End), SubscriptionID: c.ID, PartnerID: c.PartnerOn(term.Span.End), CodeVersionID: policy.ID,
		TermStart: term.Span.Start, DueDate: windows.DueOn, OpenDate: windows.OpensOn, LapseDate: windows.LapsesOn, ExpireDate: windows.ExpiresOn,
		TermMonths: term.Months, Seats: term.Seats, UnitPriceMinor: term.UnitPrice.Minor, CurrentNetMinor: current.Minor,
		RenewalNetMinor: coming.Minor, Renewed: renewed, RenewedBy: next.BookedBy,
	}
}

// nets returns the net of a term and that of one like it after its end. Where
// the next one can't be priced, a renewal would be refused, and the list shows
// the old net.
func nets(c renewal.Contract) (current, coming money.Amount) {
	current, err := c.Net()
	if err != nil {
		current = money.Amount{Currency: c.UnitPrice.Currency}
	}
	sale, err := c.Sale(renewal.Wish{}, margin.Resale, margin.Rate{})
	if err != nil {
		return current, current
	}
	next, err := margin.Calculate(sale)
	if err != nil {
		return current, current
	}
	return current, next.Net
}

// forecastContract reads what the forecast needs of a contract beyond the book.
func forecastContract(c contract.Contract) (postgres.ForecastContract, error) {
	var dates calendar.Reader
	var f postgres.ForecastContract
	var seats []forecast.Seats
	for _, t := range c.Proto.GetTerms() {
		if t.GetCancelled() {
			continue
		}
		seats = append(seats, forecast.Seats{First: t.GetSeats(), Last: cmp.Or(t.GetFinalSeats(), t.GetSeats())})
		term := contract.Term{Span: calendar.Term{Start: dates.Read(t.GetStartDate()), End: dates.Read(t.GetEndDate())}}
		if t.GetBookedBy() != "" || c.Past(term) {
			continue
		}
		price, err := contract.Amount(t.GetUnitPrice())
		if err != nil {
			return f, fmt.Errorf("unit price of term %s: %w", t.GetTermId(), err)
		}
		f.Imported = append(f.Imported, forecast.Imported{
			Term: term.Span, Months: int(t.GetTermMonths()), Seats: t.GetSeats(), UnitPrice: price, Billing: contract.Billing(t.GetBilling()),
		})
	}
	if n := len(seats); n > 0 && c.Proto.GetSeats() > 0 {
		seats[n-1].Last = c.Proto.GetSeats()
	}
	f.SeatsDeclining = forecast.Declining(seats)
	for _, p := range c.Partners {
		f.Tenures = append(f.Tenures, forecast.Tenure{PartnerID: p.PartnerID, From: p.From})
	}
	return f, dates.Err
}
