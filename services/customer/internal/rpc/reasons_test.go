package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// refusal is a call that must be refused.
type refusal struct {
	name string
	want string // reason and field
	call func() error
}

func expectRefusals(t *testing.T, list []refusal) {
	t.Helper()
	for _, r := range list {
		t.Run(r.name, func(t *testing.T) { wantReason(t, r.call(), r.want) })
	}
}

func TestCustomers_RefuseByReason(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	one, two, gone := h.customer("one.example"), h.customer("two.example"), h.customer("gone.example")
	_, err := c.MergeCustomers(h.ctx, &customerv1.MergeCustomersRequest{CustomerId: gone.GetCustomerId(), IntoCustomerId: one.GetCustomerId(), RequestId: rid()})
	must(t, err)
	_, err = c.CreateContact(h.ctx, contact(one.GetCustomerId(), "anna@gone.example"))
	must(t, err)

	create := func(spoil func(*customerv1.Customer)) func() error {
		return func() error {
			draft := acme()
			spoil(draft)
			_, err := c.CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: draft, RequestId: rid()})
			return err
		}
	}
	update := func(id, etag string, draft *customerv1.Customer, paths ...string) func() error {
		return func() error {
			draft = proto.CloneOf(draft)
			draft.CustomerId, draft.Etag = id, etag
			_, err := c.UpdateCustomer(h.ctx, &customerv1.UpdateCustomerRequest{Customer: draft, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}, RequestId: rid()})
			return err
		}
	}
	merge := func(from, into string) func() error {
		return func() error {
			_, err := c.MergeCustomers(h.ctx, &customerv1.MergeCustomersRequest{CustomerId: from, IntoCustomerId: into, RequestId: rid()})
			return err
		}
	}
	addContact := func(id, email string) func() error {
		return func() error { _, err := c.CreateContact(h.ctx, contact(id, email)); return err }
	}
	list := func(r *customerv1.ListCustomersRequest) func() error {
		return func() error { _, err := c.ListCustomers(h.ctx, r); return err }
	}
	expectRefusals(t, []refusal{
		{"no customer", "REQUEST_INVALID customer", func() error {
			_, err := c.CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{RequestId: rid()})
			return err
		}},
		{"no request id", "IDEMPOTENCY_KEY_REQUIRED request_id", func() error {
			_, err := c.CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: acme()})
			return err
		}},
		{"no name", "REQUEST_INVALID customer.display_name", create(func(c *customerv1.Customer) { c.DisplayName = "" })},
		{"a bad domain", "DOMAIN_INVALID customer.primary_domain", create(func(c *customerv1.Customer) { c.PrimaryDomain = "co.uk" })},
		{"a bad second domain", "DOMAIN_INVALID customer.domains[0]", create(func(c *customerv1.Customer) { c.Domains = []string{"x"} })},
		{"another's domain", "DOMAIN_TAKEN customer.domains", create(func(c *customerv1.Customer) { c.Domains = []string{"two.example"} })},
		{"no segment", "REQUEST_INVALID customer.segment", create(func(c *customerv1.Customer) { c.Segment = 0 })},
		{"no country", "COUNTRY_UNKNOWN customer.country_code", create(func(c *customerv1.Customer) { c.CountryCode = "" })},
		{"a country that is none", "COUNTRY_UNKNOWN customer.country_code", create(func(c *customerv1.Customer) { c.CountryCode = "XX" })},
		{"a country in small letters", "COUNTRY_UNKNOWN customer.country_code", create(func(c *customerv1.Customer) { c.CountryCode = "gb" })},
		{"a zone that is none", "TIME_ZONE_INVALID customer.time_zone", create(func(c *customerv1.Customer) { c.TimeZone = "Mars" })},
		{"a group that is none", "NOT_FOUND customer.group_id", create(func(c *customerv1.Customer) { c.GroupId = "grp_0" })},
		{"a zero character", "REQUEST_INVALID customer.external_id", create(func(c *customerv1.Customer) { c.ExternalId = "a\x00" })},
		{"no such customer", "NOT_FOUND", update("cus_0", "", acme(), "sector")},
		{"another etag", "ETAG_MISMATCH", update(two.GetCustomerId(), "r0", acme(), "sector")},
		{"no mask", "UPDATE_MASK_INVALID update_mask", update(two.GetCustomerId(), "", acme())},
		{"a mask of what is fixed", "UPDATE_MASK_INVALID update_mask", update(two.GetCustomerId(), "", acme(), "customer_id")},
		{"an updated domain of another", "DOMAIN_TAKEN customer.domains",
			update(two.GetCustomerId(), "", &customerv1.Customer{Domains: []string{"one.example"}}, "domains")},
		{"a domain that a contact is in", "CONTACT_DOMAIN_MISMATCH customer.domains", update(one.GetCustomerId(), "", &customerv1.Customer{}, "domains")},
		{"an update of a merged customer", "CUSTOMER_MERGED", update(gone.GetCustomerId(), "", acme(), "sector")},
		{"a merger with itself", "REQUEST_INVALID into_customer_id", merge(one.GetCustomerId(), one.GetCustomerId())},
		{"a merger of a merged customer", "CUSTOMER_MERGED", merge(gone.GetCustomerId(), two.GetCustomerId())},
		{"a merger into nobody", "NOT_FOUND", merge(one.GetCustomerId(), "cus_0")},
		{"a contact elsewhere", "CONTACT_DOMAIN_MISMATCH contact.email", addContact(one.GetCustomerId(), "anna@elsewhere.example")},
		{"a contact twice", "ALREADY_EXISTS contact.email", addContact(one.GetCustomerId(), "Anna@Gone.example")},
		{"a contact without address", "REQUEST_INVALID contact.email", addContact(one.GetCustomerId(), "anna")},
		{"a contact of nobody", "NOT_FOUND", addContact("cus_0", "anna@one.example")},
		{"a lookup of nonsense", "DOMAIN_INVALID", func() error {
			_, err := c.LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: "com"})
			return err
		}},
		{"a lookup of nobody's domain", "NOT_FOUND", func() error {
			_, err := c.LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: "nobody.example"})
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID page_size", list(&customerv1.ListCustomersRequest{PageSize: -1})},
		{"a made-up token", "PAGE_TOKEN_INVALID page_token", list(&customerv1.ListCustomersRequest{PageToken: "x"})},
		{"a zero character in a filter", "REQUEST_INVALID", list(&customerv1.ListCustomersRequest{NamePrefix: "a\x00"})},
		{"an unknown group", "NOT_FOUND", func() error {
			_, err := c.GetGroup(h.ctx, &customerv1.GetGroupRequest{GroupId: "grp_0"})
			return err
		}},
		{"a partner that creates", "PERMISSION_DENIED", func() error {
			_, err := h.customers(softcat).CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: acme(), RequestId: rid()})
			return err
		}},
	})
}

