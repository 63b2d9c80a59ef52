package payouts

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/partner/internal/banking"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about payout accounts.
var (
	ErrNotFound       = fault.New("NOT_FOUND", "there is no such payout account")
	ErrInvalid        = fault.New("REQUEST_INVALID", "the payout account is not described as it must be")
	ErrStateInvalid   = fault.New("STATE_INVALID", "the payout account is not in a state that allows this")
	ErrSameDecider    = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrReasonRequired = fault.New("REASON_TEXT_REQUIRED", "a reason in words is required")
	ErrMissing        = fault.New("PAYOUT_ACCOUNT_MISSING", "there is no account that the payout can go to")
)

// ID names an account.
type ID string

// State is where an account stands.
type State string

// The states.
const (
	Proposed State = "PROPOSED"
	Approved State = "APPROVED"
	Rejected State = "REJECTED"
	Closed   State = "CLOSED"
)

// Account is a partner's account as everyone may see it: without its number.
type Account struct {
	ID          ID              `json:"id"`
	PartnerID   partners.ID     `json:"partner_id"`
	Currency    money.Currency  `json:"currency"`
	Holder      string          `json:"holder"`
	Country     string          `json:"country"`
	Scheme      banking.Scheme  `json:"scheme"`
	Hint        string          `json:"hint"`      // the end of the number
	BankCode    string          `json:"bank_code"` // may be empty
	BIC         string          `json:"bic"`       // may be empty
	State       State           `json:"state"`
	Proposer    string          `json:"proposer"`     // subject of a token
	Approver    string          `json:"approver"`     // likewise; empty until approved
	ApproveDate calendar.Date   `json:"approve_date"` // no date until approved
	UsableFrom  calendar.Date   `json:"usable_from"`  // likewise
	Code        code.ID         `json:"code"`         // the version that it was approved under
	Note        string          `json:"note"`         // why it was rejected or closed
	Revision    revision.Number `json:"revision"`
	CreateTime  time.Time       `json:"create_time"`
	ApproveTime time.Time       `json:"approve_time"` // zero until approved
	EndTime     time.Time       `json:"end_time"`     // when it was rejected or closed
}

// Destination is an account with its number, for whoever pays out.
type Destination struct {
	Account
	Number banking.Number `json:"-"`
}

// Proposal is the deed of proposing an account.
type Proposal struct {
	Currency string
	Holder   string
	Bank     banking.Written
	By       string // subject of the person's token
	At       time.Time
}

// Propose returns a new account of a partner, as it waits for a second person,
// or partners.ErrNotSelling, ErrInvalid, CURRENCY_UNSUPPORTED and what
// [banking.Written.Read] returns.
func Propose(of partners.Partner, p Proposal) (Destination, error) {
	if !of.Type.Selling() || of.ID == partners.Direct {
		return Destination{}, partners.ErrNotSelling.Because(
			fmt.Sprintf("partner %s is of type %s, which earns no margin", of.ID, of.Type), "type", string(of.Type)).On("partner_id")
	}
	currency, err := money.ParseCurrency(p.Currency)
	if err != nil {
		return Destination{}, fault.At("currency_code", err)
	}
	holder := strings.TrimSpace(p.Holder)
	if err := checkHolder(holder); err != nil {
		return Destination{}, err
	}
	bank, err := p.Bank.Read()
	if err != nil {
		return Destination{}, err
	}
	return Destination{Number: bank.Number, Account: Account{
		PartnerID: of.ID, Currency: currency, Holder: holder,
		Country: bank.Country, Scheme: bank.Scheme, Hint: bank.Number.Hint(), BankCode: bank.BankCode, BIC: bank.BIC,
		State: Proposed, Proposer: p.By, Revision: 1, CreateTime: p.At,
	}}, nil
}

// longestHolder is what payments carry of a name.
const longestHolder = 70

func checkHolder(name string) error {
	if name == "" || utf8.RuneCountInString(name) > longestHolder || strings.ContainsFunc(name, unicode.IsControl) {
		return ErrInvalid.Because(fmt.Sprintf("holder_name must have 1 to %d characters on one line", longestHolder)).On("holder_name")
	}
	return nil
}

// Query says which accounts to list: those before an id, which is newest first.
// An empty filter matches all.
type Query struct {
	Before   ID
	Partner  partners.ID
	Currency string
	State    State
	Limit    int
}
