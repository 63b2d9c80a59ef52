package rpc_test

import (
	"context"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// addContact stores a contact of a customer.
func (d *customerDouble) addContact(id, customer, email string, authorised bool) *customerv1.Contact {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &customerv1.Contact{ContactId: id, CustomerId: customer, DisplayName: id, Email: email, AuthorisedSignatory: authorised}
	d.contacts = append(d.contacts, c)
	return c
}

// with changes what is stored.
func (d *customerDouble) with(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *customerDouble) GetCustomer(_ context.Context, r *customerv1.GetCustomerRequest) (*customerv1.Customer, error) {
	return one(d, func(c *customerv1.Customer) bool { return c.GetCustomerId() == r.GetCustomerId() }, d.customers)
}

func (d *customerDouble) ListContacts(_ context.Context, r *customerv1.ListContactsRequest) (*customerv1.ListContactsResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	response := &customerv1.ListContactsResponse{}
	for _, c := range d.contacts {
		if c.GetCustomerId() == r.GetCustomerId() {
			response.Contacts = append(response.Contacts, proto.CloneOf(c))
		}
	}
	return response, nil
}

// ReassignSubscription keeps the promises of the commit point: each request id
// once, and the refusals of the contract.
func (d *customerDouble) ReassignSubscription(_ context.Context, r *customerv1.ReassignSubscriptionRequest) (*customerv1.Subscription, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.before != nil {
		if err := d.before(); err != nil {
			return nil, err
		}
	}
	sub, err := d.reassign(r)
	if err == nil && d.after != nil {
		err = d.after()
	}
	return sub, err
}

func (d *customerDouble) reassign(r *customerv1.ReassignSubscriptionRequest) (*customerv1.Subscription, error) {
	at := slices.IndexFunc(d.subscriptions, func(s *customerv1.Subscription) bool { return s.GetSubscriptionId() == r.GetSubscriptionId() })
	if at < 0 {
		return nil, fault.New("NOT_FOUND", "there is no such subscription")
	}
	sub := d.subscriptions[at]
	if earlier, done := d.reassigned[r.GetRequestId()]; done {
		if !proto.Equal(earlier, r) {
			return nil, fault.New("IDEMPOTENCY_KEY_REUSED", "another request")
		}
		return proto.CloneOf(sub), nil
	}
	serving := slices.IndexFunc(sub.GetPartnersOfRecord(), func(p *customerv1.PartnerOfRecord) bool {
		return p.GetFromDate() <= r.GetEffectiveDate() && (p.GetUntilDate() == "" || r.GetEffectiveDate() < p.GetUntilDate())
	})
	switch {
	case sub.GetState() == customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED:
		return nil, fault.New("SUBSCRIPTION_CANCELLED", "it is cancelled")
	case serving < 0 || sub.GetPartnersOfRecord()[serving].GetPartnerId() != r.GetExpectedPartnerId():
		return nil, fault.New("PARTNER_CHANGED", "another partner serves it")
	case sub.GetPartnersOfRecord()[serving].GetFromDate() == r.GetEffectiveDate():
		return nil, fault.New("DATE_INVALID", "the partner begins on that day")
	}
	relieved := sub.GetPartnersOfRecord()[serving]
	next := &customerv1.PartnerOfRecord{
		PartnerId: r.GetPartnerId(), FromDate: r.GetEffectiveDate(), UntilDate: relieved.GetUntilDate(), TransferId: r.GetTransferId(),
	}
	relieved.UntilDate = r.GetEffectiveDate()
	sub.PartnersOfRecord = slices.Insert(sub.GetPartnersOfRecord(), serving+1, next)
	if d.reassigned == nil {
		d.reassigned = map[string]*customerv1.ReassignSubscriptionRequest{}
	}
	d.reassigned[r.GetRequestId()] = proto.CloneOf(r)
	return proto.CloneOf(sub), nil
}

// catalogueDouble sells two products of one family.
type catalogueDouble struct {
	customerv1.UnimplementedCatalogueServiceServer
}

func (catalogueDouble) ListProductFamilies(context.Context, *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	return &customerv1.ListProductFamiliesResponse{ProductFamilies: []*customerv1.ProductFamily{{FamilyId: "email-security"}}}, nil
}

func (catalogueDouble) ListProducts(context.Context, *customerv1.ListProductsRequest) (*customerv1.ListProductsResponse, error) {
	return &customerv1.ListProductsResponse{Products: []*customerv1.Product{{ProductId: "mail", DisplayName: "Mail Security", FamilyId: "email-security"}}}, nil
}

// recorder notes the calls that go over a connection, and how large the answers
// are.
type recorder struct {
	grpc.ClientConnInterface

	mu    sync.Mutex
	calls []call
}

type call struct {
	method string
	found  int // subscriptions in the answer
}

// Invoke makes the call.
func (r *recorder) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	err := r.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
	made := call{method: method}
	if list, ok := reply.(*customerv1.ListSubscriptionsResponse); ok {
		made.found = len(list.GetSubscriptions())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, made)
	return err
}

// take returns the calls since the last time, ordered by their methods: some go
// out at the same time.
func (r *recorder) take() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	slices.SortFunc(calls, func(a, b call) int { return len(a.method) - len(b.method) })
	return calls
}

// consentPage is where the tests' links lead to.
const consentPage = "https://partners.test/consent/"

// outbox keeps what customers' contacts are sent.
type outbox struct {
	mu    sync.Mutex
	mails []app.ConsentRequest
	sent  chan struct{} // closed with the first mail, if there is one
	fail  error         // what the next mail meets
}

// SendConsentRequest keeps r.
func (o *outbox) SendConsentRequest(_ context.Context, r app.ConsentRequest) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.fail; err != nil {
		o.fail = nil
		return err
	}
	if o.mails = append(o.mails, r); o.sent != nil && len(o.mails) == 1 {
		close(o.sent)
	}
	return nil
}

// all returns the mails so far.
func (o *outbox) all() []app.ConsentRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.mails)
}
