package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// Contract is a subscription that a test makes for itself: 200 seats at 120.00
// pounds a year, raised by 5 %, whose first year ends in DueIn days. With a
// LockedBps the margin is an agreed one, otherwise that of the card.
type Contract struct {
	Partner   string
	DueIn     int
	LockedBps int32

	Due            calendar.Date
	CustomerID     string
	SubscriptionID string
	RenewalID      string
}

// Today is the date on the machine's clock, in the time zone of the tests'
// customers and the vendor.
func Today(testing.TB) calendar.Date { return dateAt(time.Now()) }

// Sign makes the contract real: a customer of its own, the subscription, and
// the agreed margin.
func (s *System) Sign(t testing.TB, c Contract) Contract {
	t.Helper()
	c.Due = s.clock.Today().AddDays(c.DueIn)
	start := c.Due.AddMonths(-12)
	for start.AddMonths(12) != c.Due { // no such day a year before
		c.Due = c.Due.AddDays(1)
		start = c.Due.AddMonths(-12)
	}
	channel := s.As(t, s.Person("channel-one"))
	name := strings.TrimPrefix(ident.New("cus_"), "cus_")
	customer, err := customerv1.NewCustomerServiceClient(s.Conn("customer")).CreateCustomer(channel, &customerv1.CreateCustomerRequest{
		Customer: &customerv1.Customer{
			DisplayName: "Test " + name, PrimaryDomain: name + ".example", Segment: customerv1.Segment_SEGMENT_MID_MARKET,
			Sector: customerv1.Sector_SECTOR_LEGAL, CountryCode: "GB", TimeZone: "Europe/London",
		},
		RequestId: NewKey(),
	})
	if err != nil {
		t.Fatalf("create a customer: %v", err)
	}
	subscription, err := customerv1.NewSubscriptionServiceClient(s.Conn("customer")).CreateSubscription(channel, &customerv1.CreateSubscriptionRequest{
		CustomerId: customer.CustomerId, ProductId: "email-gateway", PartnerId: c.Partner, Seats: 200,
		UnitPrice: &typev1.Money{CurrencyCode: "GBP", Amount: "120.00"}, UpliftBps: 500, TermMonths: 12,
		Billing: customerv1.Billing_BILLING_PREPAID, StartDate: start.String(), RequestId: NewKey(),
	})
	if err != nil {
		t.Fatalf("create a subscription: %v", err)
	}
	c.CustomerID, c.SubscriptionID = customer.CustomerId, subscription.SubscriptionId
	c.RenewalID = fmt.Sprintf("rnw_%s_%s", strings.TrimPrefix(c.SubscriptionID, "sub_"), strings.ReplaceAll(c.Due.String(), "-", ""))
	if c.LockedBps != 0 {
		s.agree(t, c)
	}
	return c
}

// agree brings the agreed margin in.
func (s *System) agree(t testing.TB, c Contract) {
	t.Helper()
	answer, err := commissionv1.NewMarginServiceClient(s.Conn("commission")).BatchImportRelationships(
		s.As(t, s.Person("channel-one")), &commissionv1.BatchImportRelationshipsRequest{
			Relationships: []*commissionv1.RelationshipImport{{SubscriptionId: c.SubscriptionID, PartnerId: c.Partner, LockedBps: c.LockedBps}},
			RequestId:     NewKey(),
		})
	if err != nil || answer.Results[0].GetError() != nil {
		t.Fatalf("import a margin: %v, %v", answer, err)
	}
}

// NewKey makes an idempotency key.
func NewKey() string { return ident.New("key_") }
