package app

import (
	"context"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// buyer is what an order's decision depends on of a customer.
type buyer struct{ segment, zone string }

// readConduct asks partner what the order does to the margin, and settles what
// depends on whether the caller may know: by whose word the customer is judged.
func (a *App) readConduct(ctx context.Context, g *orderGrounds) (err error) {
	assumed := a.startIn(g.likelyZone(), g.wish.Start)
	if err := a.evaluate(ctx, g, assumed); err != nil {
		return err
	}
	caller, _ := auth.From(ctx)
	g.visible = g.evaluation.GetVerdictVisible() || caller.Partner() == ""
	if g.buyer, err = g.judged(); err != nil {
		return err
	}
	g.start = a.startIn(g.buyer.zone, g.wish.Start)
	if today := a.todayIn(g.buyer.zone); g.start.Before(today) {
		return calendar.ErrDateInvalid.Because(
			fmt.Sprintf("a subscription begins today, %s, or later, not on %s", today, g.start), "date", g.start.String()).On("start_date")
	}
	if g.start == assumed {
		return nil
	}
	return a.evaluate(ctx, g, g.start) // midnight lies between the two zones
}

// startIn is the day that was asked for, or today in a zone.
func (a *App) startIn(zone string, asked calendar.Date) calendar.Date {
	if asked.IsZero() {
		return a.todayIn(zone)
	}
	return asked
}

// todayIn is the date in a zone, and the vendor's where there is no such zone.
func (a *App) todayIn(zone string) calendar.Date {
	location, err := calendar.LoadZone(zone)
	if err != nil {
		location = a.zone
	}
	return calendar.DateOf(a.now(), location)
}

// likelyZone is a time zone to begin with; the vendor's if it is empty.
func (g *orderGrounds) likelyZone() string {
	if g.wish.Customer != nil {
		return g.wish.Customer.TimeZone
	}
	return g.customer.GetTimeZone()
}

func (a *App) evaluate(ctx context.Context, g *orderGrounds, start calendar.Date) error {
	answer, err := a.conduct.EvaluateOrder(ctx, &partnerv1.EvaluateOrderRequest{
		PartnerId: g.partner, Domain: g.domain, FamilyId: g.familyID, StartDate: start.String(), DealRegistrationId: g.wish.DealRegistrationID,
	})
	if refusal, ok := rpcerr.Standing(rpcerr.FromStatus(err)); ok && refusal.Field == "" && g.wish.DealRegistrationID != "" {
		return refusal.On("deal_registration_id")
	}
	if err != nil {
		return fmt.Errorf("conduct of the order: %w", err)
	}
	if answer.GetVerdict().GetOutcome() == partnerv1.Outcome_OUTCOME_UNSPECIFIED {
		return fmt.Errorf("partner evaluated an order for %s without a verdict", g.domain)
	}
	g.evaluation = answer
	return nil
}

// judged is the customer as the decision sees it: what the vendor knows, where
// the caller may know that it does, and otherwise what the order says.
func (g *orderGrounds) judged() (buyer, error) {
	if g.visible && g.customer != nil {
		return known(g.customer), nil
	}
	described := g.wish.Customer
	if described == nil {
		return buyer{}, rpcerr.RequestInvalid.Because("say who the customer is: name, segment, country and time zone").On("customer")
	}
	return buyer{described.Segment, described.TimeZone}, checkDescription(described)
}

func known(c *customerv1.Customer) buyer {
	return buyer{strings.TrimPrefix(c.GetSegment().String(), segmentEnum), c.GetTimeZone()}
}

func checkDescription(c *records.NewCustomer) error {
	for _, required := range [...]struct{ field, value string }{
		{"display_name", strings.TrimSpace(c.Name)}, {"segment", c.Segment}, {"country_code", c.Country}, {"time_zone", c.TimeZone},
	} {
		if required.value == "" {
			return rpcerr.RequestInvalid.Because("say who the customer is: the " + strings.ReplaceAll(required.field, "_", " ") + " is missing").On("customer." + required.field)
		}
	}
	_, err := calendar.LoadZone(c.TimeZone)
	return fault.At("customer.time_zone", err)
}
