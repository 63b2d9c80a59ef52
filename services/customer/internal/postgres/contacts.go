package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
)

func scanContact(row pgx.CollectableRow) (k customers.Contact, err error) {
	err = row.Scan(&k.ID, &k.Customer, &k.Name, &k.Email, &k.Signatory, &k.CreateTime)
	k.CreateTime = k.CreateTime.UTC()
	return k, err
}

// Contact returns customers.ErrContactNotFound when it is not there any more.
func (s *Store) Contact(ctx context.Context, id customers.ContactID) (customers.Contact, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT contact_id, customer_id, display_name, email, authorised_signatory, create_time
		FROM contacts
		WHERE contact_id = $1`, id) // CollectExactlyOneRow returns the error
	k, err := pgx.CollectExactlyOneRow(rows, scanContact)
	return k, missing(err, customers.ErrContactNotFound, "read contact")
}

// Contacts returns up to limit contacts of a customer after an address, in the
// order of their addresses.
func (s *Store) Contacts(ctx context.Context, id customers.ID, after string, limit int) ([]customers.Contact, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT contact_id, customer_id, display_name, email, authorised_signatory, create_time
		FROM contacts
		WHERE customer_id = $1 AND email > $2
		ORDER BY email
		LIMIT $3`, id, after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanContact)
	return list, explain(err, "list contacts")
}

// AllContacts returns a customer's contacts in the order of their addresses.
func (s *Store) AllContacts(ctx context.Context, id customers.ID) ([]customers.Contact, error) {
	const all = 1 << 30
	return s.Contacts(ctx, id, "", all)
}

// InsertContact stores a new contact, or returns customers.ErrContactTaken.
func (s *Store) InsertContact(ctx context.Context, k customers.Contact) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO contacts (contact_id, customer_id, display_name, email, authorised_signatory, create_time)
		VALUES (@contact_id, @customer_id, @display_name, @email, @authorised_signatory, @create_time)`, pgx.StrictNamedArgs{
		"contact_id": k.ID, "customer_id": k.Customer, "display_name": k.Name, "email": k.Email,
		"authorised_signatory": k.Signatory, "create_time": k.CreateTime,
	})
	return explain(err, "insert contact")
}

// DeleteContact deletes a contact, or returns customers.ErrContactNotFound.
func (s *Store) DeleteContact(ctx context.Context, customer customers.ID, id customers.ContactID) error {
	tag, err := s.tx.Exec(ctx, `
		DELETE FROM contacts
		WHERE customer_id = $1 AND contact_id = $2`, customer, id)
	if err == nil && tag.RowsAffected() == 0 {
		return customers.ErrContactNotFound
	}
	return explain(err, "delete contact")
}

// MoveContacts gives a customer's contacts to another. Of two contacts with one
// address, the other's stays.
func (s *Store) MoveContacts(ctx context.Context, from, to customers.ID) error {
	_, err := s.tx.Exec(ctx, `
		DELETE FROM contacts k
		USING contacts other
		WHERE k.customer_id = $1 AND other.customer_id = $2 AND other.email = k.email`, from, to)
	if err != nil {
		return explain(err, "drop doubled contacts")
	}
	_, err = s.tx.Exec(ctx, `
		UPDATE contacts
		SET customer_id = $2
		WHERE customer_id = $1`, from, to)
	return explain(err, "move contacts")
}
