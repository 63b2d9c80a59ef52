package transfers

import (
	"crypto/sha256"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of consents.
var (
	ErrTokenUnknown      = fault.New("NOT_FOUND", "there is no such request for consent")
	ErrConsentExpired    = fault.New("CONSENT_EXPIRED", "the time to consent is over")
	ErrConsentMissing    = fault.New("CONSENT_MISSING", "the customer has not consented")
	ErrContactAuthorised = fault.New("CONTACT_NOT_AUTHORISED", "the contact may not consent for the customer")
	ErrContactDomain     = fault.New("CONTACT_DOMAIN_MISMATCH", "the contact's address is in none of the customer's domains")
)

// Inquiry is a request for consent to one contact, by one token.
type Inquiry struct {
	TransferID   ID
	CustomerID   string
	CustomerName string
	ContactID    string
	Hash         [sha256.Size]byte // of the token
	MintTime     time.Time
	SentTime     time.Time     // zero until the mail has been handed over
	ExpireDate   calendar.Date // the token's last day
}

// Inquire returns the inquiry of t's token made today. The token is good for
// the days of the policy, and not longer than t is open.
func (t Transfer) Inquire(i Inquiry, today calendar.Date, p code.Policy) Inquiry {
	i.TransferID = t.ID
	i.ExpireDate = calendar.Min(today.AddDays(int(p.ConsentDays)), t.ExpireDate)
	return i
}

// Live returns ErrConsentExpired after the token's last day.
func (i Inquiry) Live(today calendar.Date) error {
	if !today.After(i.ExpireDate) {
		return nil
	}
	return ErrConsentExpired.Because("the link was good until "+i.ExpireDate.String(), "expire_date", i.ExpireDate.String())
}

// MailsSince returns the first day whose mails count today against the limit.
func MailsSince(today calendar.Date, p code.Policy) calendar.Date {
	return today.AddDays(-int(p.ConsentMailDays))
}

// MayMail reports whether one more mail may go out after so many that count.
func MayMail(sent int, p code.Policy) bool { return sent < int(p.ConsentMails) }
