package app

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// ordering creates a subscription, and its customer where the vendor does not
// know it yet.
type ordering struct{ *App }

func (o ordering) commit(ctx context.Context, s records.Submission) (records.Submission, error) {
	if s.Order.CustomerID == "" {
		var err error
		if s, err = o.withCustomer(ctx, s); err != nil || !s.Open() {
			return s, err
		}
	}
	_, err := o.subscriptions.CreateSubscription(ctx, orderRequest(s))
	return s, err
}

func orderRequest(s records.Submission) *customerv1.CreateSubscriptionRequest {
	return &customerv1.CreateSubscriptionRequest{
		CustomerId: s.Order.CustomerID, ProductId: s.Order.ProductID, PartnerId: s.PartnerID, Seats: s.Seats, UnitPrice: contract.Money(s.UnitPrice),
		UpliftBps: int32(s.Order.Uplift), TermMonths: int32(s.Months), EndDate: stubEnd(s), Billing: contract.ProtoBilling(s.Billing),
		StartDate: s.Term.Start.String(), SubscriptionId: s.SubscriptionID, RequestId: s.ID,
	}
}

// follow looks the customer up again that was merged into another since.
func (o ordering) follow(ctx context.Context, s records.Submission, refusal *fault.Error) (records.Submission, bool, error) {
	if refusal.Reason != "CUSTOMER_MERGED" {
		return s, false, nil
	}
	s, err := o.withCustomer(ctx, s)
	return s, true, err
}

// withCustomer finds or creates the customer that an order is for. It is stored
// before it is used: whoever carries on must repeat the same request.
func (o ordering) withCustomer(ctx context.Context, s records.Submission) (records.Submission, error) {
	customerID, err := o.customerOf(auth.ActFor(ctx, ""), s)
	if err != nil {
		return s, err
	}
	if err := o.at(beforeCustomer); err != nil {
		return s, err
	}
	var current records.Submission
	err = o.store.InTx(ctx, func(tx *postgres.Store) (err error) {
		if current, err = tx.SubmissionForUpdate(ctx, s.ID); err != nil || !current.Open() {
			return err
		}
		if current.Order.CustomerID != s.Order.CustomerID { // another driver was here
			return nil
		}
		current.Order.CustomerID = customerID
		return tx.SaveSubmissionCustomer(ctx, s.ID, customerID)
	})
	if err != nil {
		return s, err
	}
	return current, o.at(afterCustomer)
}

const domainTaken fault.Reason = "DOMAIN_TAKEN"

// customerOf returns the customer of the order's domain, who is created if there
// is none. Of two orders at once one creates it, and the other finds it.
func (o ordering) customerOf(ctx context.Context, s records.Submission) (string, error) {
	found, err := o.knownCustomer(ctx, s.Order.Domain)
	if err != nil || found != nil {
		return found.GetCustomerId(), err
	}
	if s.Order.Customer == nil {
		return "", fmt.Errorf("the customer of %s, who was known when it was ordered, is not found", s.Order.Domain)
	}
	created, err := o.customers.CreateCustomer(ctx, customerRequest(s))
	if refusal, ok := fault.Of(rpcerr.FromStatus(err)); ok && refusal.Reason == domainTaken {
		if found, err = o.knownCustomer(ctx, s.Order.Domain); err == nil && found == nil {
			err = errUndecided
		}
		return found.GetCustomerId(), err
	}
	return created.GetCustomerId(), err
}

func customerRequest(s records.Submission) *customerv1.CreateCustomerRequest {
	c := s.Order.Customer
	return &customerv1.CreateCustomerRequest{
		Customer: &customerv1.Customer{
			DisplayName: c.Name, PrimaryDomain: s.Order.Domain, CountryCode: c.Country, TimeZone: c.TimeZone,
			Segment: customerv1.Segment(customerv1.Segment_value[segmentEnum+c.Segment]),
			Sector:  customerv1.Sector(customerv1.Sector_value["SECTOR_"+c.Sector]),
		},
		RequestId: s.ID + ":customer",
	}
}

func (o ordering) shown(s records.Submission, c contract.Contract) bool {
	first, there := c.Starting(s.Term.Start)
	return there && first.BookedBy == s.ID
}

func (o ordering) words(_ records.Submission, refusal *fault.Error) *fault.Error {
	return asFault(inOrder(refusal))
}

// keep stores the relationship that the order begins, and has partner told. One
// that is there already, as the order seemed to be lost, stays in its place.
func (o ordering) keep(ctx context.Context, tx *postgres.Store, booked records.Submission) (records.Submission, error) {
	begun := records.Relationship{Relationship: booked.Begins()}
	all, err := tx.RelationshipsOf(ctx, begun.SubscriptionID)
	if err != nil {
		return booked, err
	}
	for _, r := range all[begun.SubscriptionID] { // oldest first
		if r.From.After(begun.From) && begun.Until.IsZero() {
			begun.Until = r.From // a transfer was faster
		}
	}
	kept, _, err := o.start(caller.AsItself(ctx), tx, begun)
	if err != nil {
		return booked, err
	}
	booked.Calculation.RelationshipID = kept.ID
	return booked, o.jobs.RecordOrder(ctx, tx.Tx(), booked.ID)
}
