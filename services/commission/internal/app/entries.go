package app

import (
	"errors"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
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
func bookEntry(sub *customerv1.Subscription, policies codePolicies) (postgres.BookEntry, error) {
	c, err := contractOf(sub)
	if err != nil {
		return postgres.BookEntry{}, err
	}
	price, err := amountOf(sub.GetUnitPrice())
	if err != nil {
		return postgres.BookEntry{}, fmt.Errorf("subscription %s: %w", c.id, err)
	}
	net, err := amountOf(sub.GetTermNet())
	if err != nil {
		return postgres.BookEntry{}, fmt.Errorf("subscription %s: %w", c.id, err)
	}
	var dates dateReader
	entry := postgres.BookEntry{
		SubscriptionID: c.id, Revision: c.revision, ExternalID: sub.GetExternalId(), CustomerID: sub.GetCustomerId(),
		CustomerName: sub.GetCustomerName(), Segment: sub.GetCustomerSegment(), CountryCode: sub.GetCustomerCountryCode(),
		ProductID: sub.GetProductId(), FamilyID: sub.GetFamilyId(), PartnerID: sub.GetPartnerId(), Currency: string(price.Currency),
		UnitPriceMinor: price.Minor, Seats: sub.GetSeats(), UpliftBps: sub.GetUpliftBps(), TermMonths: int(sub.GetTermMonths()),
		Billing: string(billingOf(sub.GetBilling())), TermStart: dates.read(sub.GetTermStartDate()), TermEnd: dates.read(sub.GetTermEndDate()),
		TermNetMinor: net.Minor, AnchorDate: c.anchor, TimeZone: c.zone,
	}
	if !c.cancelDate.IsZero() {
		entry.CancelDate = new(c.cancelDate.String())
	}
	if len(c.terms) > 0 {
		entry.BookedBy = c.terms[0].bookedBy
	}
	for _, term := range c.terms {
		if !c.past(term) {
			entry.Due = append(entry.Due, dueTerm(c, term, policies.at(term.span.Start).Policy))
		}
	}
	entry.Handovers = handovers(c)
	entry.Forecast, err = forecastContract(c)
	return entry, errors.Join(err, dates.err)
}

// handovers are the changes of partner that came by a transfer.
func handovers(c contract) (list []postgres.Handover) {
	for _, p := range c.partners {
		if p.transferID != "" {
			list = append(list, postgres.Handover{SubscriptionID: c.id, TransferID: p.transferID, PartnerID: p.partnerID, From: p.from})
		}
	}
	return list
}

func dueTerm(c contract, term contractTerm, policy renewal.Policy) postgres.DueTerm {
	windows := policy.Windows(term.span.End)
	next, renewed := c.starting(term.span.End)
	current, coming := nets(c.renewed(term))
	return postgres.DueTerm{
		RenewalID: renewalID(c.id, term.span.End), SubscriptionID: c.id, PartnerID: c.partnerOn(term.span.End), CodeVersionID: policy.ID,
		TermStart: term.span.Start, DueDate: windows.DueOn, OpenDate: windows.OpensOn, LapseDate: windows.LapsesOn, ExpireDate: windows.ExpiresOn,
		TermMonths: term.months, Seats: term.seats, UnitPriceMinor: term.unitPrice.Minor, CurrentNetMinor: current.Minor,
		RenewalNetMinor: coming.Minor, Renewed: renewed, RenewedBy: next.bookedBy,
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