func contact(id, email string) *customerv1.CreateContactRequest {
	return &customerv1.CreateContactRequest{CustomerId: id, Contact: &customerv1.Contact{DisplayName: "Anna", Email: email}, RequestId: rid()}
}

func TestCatalogue_RefusesByReason(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.catalogue(admin)
	price := func(product string, spoil func(*customerv1.Price)) func() error {
		return func() error {
			p := &customerv1.Price{MinSeats: 1, UnitPrice: gbp("120.00"), ValidFrom: "2025-01-01"}
			spoil(p)
			_, err := c.CreatePrice(h.ctx, &customerv1.CreatePriceRequest{ProductId: product, Price: p, RequestId: rid()})
			return err
		}
	}
	money := func(code, amount string) func(*customerv1.Price) {
		return func(p *customerv1.Price) { p.UnitPrice = &typev1.Money{CurrencyCode: code, Amount: amount} }
	}
	fx := func(set *customerv1.FxSet) func() error {
		return func() error {
			_, err := c.CreateFxSet(h.ctx, &customerv1.CreateFxSetRequest{FxSet: set, RequestId: rid()})
			return err
		}
	}
	product := func(id, family string) func() error {
		return func() error {
			_, err := c.CreateProduct(h.ctx, &customerv1.CreateProductRequest{
				Product: &customerv1.Product{ProductId: id, DisplayName: "P", FamilyId: family}, RequestId: rid(),
			})
			return err
		}
	}
	find := func(currency string, on string) func() error {
		return func() error {
			_, err := c.FindPrice(h.ctx, &customerv1.FindPriceRequest{ProductId: "gateway", CurrencyCode: currency, Seats: 1, OnDate: on})
			return err
		}
	}
	must(t, price("gateway", func(*customerv1.Price) {})())
	must(t, fx(&customerv1.FxSet{ValidFrom: "2025-01-01", BaseCurrency: "USD", Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "1.27"}}})())
	expectRefusals(t, []refusal{
		{"a family twice", "ALREADY_EXISTS product_family.family_id", func() error {
			_, err := c.CreateProductFamily(h.ctx, &customerv1.CreateProductFamilyRequest{
				ProductFamily: &customerv1.ProductFamily{FamilyId: "email-security", DisplayName: "E"}, RequestId: rid(),
			})
			return err
		}},
		{"a product twice", "ALREADY_EXISTS product.product_id", product("gateway", "email-security")},
		{"a product of no family", "FAMILY_UNKNOWN product.family_id", product("archive", "archiving")},
		{"no such product", "NOT_FOUND", func() error {
			_, err := c.GetProduct(h.ctx, &customerv1.GetProductRequest{ProductId: "archive"})
			return err
		}},
		{"a price twice", "PRICE_OVERLAPS price.valid_from", price("gateway", func(*customerv1.Price) {})},
		{"a price of no product", "NOT_FOUND", price("archive", func(*customerv1.Price) {})},
		{"a negative price", "AMOUNT_NEGATIVE price.unit_price", price("gateway", money("GBP", "-1"))},
		{"no number", "AMOUNT_INVALID price.unit_price", price("gateway", money("GBP", "much"))},
		{"too many digits", "AMOUNT_TOO_PRECISE price.unit_price", price("gateway", money("JPY", "1.0"))},
		{"too much", "AMOUNT_OUT_OF_RANGE price.unit_price", price("gateway", money("GBP", "10000000000000.01"))},
		{"gold", "CURRENCY_UNSUPPORTED price.unit_price", price("gateway", money("XAU", "1"))},
		{"a currency in small letters", "CURRENCY_UNSUPPORTED price.unit_price.currency_code", price("gateway", money("gbp", "1"))},
		{"no seats", "SEATS_NOT_POSITIVE price.min_seats", price("gateway", func(p *customerv1.Price) { p.MinSeats = 0 })},
		{"no such day", "DATE_INVALID price.valid_from", price("gateway", func(p *customerv1.Price) { p.ValidFrom = "2023-02-29" })},
		{"an uplift of 101 %", "UPLIFT_BPS_OUT_OF_RANGE price.uplift_bps", price("gateway", func(p *customerv1.Price) { p.UpliftBps = 10_100 })},
		{"no price yet", "PRICE_NOT_FOUND", find("GBP", "2024-12-31")},
		{"no price in a currency", "PRICE_NOT_FOUND", find("EUR", "2025-01-01")},
		{"a price in nonsense", "CURRENCY_UNSUPPORTED currency_code", find("EURO", "2025-01-01")},
		{"a price on no day", "DATE_INVALID on_date", find("GBP", "")},
		{"a set twice", "ALREADY_EXISTS fx_set.valid_from", fx(&customerv1.FxSet{ValidFrom: "2025-01-01", BaseCurrency: "USD"})},
		{"a rate twice", "REQUEST_INVALID fx_set.rates[1].currency_code", fx(&customerv1.FxSet{ValidFrom: "2025-02-01", BaseCurrency: "USD",
			Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "1"}, {CurrencyCode: "GBP", Rate: "2"}}})},
		{"a rate of nothing", "REQUEST_INVALID fx_set.rates[0].rate", fx(&customerv1.FxSet{ValidFrom: "2025-02-01", BaseCurrency: "USD",
			Rates: []*customerv1.FxRate{{CurrencyCode: "GBP", Rate: "0"}}})},
		{"no set yet", "NOT_FOUND", func() error {
			_, err := c.FindFxSet(h.ctx, &customerv1.FindFxSetRequest{OnDate: "2024-12-31"})
			return err
		}},
	})
}

