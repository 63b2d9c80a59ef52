// Package load brings the demonstration book into a fresh Holdfast through the
// same public contracts that a vendor uses when it moves its own book over:
// catalogue, partners and agreements, the first policies and the payout accounts
// (each proposed by one person and approved by another), the bulk import, and
// the agreed margins, and what customers have said before, with its reports.
//
// Every request carries an idempotency key made of the book's seed, and the
// import goes on where it stands, so an interrupted load is simply repeated.
package load

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Target is the Holdfast to load into.
type Target struct {
	Customer, Partner, Commission grpc.ClientConnInterface
	// Tokens of the people who decide. Two, as policies need two, and one of
	// finance, as payout accounts do.
	First, Second, Finance string
	// Today is the day that the book is of.
	Today calendar.Date
}

// Progress is told how many of how many steps are done.
type Progress func(done, of int, doing string)

// Client is an API client of one of the partners, with its secret.
type Client struct {
	PartnerID string `json:"partner_id"`
	ID        string `json:"client_id"`
	Secret    string `json:"client_secret"`
}

// Book loads a book and returns API clients for the partners that have been
// asked for.
func Book(ctx context.Context, t Target, book *demo.Book, seed uint64, partners []string, progress Progress) ([]Client, error) {
	l := &loader{Target: t, book: book, seed: seed, progress: progress, total: len(book.Partners) + len(book.Customers) + 2*len(book.Subscriptions) + book.AnswerCount()}
	for _, step := range []func(context.Context) error{l.catalogue, l.code, l.rateCard, l.partners, l.imports, l.contacts, l.answers, l.margins} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return l.clients(ctx, partners)
}

type loader struct {
	Target
	book     *demo.Book
	seed     uint64
	progress Progress
	done     int
	total    int
}

func (l *loader) advance(n int, doing string) {
	l.done += n
	l.progress(l.done, l.total, doing)
}

// key makes the idempotency key of a step.
func (l *loader) key(step string, args ...any) string {
	return fmt.Sprintf("demo-%d-", l.seed) + fmt.Sprintf(step, args...)
}

