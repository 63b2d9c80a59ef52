package app

import (
	"context"
	"fmt"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// mostAtOnce is how many customers one call of customer returns.
const mostAtOnce = 1000

// registrant returns the customer behind a domain with its group, as far as
// they are known. It calls customer and must not be called within a
// transaction.
func (a *App) registrant(ctx context.Context, name domain.Name) (registrations.Customer, error) {
	c := registrations.Customer{Domains: []domain.Name{name}}
	found, err := a.lookUp(ctx, string(name))
	if err != nil || !found.Found {
		return c, err
	}
	c.IDs = []string{found.Customer.ID}
	c.Domains = append(c.Domains, names(found.Customer.Domains)...)
	if c.Group = found.Customer.GroupID; c.Group == "" {
		return c, nil
	}
	group, err := a.peers.Customers.GetGroup(ctx, &customerv1.GetGroupRequest{GroupId: c.Group})
	if err != nil {
		return c, fmt.Errorf("group of customer %s: %w", found.Customer.ID, err)
	}
	for ids := range slices.Chunk(group.GetCustomerIds(), mostAtOnce) {
		members, err := a.peers.Customers.BatchGetCustomers(ctx, &customerv1.BatchGetCustomersRequest{CustomerIds: ids})
		if err != nil {
			return c, fmt.Errorf("members of group %s: %w", c.Group, err)
		}
		for _, member := range members.GetCustomers() {
			c.IDs = append(c.IDs, member.GetCustomerId())
			c.Domains = append(c.Domains, names(member.GetDomains())...)
		}
	}
	return c, nil
}

func names(texts []string) []domain.Name {
	all := make([]domain.Name, len(texts))
	for i, text := range texts {
		all[i] = domain.Name(text)
	}
	return all
}

// namedByOrder is an order that names a registration.
type namedByOrder struct {
	Registration registrations.ID
	Partner      partners.ID // that orders
	Domain       domain.Name // of the customer
	Family       string
	On           calendar.Date // the day of the order
	SubmissionID string        // empty for a preview
}

// registrationFor returns the registration that an order can convert, as it
// stands on the order's day: registrations.ErrNotFound for another partner's,
// and what [registrations.Registration.CheckOrder] refuses with. It calls
// customer and must not be called within a transaction.
func (a *App) registrationFor(ctx context.Context, o namedByOrder) (found registrations.Registration, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if found, err = tx.Registration(ctx, o.Registration); err != nil {
			return err
		}
		merged, err := tx.MergedNames(ctx)
		if err == nil && !merged.Same(found.PartnerID, o.Partner) {
			return registrations.ErrNotFound
		}
		return err
	})
	if err != nil {
		return registrations.Registration{}, err
	}
	customer, err := a.registrant(ctx, o.Domain)
	if err != nil {
		return registrations.Registration{}, err
	}
	err = found.CheckOrder(registrations.Order{SubmissionID: o.SubmissionID, Customer: customer, FamilyID: o.Family, On: o.On})
	return found.Seen(o.On), err
}

// convertRegistration marks a registration as what an order came of, in the
// transaction that records the order. Doing it again for the same submission
// changes nothing. It runs in the scope of the vendor.
func (a *App) convertRegistration(ctx context.Context, tx *postgres.Store, id registrations.ID, submissionID string) (registrations.Registration, error) {
	current, err := tx.RegistrationForUpdate(ctx, id)
	if err != nil {
		return registrations.Registration{}, err
	}
	converted, err := current.Convert(submissionID)
	if err != nil || converted.Revision == current.Revision {
		return converted, err
	}
	return converted, a.saveRegistration(ctx, tx, "deal_registration.converted", converted)
}