func TestContracts_RefuseByReason(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.subscriptions(commission)
	s, cancelled, gone, lasting := h.subscription(), h.subscription(), h.customer("gone.example"), h.customer("lasting.example")
	_, err := h.subscriptions(channel).CancelSubscription(h.ctx, &customerv1.CancelSubscriptionRequest{
		SubscriptionId: cancelled.GetSubscriptionId(), EffectiveDate: cancelled.GetTermEndDate(), Cause: customerv1.CancellationCause_CANCELLATION_CAUSE_CUSTOMER, RequestId: rid(),
	})
	must(t, err)
	_, err = h.customers(channel).MergeCustomers(h.ctx, &customerv1.MergeCustomersRequest{
		CustomerId: gone.GetCustomerId(), IntoCustomerId: lasting.GetCustomerId(), RequestId: rid(),
	})
	must(t, err)
	taken := order(lasting.GetCustomerId())
	taken.ExternalId = "S-1"
	_, err = c.CreateSubscription(h.ctx, taken)
	must(t, err)

	next := order(lasting.GetCustomerId())
	next.StartDate = day(5)
	coming, err := c.CreateSubscription(h.ctx, next)
	must(t, err)

	create := func(spoil func(*customerv1.CreateSubscriptionRequest)) func() error {
		return func() error {
			r := order(lasting.GetCustomerId())
			spoil(r)
			_, err := c.CreateSubscription(h.ctx, r)
			return err
		}
	}
	renew := func(s *customerv1.Subscription, spoil func(*customerv1.RenewSubscriptionRequest)) func() error {
		return func() error {
			r := renewal(s)
			r.Etag = ""
			spoil(r)
			_, err := c.RenewSubscription(h.ctx, r)
			return err
		}
	}
	seats := func(spoil func(*customerv1.ChangeSeatsRequest)) func() error {
		return func() error {
			r := &customerv1.ChangeSeatsRequest{
				SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(1), Seats: 300, RequestId: rid(),
			}
			spoil(r)
			_, err := c.ChangeSeats(h.ctx, r)
			return err
		}
	}
	reassign := func(spoil func(*customerv1.ReassignSubscriptionRequest)) func() error {
		return func() error {
			r := &customerv1.ReassignSubscriptionRequest{
				SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: day(1), RequestId: rid(),
			}
			spoil(r)
			_, err := h.subscriptions(partner).ReassignSubscription(h.ctx, r)
			return err
		}
	}
	list := func(r *customerv1.ListSubscriptionsRequest) func() error {
		return func() error { _, err := c.ListSubscriptions(h.ctx, r); return err }
	}
	type (
		C = customerv1.CreateSubscriptionRequest
		R = customerv1.RenewSubscriptionRequest
		S = customerv1.ChangeSeatsRequest
		P = customerv1.ReassignSubscriptionRequest
	)
	expectRefusals(t, []refusal{
		{"no such customer", "NOT_FOUND customer_id", create(func(r *C) { r.CustomerId = "cus_0" })},
		{"a merged customer", "CUSTOMER_MERGED", create(func(r *C) { r.CustomerId = gone.GetCustomerId() })},
		{"no such product", "PRODUCT_UNKNOWN product_id", create(func(r *C) { r.ProductId = "archive" })},
		{"what is no partner", "REQUEST_INVALID partner_id", create(func(r *C) { r.PartnerId = "Soft Cat" })},
		{"an external id twice", "ALREADY_EXISTS external_id", create(func(r *C) { r.ExternalId = "S-1" })},
		{"18 months", "TERM_UNSUPPORTED term_months", create(func(r *C) { r.TermMonths = 18 })},
		{"no seats", "SEATS_NOT_POSITIVE seats", create(func(r *C) { r.Seats = 0 })},
		{"an uplift of 101 %", "UPLIFT_BPS_OUT_OF_RANGE uplift_bps", create(func(r *C) { r.UpliftBps = 10_100 })},
		{"a negative price", "AMOUNT_NEGATIVE unit_price", create(func(r *C) { r.UnitPrice = gbp("-1") })},
		{"a net beyond range", "AMOUNT_OUT_OF_RANGE unit_price", create(func(r *C) { r.Seats, r.UnitPrice = 1_000_000, gbp("1000000000.00") })},
		{"neither months nor an end", "TERM_UNSUPPORTED term_months", create(func(r *C) { r.TermMonths = 0 })},
		{"months and an end", "COTERM_DATE_OUT_OF_RANGE end_date", create(func(r *C) { r.EndDate = day(60) })},
		{"a stub that ends before it begins", "COTERM_DATE_OUT_OF_RANGE end_date", create(func(r *C) { r.TermMonths, r.EndDate = 0, "2020-01-01" })},
		{"a stub of four years", "COTERM_DATE_OUT_OF_RANGE end_date", create(func(r *C) { r.TermMonths, r.EndDate = 0, day(3*365+60) })},
		{"a stub that ends on no day", "DATE_INVALID end_date", create(func(r *C) { r.TermMonths, r.EndDate = 0, "soon" })},
		{"an id that is taken", "ALREADY_EXISTS subscription_id", create(func(r *C) { r.SubscriptionId = s.GetSubscriptionId() })},
		{"an id of another kind", "REQUEST_INVALID subscription_id", create(func(r *C) { r.SubscriptionId = "cus_" + s.GetSubscriptionId()[4:] })},
		{"an id that a person chooses", "PERMISSION_DENIED subscription_id", func() error {
			r := order(lasting.GetCustomerId())
			r.SubscriptionId = ident.New("sub_")
			_, err := h.subscriptions(channel).CreateSubscription(h.ctx, r)
			return err
		}},
		{"no day", "DATE_INVALID start_date", create(func(r *C) { r.StartDate = "soon" })},
		{"no billing", "REQUEST_INVALID billing", create(func(r *C) { r.Billing = 0 })},

		{"no such subscription", "NOT_FOUND", renew(s, func(r *R) { r.SubscriptionId = "sub_0" })},
		{"another etag", "ETAG_MISMATCH", renew(s, func(r *R) { r.Etag = "r0" })},
		{"another partner", "PARTNER_CHANGED", renew(s, func(r *R) { r.ExpectedPartnerId = "northwind" })},
		{"a cancelled subscription", "SUBSCRIPTION_CANCELLED", renew(cancelled, func(*R) {})},
		{"the running term", "TERM_ALREADY_RENEWED", renew(s, func(r *R) { r.StartDate = s.GetTermStartDate() })},
		{"a gap", "DATE_INVALID start_date", renew(s, func(r *R) { r.StartDate = day(60) })},
		{"another currency", "CURRENCY_MISMATCH unit_price", renew(s, func(r *R) { r.UnitPrice = &typev1.Money{CurrencyCode: "EUR", Amount: "1"} })},
		{"a renewal for 0 months", "TERM_UNSUPPORTED term_months", renew(s, func(r *R) { r.TermMonths = 0 })},
		{"a renewal for months until a day", "COTERM_DATE_OUT_OF_RANGE end_date", renew(s, func(r *R) { r.EndDate = day(60) })},
		{"a renewal until its start", "COTERM_DATE_OUT_OF_RANGE end_date", renew(s, func(r *R) { r.TermMonths, r.EndDate = 0, s.GetTermEndDate() })},
		{"a renewal until no day", "DATE_INVALID end_date", renew(s, func(r *R) { r.TermMonths, r.EndDate = 0, "soon" })},
		{"a renewal without seats", "SEATS_NOT_POSITIVE seats", renew(s, func(r *R) { r.Seats = -1 })},
		{"a renewal by a person", "PERMISSION_DENIED", func() error {
			_, err := h.subscriptions(channel).RenewSubscription(h.ctx, renewal(s))
			return err
		}},

		{"fewer seats", "SEAT_REDUCTION_AT_RENEWAL_ONLY seats", seats(func(r *S) { r.Seats = 199 })},
		{"seats after the term", "DATE_INVALID effective_date", seats(func(r *S) { r.EffectiveDate = day(60) })},
		{"seats in the past", "DATE_INVALID effective_date", seats(func(r *S) { r.EffectiveDate = day(-2) })},
		{"seats by another partner", "PARTNER_CHANGED", seats(func(r *S) { r.ExpectedPartnerId = "northwind" })},
		{"seats on another etag", "ETAG_MISMATCH", seats(func(r *S) { r.Etag = "r0" })},

		{"a transfer from another partner", "PARTNER_CHANGED", reassign(func(r *P) { r.ExpectedPartnerId = "third" })},
		{"a transfer to itself", "SAME_PARTNER partner_id", reassign(func(r *P) { r.PartnerId = "softcat" })},
		{"a transfer on no day", "DATE_INVALID effective_date", reassign(func(r *P) { r.EffectiveDate = "" })},
		{"a transfer in the past", "DATE_INVALID effective_date", reassign(func(r *P) { r.EffectiveDate = day(-2) })},
		{"a transfer from the first day", "DATE_INVALID effective_date", reassign(func(r *P) {
			r.SubscriptionId, r.EffectiveDate = coming.GetSubscriptionId(), coming.GetFirstStartDate()
		})},
		{"a transfer by a person", "PERMISSION_DENIED", func() error {
			_, err := h.subscriptions(channel).ReassignSubscription(h.ctx, &P{
				SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", PartnerId: "northwind", EffectiveDate: day(1), RequestId: rid(),
			})
			return err
		}},
		{"a transfer of a cancelled subscription", "SUBSCRIPTION_CANCELLED", reassign(func(r *P) { r.SubscriptionId = cancelled.GetSubscriptionId() })},

		{"a cancellation after the end", "DATE_INVALID effective_date", func() error {
			_, err := h.subscriptions(channel).CancelSubscription(h.ctx, &customerv1.CancelSubscriptionRequest{
				SubscriptionId: s.GetSubscriptionId(), EffectiveDate: day(365), Cause: customerv1.CancellationCause_CANCELLATION_CAUSE_FRAUD, RequestId: rid(),
			})
			return err
		}},
		{"a quote of another partner", "PARTNER_CHANGED", func() error {
			_, err := c.RecordQuote(h.ctx, &customerv1.RecordQuoteRequest{
				SubscriptionId: s.GetSubscriptionId(), PartnerId: "northwind", QuoteDate: day(0), RequestId: rid(),
			})
			return err
		}},
		{"nobody's day", "NOT_FOUND", func() error {
			_, err := c.GetPartnerOfRecord(h.ctx, &customerv1.GetPartnerOfRecordRequest{SubscriptionId: s.GetSubscriptionId(), AsOf: "2001-01-01"})
			return err
		}},
		{"a list from no day", "DATE_INVALID ends_from", list(&customerv1.ListSubscriptionsRequest{EndsFrom: "x"})},
		{"a list with a negative page", "PAGE_SIZE_INVALID page_size", list(&customerv1.ListSubscriptionsRequest{PageSize: -1})},
	})
	after, err := c.GetSubscription(h.ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: s.GetSubscriptionId()})
	must(t, err)
	if !proto.Equal(after, s) {
		t.Errorf("refusals changed the subscription:\n%v\n%v", s, after)
	}
}
