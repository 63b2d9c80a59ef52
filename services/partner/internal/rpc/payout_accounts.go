package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/banking"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type payoutAccountService struct {
	partnerv1.UnimplementedPayoutAccountServiceServer
	app *app.App
}

func (s *payoutAccountService) ProposePayoutAccount(ctx context.Context, r *partnerv1.ProposePayoutAccountRequest) (*partnerv1.PayoutAccount, error) {
	proposed, err := s.app.ProposePayoutAccount(ctx, partners.ID(r.GetPartnerId()), payouts.Proposal{
		Currency: r.GetCurrencyCode(), Holder: r.GetHolderName(),
		Bank: banking.Written{
			Country: r.GetCountryCode(), IBAN: r.GetIban(), Number: r.GetAccountNumber(), BankCode: r.GetBankCode(), BIC: r.GetBic(),
		},
	})
	return answer(payoutAccountProto, proposed, err)
}

func (s *payoutAccountService) ApprovePayoutAccount(ctx context.Context, r *partnerv1.ApprovePayoutAccountRequest) (*partnerv1.PayoutAccount, error) {
	approved, err := s.app.ApprovePayoutAccount(ctx, payoutTarget(r.GetPayoutAccountId(), r.GetEtag()))
	return answer(payoutAccountProto, approved, err)
}

func (s *payoutAccountService) RejectPayoutAccount(ctx context.Context, r *partnerv1.RejectPayoutAccountRequest) (*partnerv1.PayoutAccount, error) {
	rejected, err := s.app.RejectPayoutAccount(ctx, payoutTarget(r.GetPayoutAccountId(), r.GetEtag()), r.GetNote())
	return answer(payoutAccountProto, rejected, err)
}

func (s *payoutAccountService) ClosePayoutAccount(ctx context.Context, r *partnerv1.ClosePayoutAccountRequest) (*partnerv1.PayoutAccount, error) {
	closed, err := s.app.ClosePayoutAccount(ctx, payoutTarget(r.GetPayoutAccountId(), r.GetEtag()), r.GetNote())
	return answer(payoutAccountProto, closed, err)
}

func (s *payoutAccountService) GetPayoutAccount(ctx context.Context, r *partnerv1.GetPayoutAccountRequest) (*partnerv1.PayoutAccount, error) {
	found, err := s.app.GetPayoutAccount(ctx, payouts.ID(r.GetPayoutAccountId()))
	return answer(payoutAccountProto, found, err)
}

func (s *payoutAccountService) ListPayoutAccounts(ctx context.Context, r *partnerv1.ListPayoutAccountsRequest) (*partnerv1.ListPayoutAccountsResponse, error) {
	var before payouts.ID
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListPayoutAccounts(ctx, payouts.Query{
		Before: before, Partner: partners.ID(r.GetPartnerId()), Currency: r.GetCurrencyCode(),
		State: payouts.State(word(r.GetState().String(), payoutPrefix)), Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(one payouts.Account) any { return one.ID })
	return &partnerv1.ListPayoutAccountsResponse{PayoutAccounts: each(found, payoutAccountProto), NextPageToken: next}, nil
}

func (s *payoutAccountService) FindPayoutDestination(ctx context.Context, r *partnerv1.FindPayoutDestinationRequest) (*partnerv1.PayoutDestination, error) {
	on, err := requiredDate("on_date", r.GetOnDate())
	if err != nil {
		return nil, err
	}
	found, err := s.app.FindPayoutDestination(ctx, partners.ID(r.GetPartnerId()), r.GetCurrencyCode(), on)
	return answer(destinationProto, found, err)
}

func payoutTarget(id, etag string) app.Target[payouts.ID] {
	return app.Target[payouts.ID]{ID: payouts.ID(id), Etag: etag}
}

const payoutPrefix = "PAYOUT_ACCOUNT_STATE_"

// payoutAccountProto shows the end of the account's number only; it has no more.
func payoutAccountProto(a payouts.Account) *partnerv1.PayoutAccount {
	shown := &partnerv1.PayoutAccount{
		PayoutAccountId: string(a.ID),
		PartnerId:       string(a.PartnerID),
		CurrencyCode:    string(a.Currency),
		HolderName:      a.Holder,
		CountryCode:     a.Country,
		BankCode:        a.BankCode,
		Bic:             a.BIC,
		State:           partnerv1.PayoutAccountState(partnerv1.PayoutAccountState_value[payoutPrefix+string(a.State)]),
		Proposer:        a.Proposer,
		Approver:        a.Approver,
		ApproveDate:     a.ApproveDate.String(),
		UsableFromDate:  a.UsableFrom.String(),
		CodeVersionId:   string(a.Code),
		Note:            a.Note,
		Etag:            a.Revision.Etag(),
		CreateTime:      instant(a.CreateTime),
		ApproveTime:     instant(a.ApproveTime),
		EndTime:         instant(a.EndTime),
	}
	if a.Scheme == banking.IBAN {
		shown.MaskedIban = banking.Masked(a.Hint)
	} else {
		shown.MaskedAccountNumber = banking.Masked(a.Hint)
	}
	return shown
}

// destinationProto is the one answer with a number in it.
func destinationProto(d payouts.Destination) *partnerv1.PayoutDestination {
	destination := &partnerv1.PayoutDestination{PayoutAccount: payoutAccountProto(d.Account)}
	if d.Scheme == banking.IBAN {
		destination.Iban = string(d.Number)
	} else {
		destination.AccountNumber = string(d.Number)
	}
	return destination
}
