package load

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
)

// partners brings the partners in, with the agreements of those that sell and
// the accounts of those that are paid.
func (l *loader) partners(ctx context.Context) error {
	partners := partnerv1.NewPartnerServiceClient(l.Partner)
	for _, p := range l.book.Partners {
		if _, err := partners.CreatePartner(as(ctx, l.First), &partnerv1.CreatePartnerRequest{
			Partner:   &partnerv1.Partner{PartnerId: p.ID, DisplayName: p.Name, Type: p.Type, CountryCode: p.Country},
			RequestId: l.key("partner-%s", p.ID),
		}); err != nil {
			return fmt.Errorf("create partner %s: %w", p.ID, err)
		}
		if err := l.agreement(ctx, partners, p); err != nil {
			return err
		}
		if err := l.payoutAccount(ctx, p); err != nil {
			return err
		}
		l.advance(1, "partners")
	}
	return nil
}

func (l *loader) agreement(ctx context.Context, partners partnerv1.PartnerServiceClient, p demo.Partner) error {
	if p.Settlement == partnerv1.SettlementMode_SETTLEMENT_MODE_UNSPECIFIED {
		return nil
	}
	payee, paid := l.book.Payees[p.ID]
	if _, err := partners.CreateAgreement(as(ctx, l.First), &partnerv1.CreateAgreementRequest{
		PartnerId: p.ID,
		Agreement: &partnerv1.Agreement{SettlementMode: p.Settlement, FromDate: "2010-01-01", SelfBilling: paid, TaxId: payee.TaxID},
		RequestId: l.key("agreement-%s", p.ID),
	}); err != nil {
		return fmt.Errorf("create the agreement of %s: %w", p.ID, err)
	}
	return nil
}

// payoutAccount has finance propose the account of a partner that is paid, and
// another person approve it. It can be used when it has cooled off.
func (l *loader) payoutAccount(ctx context.Context, p demo.Partner) error {
	payee, paid := l.book.Payees[p.ID]
	if !paid {
		return nil
	}
	accounts := partnerv1.NewPayoutAccountServiceClient(l.Partner)
	proposal := proto.CloneOf(payee.Account)
	proposal.RequestId = l.key("account-%s", p.ID)
	proposed, err := accounts.ProposePayoutAccount(as(ctx, l.Finance), proposal)
	if err != nil {
		return fmt.Errorf("propose the payout account of %s: %w", p.ID, err)
	}
	if _, err := accounts.ApprovePayoutAccount(as(ctx, l.First), &partnerv1.ApprovePayoutAccountRequest{
		PayoutAccountId: proposed.PayoutAccountId, RequestId: l.key("account-approve-%s", p.ID),
	}); err != nil {
		return fmt.Errorf("approve the payout account of %s: %w", p.ID, err)
	}
	return nil
}
