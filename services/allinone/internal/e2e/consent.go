package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// consentMail is what a customer's contact is sent, as the all-in-one writes it
// down.
type consentMail struct {
	Time    time.Time
	To      string
	Partner string // its name
	Token   string
}

// patience is how long a mail may take.
const patience = 20 * time.Second

// Signatory gives the contract's customer a contact that may consent for it, and
// returns the customer's domain and the contact's address.
func (s *System) Signatory(t testing.TB, c Contract) (domain, address string) {
	t.Helper()
	channel, customers := s.As(t, s.Person("channel-one")), customerv1.NewCustomerServiceClient(s.Conn("customer"))
	customer, err := customers.GetCustomer(channel, &customerv1.GetCustomerRequest{CustomerId: c.CustomerID})
	if err != nil {
		t.Fatalf("customer %s: %v", c.CustomerID, err)
	}
	contact, err := customers.CreateContact(channel, &customerv1.CreateContactRequest{
		CustomerId: c.CustomerID, RequestId: NewKey(),
		Contact: &customerv1.Contact{DisplayName: "IT", Email: "it@" + customer.PrimaryDomain, AuthorisedSignatory: true},
	})
	if err != nil {
		t.Fatalf("create a contact: %v", err)
	}
	return customer.PrimaryDomain, contact.Email
}

// ConsentToken is the token in the mail that asks an address for its consent to
// a transfer. It waits for the mail.
func (s *System) ConsentToken(t testing.TB, to, transferID string) string {
	t.Helper()
	channel := s.As(t, s.Person("channel-one"))
	transfer, err := partnerv1.NewTransferServiceClient(s.Conn("partner")).GetTransfer(channel, &partnerv1.GetTransferRequest{TransferId: transferID})
	if err != nil {
		t.Fatalf("transfer %s: %v", transferID, err)
	}
	challenger, err := partnerv1.NewPartnerServiceClient(s.Conn("partner")).GetPartner(channel, &partnerv1.GetPartnerRequest{PartnerId: transfer.PartnerId})
	if err != nil {
		t.Fatalf("partner %s: %v", transfer.PartnerId, err)
	}
	until, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		mails, err := read[consentMail](s.ConsentLog)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.To == to && m.Partner == challenger.DisplayName && !m.Time.Before(transfer.CreateTime.AsTime()) {
				return m.Token
			}
		}
		select {
		case <-until:
			t.Fatalf("%s got no mail about %s in %s", to, transferID, patience)
		case <-again.C:
		}
	}
}

// read returns all mails that were ever sent. A line that is being written is
// left for the next time.
func read[M any](log string) ([]M, error) {
	file, err := os.Open(log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var mails []M
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return mails, nil //nolint:nilerr // the end, or a line that is not finished
		}
		var m M
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("%s: %w", log, err)
		}
		mails = append(mails, m)
	}
}
