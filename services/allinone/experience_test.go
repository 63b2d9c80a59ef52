package allinone_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// TestExperience_ReachesTheRenewalsAtRiskAndNoMargin lets somebody whose renewal is
// near answer five times, and looks at the renewal as each of those who may list it.
func TestExperience_ReachesTheRenewalsAtRiskAndNoMargin(t *testing.T) {
	s := shared.System(t)
	s.AskAtAnyHour(t)
	c := s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 20, LockedBps: 2000})
	contact := s.Contact(t, c)
	preview := func() []byte { return s.Do(t, s.Partner("softcat"), previewOf(c)).Body }
	before := preview()
	for range 4 {
		s.Answer(t, s.SurveyToken(t, contact, "support-case"), `{"needs": 2, "ease": 1, "enjoyment": 2, "recommend": 3}`)
	}
	s.Answer(t, s.SurveyToken(t, contact, "billing-and-changes"), `{"needs": 4, "ease": 4, "enjoyment": 5, "recommend": 9}`)
	programme := atRiskOnce(t, s, c, s.Person("experience-one"), func(r *commissionv1.RenewalAtRisk) bool {
		return slices.Contains(r.GetReasons(), commissionv1.RiskReason_RISK_REASON_EXPERIENCE)
	})
	if e := programme.GetExperience(); e.GetBand() != commissionv1.ExperienceBand_EXPERIENCE_BAND_INDICATIVE || e.GetScore() != -60 ||
		e.GetAnswers() != 5 || e.GetNetPromoterScore() != -60 {
		t.Errorf("the programme sees %v", e)
	}
	anyhow := func(*commissionv1.RenewalAtRisk) bool { return true }
	channel := atRiskOnce(t, s, c, s.Person("channel-one"), anyhow)
	if e := channel.GetExperience(); e.GetBand() != commissionv1.ExperienceBand_EXPERIENCE_BAND_INDICATIVE || e.Score != nil || e.Answers != 0 ||
		e.NetPromoterScore != nil || !slices.Equal(channel.GetReasons(), programme.GetReasons()) {
		t.Errorf("channel sees %v", channel)
	}
	partner := atRiskOnce(t, s, c, s.Partner("softcat"), anyhow)
	if e := partner.GetExperience(); e.GetBand() != commissionv1.ExperienceBand_EXPERIENCE_BAND_UNKNOWN || e.Score != nil || e.NetPromoterScore != nil ||
		slices.Contains(partner.GetReasons(), commissionv1.RiskReason_RISK_REASON_EXPERIENCE) {
		t.Errorf("the partner sees %v", partner)
	}
	if after := preview(); !bytes.Equal(before, after) {
		t.Errorf("the preview was\n%s\nand is\n%s", before, after)
	}
}

// atRiskOnce returns the contract's renewal from the list of those at risk once it
// is as wanted.
func atRiskOnce(t *testing.T, s *e2e.System, c e2e.Contract, as e2e.Caller, wanted func(*commissionv1.RenewalAtRisk) bool) *commissionv1.RenewalAtRisk {
	t.Helper()
	path := "/v1/renewalsAtRisk?pageSize=1000&partnerId=" + c.Partner + "&dueFrom=" + c.Due.String() + "&dueBefore=" + c.Due.AddDays(1).String()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		var list commissionv1.ListRenewalsAtRiskResponse
		s.Get(t, as, path, &list)
		for _, r := range list.RenewalsAtRisk {
			if r.GetRenewal().GetRenewalId() == c.RenewalID && wanted(r) {
				return r
			}
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatalf("%s does not find renewal %s at risk as it should be", as.Name, c.RenewalID)
	return nil
}
