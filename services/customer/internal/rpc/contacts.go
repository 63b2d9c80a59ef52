package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *customerService) CreateContact(ctx context.Context, r *customerv1.CreateContactRequest) (*customerv1.Contact, error) {
	created, err := s.app.CreateContact(ctx, customers.Contact{
		Customer: customers.ID(r.GetCustomerId()), Name: r.GetContact().GetDisplayName(),
		Email: r.GetContact().GetEmail(), Signatory: r.GetContact().GetAuthorisedSignatory(),
	})
	return answer(contactProto, created, within("contact", err))
}

// contactKey is the place of a contact in a list.
type contactKey struct {
	Email string `json:"e"`
}

func (s *customerService) ListContacts(ctx context.Context, r *customerv1.ListContactsRequest) (*customerv1.ListContactsResponse, error) {
	var after contactKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListContacts(ctx, app.ContactQuery{Customer: customers.ID(r.GetCustomerId()), After: after.Email, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(k customers.Contact) any { return contactKey{k.Email} })
	return &customerv1.ListContactsResponse{Contacts: each(found, contactProto), NextPageToken: next}, nil
}

func (s *customerService) DeleteContact(ctx context.Context, r *customerv1.DeleteContactRequest) (*customerv1.DeleteContactResponse, error) {
	err := s.app.DeleteContact(ctx, customers.ID(r.GetCustomerId()), customers.ContactID(r.GetContactId()))
	return &customerv1.DeleteContactResponse{}, err
}

func contactProto(k customers.Contact) *customerv1.Contact {
	return &customerv1.Contact{
		ContactId: string(k.ID), CustomerId: string(k.Customer), DisplayName: k.Name, Email: k.Email,
		AuthorisedSignatory: k.Signatory, CreateTime: instant(k.CreateTime),
	}
}
