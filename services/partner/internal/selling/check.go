package selling

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of partners that can't take a customer over.
var (
	ErrAgreementMissing = fault.New("AGREEMENT_MISSING", "no agreement of the partner is in force")
	ErrPolicyMissing    = fault.New("POLICY_MISSING", "no version of the code of practice is in force")
)

// Check returns partners.ErrNotSelling, ErrAgreementMissing or ErrPolicyMissing
// unless the partner may begin to serve a customer on the day of the terms.
// Direct sales need no agreement.
func (t Terms) Check(on calendar.Date) error {
	p := t.Partner
	switch {
	case !p.Type.Selling():
		return partners.ErrNotSelling.Because(
			fmt.Sprintf("partner %s is of type %s, which does not sell", p.ID, p.Type), "type", string(p.Type)).On("partner_id")
	case p.State != partners.Active:
		return partners.ErrNotSelling.Because(
			fmt.Sprintf("partner %s is %s and can't take customers over", p.ID, p.State), "state", string(p.State)).On("partner_id")
	case t.Agreement == nil && p.ID != partners.Direct:
		return ErrAgreementMissing.Because(
			fmt.Sprintf("partner %s has no agreement in force on %s", p.ID, on), "date", on.String()).On("partner_id")
	case t.Code == nil:
		return ErrPolicyMissing.Because("no version of the code of practice is in force on "+on.String(), "date", on.String())
	}
	return nil
}
