package app

import (
	"context"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/codes"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// orderGrounds is what a decision about an order rests on, read fresh for each.
type orderGrounds struct {
	wish     NewOrder
	partner  string
	domain   string               // as domains are compared
	today    calendar.Date        // the vendor's: of price list, rate card and agreement
	customer *customerv1.Customer // nil if the vendor does not know the domain
	familyID string
	price    money.Amount // per seat and year
	uplift   money.Bps
	terms    selling.Terms
	cards    []margin.RateCard
	code     codes.Version // in force today

	evaluation *partnerv1.OrderEvaluation
	visible    bool // whether the caller may see the verdict
	buyer      buyer
	start      calendar.Date

	// failed is why there can be no decision. It is not told to those who repeat
	// an answered call.
	failed error
}

// errProductUnknown refuses an order for what is not on the catalogue.
var errProductUnknown = fault.New("PRODUCT_UNKNOWN", "there is no such product")

// lookUpOrder reads the grounds of an order. What it reads, it reads as itself:
// the customer need not be the partner's yet, and cards are the vendor's own.
func (a *App) lookUpOrder(ctx context.Context, o NewOrder) orderGrounds {
	g := orderGrounds{wish: o, today: a.today()}
	ctx = pg.WithScope(auth.ActFor(ctx, ""), pg.System())
	for _, read := range [...]func(context.Context, *orderGrounds) error{a.readSeller, a.readOffer, a.readCustomer, a.readConduct} {
		if g.failed = inOrder(read(ctx, &g)); g.failed != nil {
			break
		}
	}
	return g
}

// inOrder names a refused field as the request has it: within the order.
func inOrder(err error) error {
	const prefix = "order."
	refusal, ok := fault.Of(err)
	if !ok || refusal.Field == "" || strings.HasPrefix(refusal.Field, prefix) {
		return err
	}
	return refusal.On(prefix + refusal.Field)
}

// readSeller finds out who sells, and whether it may. A partner that has
// absorbed others orders in its own name.
func (a *App) readSeller(ctx context.Context, g *orderGrounds) (err error) {
	if g.partner, err = caller.Seller(ctx, g.wish.PartnerID); err != nil {
		return err
	}
	if caller, _ := auth.From(ctx); caller.PartnerID != "" {
		g.partner = caller.PartnerID
	}
	g.terms, err = a.loadTerms(ctx, sellerOn{g.partner, g.today})
	if refusal, ok := fault.Of(err); ok && refusal.Is(selling.ErrNoPartner) {
		return selling.ErrNoPartner.On("partner_id")
	}
	if err != nil {
		return err
	}
	return g.terms.Check(g.today)
}

// readOffer finds out what is sold, for how much and at which rates.
func (a *App) readOffer(ctx context.Context, g *orderGrounds) error {
	product, err := a.catalogue.GetProduct(ctx, &customerv1.GetProductRequest{ProductId: g.wish.ProductID})
	if refusal, ok := fault.Of(rpcerr.FromStatus(err)); ok && refusal.Is(selling.ErrNoPartner) {
		return errProductUnknown.Because(fmt.Sprintf("there is no product %.60q; list the products to see which there are", g.wish.ProductID)).On("product_id")
	}
	if err != nil {
		return fmt.Errorf("product %s: %w", g.wish.ProductID, err)
	}
	g.familyID = product.GetFamilyId()
	price, err := a.catalogue.FindPrice(ctx, &customerv1.FindPriceRequest{
		ProductId: g.wish.ProductID, CurrencyCode: string(g.wish.Currency), Seats: g.wish.Seats, OnDate: g.today.String(),
	})
	if err != nil {
		return fmt.Errorf("price of %s: %w", g.wish.ProductID, err)
	}
	if g.price, err = contract.Amount(price.GetUnitPrice()); err != nil {
		return fmt.Errorf("price %s: %w", price.GetPriceId(), err)
	}
	g.uplift = money.Bps(price.GetUpliftBps())
	if g.cards, err = a.loadCards(ctx, struct{}{}); err != nil {
		return err
	}
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return err
	}
	g.code = policies.At(g.today)
	return nil
}

// readCustomer finds out whether the vendor knows the customer.
func (a *App) readCustomer(ctx context.Context, g *orderGrounds) error {
	name, err := domain.Parse(g.wish.Domain)
	if err != nil {
		return fault.At("domain", err)
	}
	g.domain = string(name)
	g.customer, err = a.knownCustomer(ctx, g.domain)
	return err
}

// knownCustomer returns the customer that has a domain, or nil.
func (a *App) knownCustomer(ctx context.Context, domain string) (*customerv1.Customer, error) {
	found, err := a.customers.LookupCustomer(ctx, &customerv1.LookupCustomerRequest{Domain: domain})
	if refusal, ok := fault.Of(rpcerr.FromStatus(err)); ok && refusal.Is(selling.ErrNoPartner) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("customer of %s: %w", domain, err)
	}
	return found, nil
}
