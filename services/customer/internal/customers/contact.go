package customers

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals about contacts.
var (
	ErrContactNotFound = fault.New("NOT_FOUND", "there is no such contact")
	ErrContactTaken    = fault.New("ALREADY_EXISTS", "the customer has a contact with this address")
	ErrContactDomain   = fault.New("CONTACT_DOMAIN_MISMATCH", "the address is in none of the customer's domains")
)

// ContactID identifies a contact.
type ContactID string

// Contact is a person at a customer: personal data, which goes into no log and
// no event.
type Contact struct {
	ID         ContactID `json:"id"`
	Customer   ID        `json:"customer"`
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	Signatory  bool      `json:"signatory,omitempty"`
	CreateTime time.Time `json:"create_time"`
}

// Introduce checks a new contact of the customer and brings its address into
// the form in which addresses are compared. It refuses with ErrMerged,
// ErrInvalid or ErrContactDomain.
func (c Customer) Introduce(contact Contact) (Contact, error) {
	if err := c.Living(); err != nil {
		return Contact{}, err
	}
	local, written, found := cutLast(strings.TrimSpace(contact.Email), "@")
	host, err := domain.ParseHost(written)
	if !found || local == "" || err != nil {
		return Contact{}, ErrInvalid.Because("the address is not one of e-mail; write it as name@example.com").On("email")
	}
	contact.Customer = c.ID
	contact.Name = strings.TrimSpace(contact.Name)
	contact.Email = strings.ToLower(local) + "@" + string(host)
	if err := contact.belongs(c); err != nil {
		return Contact{}, onField(err, "email")
	}
	return contact, nil
}

// belongs returns ErrContactDomain unless the address is in a domain of c.
func (k Contact) belongs(c Customer) error {
	_, host, _ := cutLast(k.Email, "@")
	if c.HasDomain(Domain(host)) {
		return nil
	}
	return ErrContactDomain.Because(fmt.Sprintf("customer %s has no domain %s, in which a contact's address is", c.ID, host),
		"customer_id", string(c.ID), "domain", host)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