func as(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func (l *loader) catalogue(ctx context.Context) error {
	ctx = as(ctx, l.First)
	catalogue := customerv1.NewCatalogueServiceClient(l.Customer)
	for _, f := range demo.Families {
		if _, err := catalogue.CreateProductFamily(ctx, &customerv1.CreateProductFamilyRequest{ProductFamily: f, RequestId: l.key("family-%s", f.FamilyId)}); err != nil {
			return fmt.Errorf("create product family %s: %w", f.FamilyId, err)
		}
	}
	prices := demo.Prices()
	for _, p := range demo.Products {
		if _, err := catalogue.CreateProduct(ctx, &customerv1.CreateProductRequest{Product: p, RequestId: l.key("product-%s", p.ProductId)}); err != nil {
			return fmt.Errorf("create product %s: %w", p.ProductId, err)
		}
		for i, price := range prices[p.ProductId] {
			if _, err := catalogue.CreatePrice(ctx, &customerv1.CreatePriceRequest{ProductId: p.ProductId, Price: price, RequestId: l.key("price-%s-%d", p.ProductId, i)}); err != nil {
				return fmt.Errorf("create price of %s: %w", p.ProductId, err)
			}
		}
	}
	if _, err := catalogue.CreateFxSet(ctx, &customerv1.CreateFxSetRequest{FxSet: demo.FxSet(), RequestId: l.key("fx")}); err != nil {
		return fmt.Errorf("create the set of exchange rates: %w", err)
	}
	l.advance(0, "catalogue")
	return nil
}

// code puts the first version of the code of practice in force, with its
// default numbers.
func (l *loader) code(ctx context.Context) error {
	codes := partnerv1.NewCodeServiceClient(l.Partner)
	version, err := codes.CreateCodeVersion(as(ctx, l.First), &partnerv1.CreateCodeVersionRequest{
		CodeVersion: &partnerv1.CodeVersion{DisplayName: "The founding code of practice", EffectiveDate: "2010-01-01"},
		RequestId:   l.key("code"),
	})
	if err != nil {
		return fmt.Errorf("create the code of practice: %w", err)
	}
	if _, err := codes.ProposeCodeVersion(as(ctx, l.First), &partnerv1.ProposeCodeVersionRequest{CodeVersionId: version.CodeVersionId, RequestId: l.key("code-propose")}); err != nil {
		return fmt.Errorf("propose the code of practice: %w", err)
	}
	if _, err := codes.ApproveCodeVersion(as(ctx, l.Second), &partnerv1.ApproveCodeVersionRequest{CodeVersionId: version.CodeVersionId, RequestId: l.key("code-approve")}); err != nil {
		return fmt.Errorf("approve the code of practice: %w", err)
	}
	return nil
}

// rateCard puts the present card in force. Margins agreed under earlier ones
// come along as locks.
func (l *loader) rateCard(ctx context.Context) error {
	cards := commissionv1.NewRateCardServiceClient(l.Commission)
	draft := &commissionv1.RateCard{DisplayName: "The card in force", EffectiveDate: "2010-01-01"}
	for kind := partnerv1.PartnerType_PARTNER_TYPE_RESELLER; kind <= partnerv1.PartnerType_PARTNER_TYPE_DISTRIBUTOR; kind++ {
		draft.Rates = append(draft.Rates, &commissionv1.Rate{PartnerType: kind, MarginBps: int32(demo.CardRates[kind])})
	}
	card, err := cards.CreateRateCard(as(ctx, l.First), &commissionv1.CreateRateCardRequest{RateCard: draft, RequestId: l.key("card")})
	if err != nil {
		return fmt.Errorf("create the rate card: %w", err)
	}
	if _, err := cards.ProposeRateCard(as(ctx, l.First), &commissionv1.ProposeRateCardRequest{RateCardId: card.RateCardId, RequestId: l.key("card-propose")}); err != nil {
		return fmt.Errorf("propose the rate card: %w", err)
	}
	if _, err := cards.ApproveRateCard(as(ctx, l.Second), &commissionv1.ApproveRateCardRequest{RateCardId: card.RateCardId, RequestId: l.key("card-approve")}); err != nil {
		return fmt.Errorf("approve the rate card: %w", err)
	}
	return nil
}

// contacts gives the customers of the README's examples somebody who may
// consent to a change of partner.
func (l *loader) contacts(ctx context.Context) error {
	ctx = as(ctx, l.First)
	customers := customerv1.NewCustomerServiceClient(l.Customer)
	for _, domain := range demo.SignatoryDomains() {
		found, err := customers.LookupCustomer(ctx, &customerv1.LookupCustomerRequest{Domain: domain})
		if err != nil {
			return fmt.Errorf("look up %s: %w", domain, err)
		}
		contact := &customerv1.Contact{DisplayName: "Head of IT", Email: demo.Signatory(domain), AuthorisedSignatory: true}
		if _, err := customers.CreateContact(ctx, &customerv1.CreateContactRequest{
			CustomerId: found.CustomerId, Contact: contact, RequestId: l.key("contact-%s", domain),
		}); err != nil {
			return fmt.Errorf("create a contact of %s: %w", domain, err)
		}
	}
	return nil
}

// clients creates an API client for each of the partners. A client that an
// interrupted load has created before gets a new secret.
func (l *loader) clients(ctx context.Context, partners []string) ([]Client, error) {
	ctx = as(ctx, l.First)
	service := partnerv1.NewApiClientServiceClient(l.Partner)
	var clients []Client
	for _, p := range partners {
		created, err := service.CreateApiClient(ctx, &partnerv1.CreateApiClientRequest{PartnerId: p, DisplayName: "Portal", RequestId: l.key("client-%s", p)})
		if err != nil {
			return nil, fmt.Errorf("create the API client of %s: %w", p, err)
		}
		if created.ClientSecret == "" {
			id := created.ApiClient.ClientId
			if created, err = service.RotateApiClient(ctx, &partnerv1.RotateApiClientRequest{ClientId: id, RequestId: l.key("rotate-%s-%s", p, created.ApiClient.Etag)}); err != nil {
				return nil, fmt.Errorf("rotate the API client of %s: %w", p, err)
			}
		}
		clients = append(clients, Client{PartnerID: p, ID: created.ApiClient.ClientId, Secret: created.ClientSecret})
	}
	return clients, nil
}
