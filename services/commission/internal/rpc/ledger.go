package rpc

import (
	"context"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type ledgerService struct {
	commissionv1.UnimplementedLedgerServiceServer
	finance *finance.App
}

func (s *ledgerService) GetEntry(ctx context.Context, r *commissionv1.GetEntryRequest) (*commissionv1.LedgerEntry, error) {
	found, err := s.finance.GetEntry(ctx, r.GetEntryId())
	return answer(entryProto, found, err)
}

func (s *ledgerService) ListEntries(ctx context.Context, r *commissionv1.ListEntriesRequest) (*commissionv1.ListEntriesResponse, error) {
	var before string
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListEntries(ctx, finance.EntryFilter{
		PartnerID: r.GetPartnerId(), Currency: r.GetCurrencyCode(), AccrualID: r.GetAccrualId(), Cause: r.GetCause(), StatementID: r.GetStatementId(),
	}, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(e earnings.Explained) any { return e.ID })
	return &commissionv1.ListEntriesResponse{Entries: each(found, entryProto), NextPageToken: next}, nil
}

func (s *ledgerService) GetBalance(ctx context.Context, r *commissionv1.GetBalanceRequest) (*commissionv1.Balance, error) {
	query, err := balanceQuery(r)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.GetBalance(ctx, query)
	return answer(balanceProto, found, err)
}

func (s *ledgerService) PostAdjustment(ctx context.Context, r *commissionv1.PostAdjustmentRequest) (*commissionv1.LedgerEntry, error) {
	amount, err := amountOf("amount", r.GetAmount())
	if err != nil {
		return nil, err
	}
	posted, err := s.finance.PostAdjustment(ctx, finance.NewAdjustment{PartnerID: r.GetPartnerId(), Amount: amount, Reason: r.GetReasonText()})
	return answer(entryProto, posted, err)
}

func (s *ledgerService) ReverseEntry(ctx context.Context, r *commissionv1.ReverseEntryRequest) (*commissionv1.LedgerEntry, error) {
	posted, err := s.finance.ReverseEntry(ctx, r.GetEntryId(), r.GetReasonText())
	return answer(entryProto, posted, err)
}

func balanceQuery(r *commissionv1.GetBalanceRequest) (finance.BalanceQuery, error) {
	currency, err := money.ParseCurrency(r.GetCurrencyCode())
	if err != nil {
		return finance.BalanceQuery{}, fault.At("currency_code", err)
	}
	effective, err := date("effective_as_of", r.GetEffectiveAsOf())
	known := time.Time{}
	if r.GetKnownAsOf() != nil {
		known = r.GetKnownAsOf().AsTime()
	}
	return finance.BalanceQuery{PartnerID: r.GetPartnerId(), Currency: currency, Effective: effective, Known: known}, err
}

func balanceProto(b finance.Balance) *commissionv1.Balance {
	p := &commissionv1.Balance{
		PartnerId: b.PartnerID, CurrencyCode: string(b.Currency), EffectiveAsOf: b.Effective.String(), KnownAsOf: instant(b.Known),
	}
	for _, account := range ledger.Accounts() {
		p.Accounts = append(p.Accounts, &commissionv1.AccountBalance{
			Account: accountProto(account), Balance: moneyProto(money.Amount{Minor: b.Accounts[account], Currency: b.Currency}),
		})
	}
	return p
}

func entryProto(e earnings.Explained) *commissionv1.LedgerEntry {
	p := &commissionv1.LedgerEntry{
		EntryId: e.ID, Kind: entryKindProto(e.Kind), PartnerId: e.PartnerID, CurrencyCode: string(e.Currency), EffectiveDate: e.Effective.String(),
		PostTime: instant(e.Posted), AccrualId: e.AccrualID, Reverses: e.Reverses, Cause: e.Cause, Note: e.Note, Actor: e.Actor, FxSetId: e.FxSetID,
		Clause: e.Clause(), CalculationId: e.CalculationID,
	}
	side := func(minor int64) money.Amount {
		if minor == 0 {
			return money.Amount{} // left out
		}
		return money.Amount{Minor: minor, Currency: e.Currency}
	}
	for _, posting := range e.Postings {
		p.Postings = append(p.Postings, &commissionv1.LedgerPosting{
			Account: accountProto(posting.Account), Debit: moneyProto(side(posting.Debit)), Credit: moneyProto(side(posting.Credit)),
		})
	}
	return p
}

func entryKindProto(k ledger.Kind) commissionv1.EntryKind {
	return commissionv1.EntryKind(commissionv1.EntryKind_value["ENTRY_KIND_"+string(k)])
}

func accountProto(a ledger.Account) commissionv1.LedgerAccount {
	return commissionv1.LedgerAccount(commissionv1.LedgerAccount_value["LEDGER_ACCOUNT_"+string(a)])
}
