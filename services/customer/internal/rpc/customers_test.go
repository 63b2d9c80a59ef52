package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

func TestCreateCustomer_AnswersWhatIsStored(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	request := &customerv1.CreateCustomerRequest{Customer: acme(), RequestId: rid()}
	request.Customer.Domains = []string{"Bücher.example"}
	created, err := c.CreateCustomer(h.ctx, request)
	must(t, err)
	want := acme()
	want.Domains = []string{"acme-legal.example", "xn--bcher-kva.example"}
	if diff := cmp.Diff(want, created, protocmp.Transform(), protocmp.IgnoreFields(want, "customer_id", "etag", "create_time", "update_time")); diff != "" {
		t.Error(diff)
	}
	read, err := c.GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: created.GetCustomerId()})
	must(t, err)
	looked, err := c.LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: "mail.bücher.example"})
	must(t, err)
	again, err := c.CreateCustomer(h.ctx, request)
	must(t, err)
	for _, got := range []*customerv1.Customer{read, looked, again} {
		if !proto.Equal(created, got) {
			t.Error(cmp.Diff(created, got, protocmp.Transform()))
		}
	}
	request = proto.CloneOf(request)
	request.Customer.DisplayName = "Other"
	_, err = c.CreateCustomer(h.ctx, request)
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED")
}

func TestUpdateCustomer_ChangesTheMaskedFields(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	group, err := c.CreateGroup(h.ctx, &customerv1.CreateGroupRequest{Group: &customerv1.Group{DisplayName: "Acme Group"}, RequestId: rid()})
	must(t, err)
	before := h.customer("one.example")
	updated, err := c.UpdateCustomer(h.ctx, &customerv1.UpdateCustomerRequest{
		Customer: &customerv1.Customer{
			CustomerId: before.GetCustomerId(), Etag: before.GetEtag(), DisplayName: "New", GroupId: group.GetGroupId(), Domains: []string{"two.example"},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name", "group_id", "domains"}}, RequestId: rid(),
	})
	must(t, err)
	if updated.GetDisplayName() != "New" || updated.GetCountryCode() != "GB" || len(updated.GetDomains()) != 2 || updated.GetEtag() == before.GetEtag() {
		t.Errorf("got %v", updated)
	}
	members, err := c.GetGroup(h.ctx, &customerv1.GetGroupRequest{GroupId: group.GetGroupId()})
	must(t, err)
	groups, err := c.ListGroups(h.ctx, &customerv1.ListGroupsRequest{})
	must(t, err)
	if len(members.GetCustomerIds()) != 1 || len(groups.GetGroups()) != 1 || groups.GetGroups()[0].GetDisplayName() != "Acme Group" {
		t.Errorf("got %v and %v", members, groups)
	}
}

func TestMergeCustomers_MovesEverything(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.customers(channel)
	s := h.subscription()
	into := h.customer("lasting.example")
	ended, err := c.GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: s.GetCustomerId()})
	must(t, err)
	for _, r := range []*customerv1.CreateContactRequest{
		contact(ended.GetCustomerId(), "anna@"+ended.GetPrimaryDomain()), contact(into.GetCustomerId(), "bob@lasting.example"),
	} {
		_, err := c.CreateContact(h.ctx, r)
		must(t, err)
	}
	request := &customerv1.MergeCustomersRequest{
		CustomerId: ended.GetCustomerId(), IntoCustomerId: into.GetCustomerId(), ValidateOnly: true, RequestId: rid(),
	}
	_, err = c.MergeCustomers(h.ctx, request)
	must(t, err)
	if still, err := c.GetCustomer(h.ctx, &customerv1.GetCustomerRequest{CustomerId: ended.GetCustomerId()}); err != nil || still.GetMergedInto() != "" {
		t.Fatalf("validate_only merged: %v, %v", still, err)
	}
	request = &customerv1.MergeCustomersRequest{CustomerId: ended.GetCustomerId(), IntoCustomerId: into.GetCustomerId(), RequestId: rid()}
	merged, err := c.MergeCustomers(h.ctx, request)
	must(t, err)
	found, err := c.LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: ended.GetPrimaryDomain()})
	must(t, err)
	contacts, err := c.ListContacts(h.ctx, &customerv1.ListContactsRequest{CustomerId: into.GetCustomerId()})
	must(t, err)
	moved, err := h.subscriptions(channel).GetSubscription(h.ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: s.GetSubscriptionId()})
	must(t, err)
	if found.GetCustomerId() != into.GetCustomerId() || len(merged.GetDomains()) != 2 || len(contacts.GetContacts()) != 2 ||
		moved.GetCustomerId() != into.GetCustomerId() || moved.GetRevision() != 2 {
		t.Errorf("got %v, %v, %v, %v", found, merged, contacts, moved)
	}
}

