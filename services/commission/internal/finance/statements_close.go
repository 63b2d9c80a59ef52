package finance

import (
	"context"
	"errors"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// CloseMonth asks to close a month; empty fields fit all.
type CloseMonth struct {
	Month               statement.Month
	PartnerID, Currency string
}

// Closed is what came of it. Statements are the first thousand.
type Closed struct {
	Count      int                   `json:"count"`
	Statements []statement.Statement `json:"statements,omitempty"`
	Refusals   []CloseRefusal        `json:"refusals,omitempty"`
}

// CloseRefusal is a statement that could not be closed.
type CloseRefusal struct {
	PartnerID string         `json:"partner_id"`
	Currency  money.Currency `json:"currency"`
	Refusal   *fault.Error   `json:"refusal"`
}

// mostShown bounds the statements in one answer.
const mostShown = 1000

// errUnanswered says that a request was not answered before.
var errUnanswered = errors.New("this request was not answered before")

// CloseStatements closes the statements of a month, each in a transaction of its
// own; what is closed stays so if the call breaks off, and a repetition goes on.
// Of one partner and currency a refusal is the error.
func (a *App) CloseStatements(ctx context.Context, c CloseMonth) (Closed, error) {
	var answer Closed
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &answer, func() error { return errUnanswered })
	})
	if !errors.Is(err, errUnanswered) {
		return answer, err
	}
	closed, err := a.closeMonth(ctx, c)
	if err != nil {
		return Closed{}, err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &answer, func() error {
			answer = closed
			return nil
		})
	})
	return answer, err
}

func (a *App) closeMonth(ctx context.Context, c CloseMonth) (Closed, error) {
	if err := statement.CheckOver(c.Month, a.moneyDay()); err != nil {
		return Closed{}, err
	}
	if c.PartnerID != "" && c.Currency != "" {
		closed, done, err := a.closeAccount(ctx, c.PartnerID, money.Currency(c.Currency), c.Month)
		if err != nil || !done {
			return Closed{}, err
		}
		return Closed{Count: 1, Statements: []statement.Statement{closed}}, nil
	}
	accounts, err := a.accountsToClose(ctx, postgres.AccountFilter{Month: c.Month, PartnerID: c.PartnerID, Currency: c.Currency})
	if err != nil {
		return Closed{}, err
	}
	var all Closed
	for _, account := range accounts {
		closed, done, err := a.closeAccount(ctx, account.PartnerID, account.Currency, c.Month)
		refusal, refused := fault.Of(err)
		switch {
		case errors.Is(err, statement.ErrClosed): // by another call, meanwhile
		case refused:
			all.Refusals = append(all.Refusals, CloseRefusal{account.PartnerID, account.Currency, refusal})
		case err != nil:
			return Closed{}, err
		case done:
			if all.Count++; all.Count <= mostShown {
				all.Statements = append(all.Statements, closed)
			}
		}
	}
	return all, nil
}

func (a *App) accountsToClose(ctx context.Context, f postgres.AccountFilter) (list []statement.Account, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.AccountsToClose(ctx, f)
		return err
	})
	return list, err
}

// closeAccount closes a month of one partner and currency; false if there was
// nothing to close.
func (a *App) closeAccount(ctx context.Context, partnerID string, c money.Currency, m statement.Month) (closed statement.Statement, done bool, err error) {
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return closed, false, err
	}
	agreement, err := a.agreementOn(ctx, partnerID, m)
	if err != nil {
		return closed, false, err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockStatements(ctx, partnerID, string(c)); err != nil {
			return err
		}
		account, err := tx.AccountForUpdate(ctx, partnerID, string(c))
		if err != nil {
			return err
		}
		if done, err = account.Check(m, a.moneyDay()); err != nil || !done {
			return err
		}
		policy := policies.At(m.Last())
		closed, err = a.writeStatement(ctx, tx, account, statement.Closing{
			ID: ident.New("stm_"), PartnerID: partnerID, Currency: c, Month: m, Latest: account.Latest, MinimumMinor: policy.MinimumPayouts[c].Minor,
			DisputeDays: policy.DisputeDays, CodeVersionID: policy.ID, Agreement: agreement, At: a.now(), By: caller.Actor(ctx),
		})
		return err
	})
	return closed, done, err
}

