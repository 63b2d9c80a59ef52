package payout

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Due is the latest closed statement of a partner and currency, as it stands.
type Due struct {
	StatementID string
	PartnerID   string
	Document    string        // its number as a self-billed invoice, if it is one
	Month       calendar.Date // its first day
	Open        bool          // to be paid: neither carried, nor paid, nor being paid
	Closing     money.Amount
	Paid        money.Amount
	Held        money.Amount // by open disputes
	Minimum     money.Amount
	InBatch     string // whose payout pays it already
}

// left is what nobody has paid of the statement.
func (d Due) left() money.Amount {
	return money.Amount{Minor: d.Closing.Minor - d.Paid.Minor, Currency: d.Closing.Currency}
}

// Payable is what a payout would pay of the statement.
func (d Due) Payable() money.Amount {
	return money.Amount{Minor: d.left().Minor - d.Held.Minor, Currency: d.Closing.Currency}
}

// Account is where a payout goes. Masked is the end of its number.
type Account struct {
	ID     string `json:"id"`
	Masked string `json:"masked"`
	Holder string `json:"holder"`
}

// Obstacle is why a statement is not paid.
type Obstacle string

// The obstacles.
const (
	BelowMinimum    Obstacle = "BELOW_MINIMUM"
	Disputed        Obstacle = "DISPUTED"         // so that less than the minimum is left
	Carried         Obstacle = "CARRIED"          // to the next one, since so much was disputed at its close, or its payment came back
	InAnotherBatch  Obstacle = "IN_ANOTHER_BATCH" // or paid by it
	BatchFull       Obstacle = "BATCH_FULL"
	AccountMissing  Obstacle = "ACCOUNT_MISSING"
	AccountUnusable Obstacle = "ACCOUNT_UNUSABLE" // the holder's name can't be written for a bank
	AccountChanged  Obstacle = "ACCOUNT_CHANGED"  // since the proposal
	Superseded      Obstacle = "SUPERSEDED"       // likewise, by a later statement
	AmountChanged   Obstacle = "AMOUNT_CHANGED"   // likewise
)

// Omission is a statement that a batch leaves out. Left is what nobody has paid
// of it.
type Omission struct {
	PartnerID   string       `json:"partner_id"`
	StatementID string       `json:"statement_id"`
	Left        money.Amount `json:"left"`
	Obstacle    Obstacle     `json:"obstacle"`
	Detail      string       `json:"detail"` // one sentence
}

// Proposal is the deed of proposing a batch. Accounts are those that payouts of
// the day of execution go to, by partner; Today is the day in UTC.
type Proposal struct {
	Currency  money.Currency
	PartnerID string // whose alone; empty for all
	ExecuteOn calendar.Date
	Accounts  map[string]Account
	By        string // subject of the person's token
	At        time.Time
	Today     calendar.Date
	NewID     func() string // of each payout
}

// Check returns ErrDate for a day of execution that is over, or too far ahead
// for accounts to be known.
func (p Proposal) Check() error {
	latest := p.Today.AddDays(maxAhead)
	if p.ExecuteOn.Before(p.Today) || p.ExecuteOn.After(latest) {
		return ErrDate.Because(
			fmt.Sprintf("execution_date is %s; it must be a day from %s to %s", p.ExecuteOn, p.Today, latest),
			"earliest_date", p.Today.String(), "latest_date", latest.String()).On("execution_date")
	}
	return nil
}

// Propose returns a batch of what is payable of the list, in its order, with
// what is left out. Statements of which nothing is left are neither. It returns
// money.ErrOutOfRange where all together are beyond that.
func (p Proposal) Propose(list []Due) (Batch, error) {
	b := Batch{
		Currency: p.Currency, PartnerID: p.PartnerID, ExecuteOn: p.ExecuteOn, State: BatchProposed, Total: money.Amount{Currency: p.Currency},
		Proposer: p.By, Revision: 1, CreateTime: p.At,
	}
	for _, d := range list {
		if d.left().Sign() <= 0 {
			continue
		}
		account, obstacle, detail := p.examine(d, len(b.Payouts))
		if obstacle != "" {
			b.Omissions = append(b.Omissions, Omission{d.PartnerID, d.StatementID, d.left(), obstacle, detail})
			continue
		}
		var err error
		if b.Total, err = b.Total.Add(d.Payable()); err != nil {
			return Batch{}, err
		}
		b.Payouts = append(b.Payouts, Payout{
			ID: p.NewID(), PartnerID: d.PartnerID, StatementID: d.StatementID, Document: d.Document, Month: d.Month, Amount: d.Payable(),
			Account: account, ExecuteOn: p.ExecuteOn, State: Proposed, Revision: 1, CreateTime: p.At, UpdateTime: p.At,
		})
	}
	b.Count = len(b.Payouts)
	return b, nil
}

// examine returns where a statement is paid to, or what prevents it.
func (p Proposal) examine(d Due, before int) (account Account, o Obstacle, detail string) {
	account, known := p.Accounts[d.PartnerID]
	minimum := max(d.Minimum.Minor, 1)
	switch {
	case d.InBatch != "":
		return account, InAnotherBatch, "Payout batch " + d.InBatch + " pays the statement."
	case !d.Open && d.Closing.Minor >= minimum:
		return account, Carried, "The statement's balance is carried to the next one."
	case d.left().Minor < minimum:
		return account, BelowMinimum, fmt.Sprintf("%s is below the minimum of %s and carried to the next statement.", d.left(), d.Minimum)
	case d.Payable().Minor < minimum:
		return account, Disputed, fmt.Sprintf("Of %s, %s is disputed; what is left is below the minimum of %s.", d.left(), d.Held, d.Minimum)
	case !known:
		return account, AccountMissing, fmt.Sprintf("The partner has no account in %s that can be used on %s.", p.Currency, p.ExecuteOn)
	case !bankfile.Legible(account.Holder):
		return account, AccountUnusable, "The name of the account's holder has no letter that banks take; propose the account with another spelling."
	case before == MaxPayouts:
		return account, BatchFull, fmt.Sprintf("A batch has at most %d payouts; propose another one.", MaxPayouts)
	}
	return account, "", ""
}