func TestLookupCustomer_FindsWhoLastedByEveryDomain(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	draft := acme()
	draft.Domains = []string{"alias.example"}
	first, err := h.customers(commission).CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: draft, RequestId: rid()})
	must(t, err)
	second, third := h.customer("second.example"), h.customer("third.example")
	for _, pair := range [][2]*customerv1.Customer{{first, second}, {second, third}} {
		_, err := c.MergeCustomers(h.ctx, &customerv1.MergeCustomersRequest{
			CustomerId: pair[0].GetCustomerId(), IntoCustomerId: pair[1].GetCustomerId(), RequestId: rid(),
		})
		must(t, err)
	}
	for _, service := range []auth.Caller{commission, partner} {
		for _, domain := range []string{"acme-legal.example", "alias.example", "mail.second.example", "third.example"} {
			found, err := h.customers(service).LookupCustomer(h.ctx, &customerv1.LookupCustomerRequest{Domain: domain})
			must(t, err)
			if found.GetCustomerId() != third.GetCustomerId() {
				t.Errorf("%s finds %s, want %s", domain, found.GetDisplayName(), third.GetDisplayName())
			}
		}
	}
}

func TestListCustomers_PagesByNameWhateverTheCase(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	for domain, name := range map[string]string{"a.example": "beta", "b.example": "Alpha", "c.example": "Beta", "d.example": "gamma", "e.example": "Ölmühle"} {
		draft := acme()
		draft.PrimaryDomain, draft.DisplayName = domain, name
		_, err := c.CreateCustomer(h.ctx, &customerv1.CreateCustomerRequest{Customer: draft, RequestId: rid()})
		must(t, err)
	}
	var names []string
	request := &customerv1.ListCustomersRequest{PageSize: 2}
	for {
		page, err := c.ListCustomers(h.ctx, request)
		must(t, err)
		for _, found := range page.GetCustomers() {
			names = append(names, found.GetDisplayName())
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if len(names) != 5 || names[0] != "Alpha" || names[3] != "gamma" || names[4] != "Ölmühle" {
		t.Errorf("got %v", names)
	}
	prefixed, err := c.ListCustomers(h.ctx, &customerv1.ListCustomersRequest{NamePrefix: "BE", CountryCode: "GB", Segment: customerv1.Segment_SEGMENT_MID_MARKET, Sector: customerv1.Sector_SECTOR_LEGAL})
	must(t, err)
	if len(prefixed.GetCustomers()) != 2 {
		t.Errorf("got %v", prefixed)
	}
	_, err = c.ListCustomers(h.ctx, &customerv1.ListCustomersRequest{PageToken: request.GetPageToken() + "x", NamePrefix: "B"})
	wantReason(t, err, "PAGE_TOKEN_INVALID page_token")
}

func TestContacts_AreListedAndDeleted(t *testing.T) {
	h := start(t)
	c := h.customers(channel)
	id := h.customer("one.example").GetCustomerId()
	var last *customerv1.Contact
	for _, email := range []string{"c@one.example", "a@one.example", "b@one.example"} {
		var err error
		last, err = c.CreateContact(h.ctx, contact(id, email))
		must(t, err)
	}
	first, err := c.ListContacts(h.ctx, &customerv1.ListContactsRequest{CustomerId: id, PageSize: 2})
	must(t, err)
	rest, err := c.ListContacts(h.ctx, &customerv1.ListContactsRequest{CustomerId: id, PageSize: 2, PageToken: first.GetNextPageToken()})
	must(t, err)
	if first.GetContacts()[0].GetEmail() != "a@one.example" || len(rest.GetContacts()) != 1 || rest.GetNextPageToken() != "" {
		t.Errorf("got %v and %v", first, rest)
	}
	gone := &customerv1.DeleteContactRequest{CustomerId: id, ContactId: last.GetContactId(), RequestId: rid()}
	for range 2 { // the second is the same request again
		_, err = c.DeleteContact(h.ctx, gone)
		must(t, err)
	}
	_, err = c.DeleteContact(h.ctx, &customerv1.DeleteContactRequest{CustomerId: id, ContactId: last.GetContactId(), RequestId: rid()})
	wantReason(t, err, "NOT_FOUND")
}

func TestBatchGetCustomers_KeepsTheOrderAndLeavesOutWhatIsNot(t *testing.T) {
	h := start(t)
	a, b := h.customer("a.example").GetCustomerId(), h.customer("b.example").GetCustomerId()
	got, err := h.customers(channel).BatchGetCustomers(h.ctx, &customerv1.BatchGetCustomersRequest{CustomerIds: []string{b, "cus_0", a}})
	must(t, err)
	if len(got.GetCustomers()) != 2 || got.GetCustomers()[0].GetCustomerId() != b || got.GetCustomers()[1].GetCustomerId() != a {
		t.Errorf("got %v", got)
	}
}

func TestCatalogue_IsReadByPartners(t *testing.T) {
	h := start(t)
	h.stock()
	finance, partner := h.catalogue(admin), h.catalogue(softcat)
	for _, p := range []*customerv1.Price{
		{MinSeats: 1, UnitPrice: gbp("120"), ValidFrom: "2025-01-01"}, {MinSeats: 250, UnitPrice: gbp("100.5"), ValidFrom: "2025-01-01", UpliftBps: 500},
	} {
		_, err := finance.CreatePrice(h.ctx, &customerv1.CreatePriceRequest{ProductId: "gateway", Price: p, RequestId: rid()})
		must(t, err)
	}
	set, err := finance.CreateFxSet(h.ctx, &customerv1.CreateFxSetRequest{RequestId: rid(), FxSet: &customerv1.FxSet{
		ValidFrom: "2025-01-01", BaseCurrency: "USD", Rates: []*customerv1.FxRate{{CurrencyCode: "JPY", Rate: "0.0067"}, {CurrencyCode: "GBP", Rate: "1.2731"}},
	}})
	must(t, err)

	found, err := partner.FindPrice(h.ctx, &customerv1.FindPriceRequest{ProductId: "gateway", CurrencyCode: "GBP", Seats: 300, OnDate: "2025-06-01"})
	must(t, err)
	prices, err := partner.ListPrices(h.ctx, &customerv1.ListPricesRequest{ProductId: "gateway", PageSize: 1})
	must(t, err)
	more, err := partner.ListPrices(h.ctx, &customerv1.ListPricesRequest{ProductId: "gateway", PageSize: 1, PageToken: prices.GetNextPageToken()})
	must(t, err)
	products, err := partner.ListProducts(h.ctx, &customerv1.ListProductsRequest{FamilyId: "email-security"})
	must(t, err)
	families, err := partner.ListProductFamilies(h.ctx, &customerv1.ListProductFamiliesRequest{})
	must(t, err)
	inForce, err := partner.FindFxSet(h.ctx, &customerv1.FindFxSetRequest{OnDate: "2026-01-01"})
	must(t, err)
	read, err := partner.GetFxSet(h.ctx, &customerv1.GetFxSetRequest{FxSetId: set.GetFxSetId()})
	must(t, err)
	if prices.GetPrices()[0].GetUpliftBps() != 0 || !proto.Equal(more.GetPrices()[0], found) || found.GetUpliftBps() != 500 {
		t.Errorf("the uplifts: got %v, %v, %v", prices, more, found)
	}
	if found.GetUnitPrice().GetAmount() != "100.50" || len(more.GetPrices()) != 1 || more.GetPrices()[0].GetPriceId() != found.GetPriceId() ||
		len(products.GetProducts()) != 1 || len(families.GetProductFamilies()) != 1 {
		t.Errorf("got %v, %v, %v, %v", found, more, products, families)
	}
	if !proto.Equal(read, inForce) || read.GetRates()[0].GetRate() != "1.27310000" {
		t.Errorf("got %v and %v", read, inForce)
	}
}