// agreementOn asks the partner service for the partner's agreement on the date
// of its statement of a month.
func (a *App) agreementOn(ctx context.Context, partnerID string, m statement.Month) (statement.Agreement, error) {
	answer, err := a.partners.GetSellingTerms(ctx, &partnerv1.GetSellingTermsRequest{PartnerId: partnerID, OnDate: m.Last().String()})
	if err != nil {
		return statement.Agreement{}, fmt.Errorf("agreement of %s on %s: %w", partnerID, m.Last(), rpcerr.FromStatus(err))
	}
	agreement := answer.GetAgreement()
	return statement.Agreement{
		PartnerName: answer.GetPartner().GetDisplayName(), ID: agreement.GetAgreementId(), SelfBilling: agreement.GetSelfBilling(), TaxID: agreement.GetTaxId(),
	}, nil
}

// writeStatement takes the lines and writes what they add up to. The account is
// locked, and the month can be closed.
func (a *App) writeStatement(ctx context.Context, tx *postgres.Store, account statement.Account, c statement.Closing) (s statement.Statement, err error) {
	if c.Lines, err = tx.TakeLines(ctx, c.ID, account, c.Month); err != nil {
		return s, err
	}
	if c.HeldMinor, err = tx.HeldAgainst(ctx, c.PartnerID, string(c.Currency)); err != nil {
		return s, err
	}
	var number int64
	if c.Invoices() {
		if number, err = tx.NextDocumentNumber(ctx); err != nil {
			return s, err
		}
	}
	if s, err = c.Close(statement.Number(number)); err != nil {
		return s, err
	}
	if err := a.carry(ctx, tx, account.Latest, c.By); err != nil {
		return s, err
	}
	if err := tx.AddStatement(ctx, s); err != nil {
		return s, err
	}
	if postings := c.SetOff(s); len(postings) > 0 {
		entry := s.SetOffEntry(postings)
		entry.ID = ident.New("ent_")
		if err := tx.AddEntries(ctx, entry); err != nil {
			return s, err
		}
	}
	return s, a.appendStatement(ctx, tx, "statement.closed", s, c.By)
}

// carry saves that the next statement has the balance of the one before.
func (a *App) carry(ctx context.Context, tx *postgres.Store, latest statement.Statement, by string) error {
	carried := latest.Carry()
	if carried.State == latest.State {
		return nil
	}
	if err := tx.SaveStatement(ctx, carried); err != nil {
		return err
	}
	return a.appendStatement(ctx, tx, "statement.carried", carried, by)
}

// closeFromDay is the day of the next month on which the service closes a month
// by itself: what the last day has brought is in the ledger by then.
const closeFromDay = 2

// CloseDue closes what is due of the months that are over, in their order, and
// returns how many statements. One that can't be closed does not hold up the
// others.
func (a *App) CloseDue(ctx context.Context) (closed int, err error) {
	ctx = caller.AsItself(ctx)
	until := statement.MonthOf(a.moneyDay().AddDays(1 - closeFromDay)).Previous()
	accounts, err := a.accountsToClose(ctx, postgres.AccountFilter{Month: until})
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, account := range accounts {
		n, err := a.closeThrough(ctx, account.PartnerID, account.Currency, until)
		closed += n
		if err != nil {
			problems = append(problems, fmt.Errorf("close statements of %s in %s: %w", account.PartnerID, account.Currency, err))
		}
	}
	return closed, errors.Join(problems...)
}

// closeThrough closes the months of one partner and currency that are due.
func (a *App) closeThrough(ctx context.Context, partnerID string, c money.Currency, until statement.Month) (closed int, err error) {
	for {
		var account statement.Account
		err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
			account, err = tx.Account(ctx, partnerID, string(c))
			return err
		})
		due := account.Due()
		if err != nil || due.IsZero() || until.Before(due) {
			return closed, err
		}
		switch _, done, err := a.closeAccount(ctx, partnerID, c, due); {
		case errors.Is(err, statement.ErrClosed): // by another replica, meanwhile
		case err != nil || !done:
			return closed, err
		default:
			closed++
		}
	}
}
