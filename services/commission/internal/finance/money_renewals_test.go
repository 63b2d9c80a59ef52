package finance_test

import (
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// renews books the next term of a subscription, in the time when that is open.
func (m *machine) renews() {
	open := slices.DeleteFunc(slices.Clone(m.sold), func(s *sold) bool {
		end := s.last().Term.End()
		return s.planned != nil || s.serving[len(s.serving)-1].From > end || m.model.Today < end-90 || m.model.Today >= end+30
	})
	if len(open) == 0 {
		m.rt.Skip("nothing can be renewed now")
	}
	s := drawFrom(m, "renewed", open...)
	serving, old := s.serving[len(s.serving)-1], s.last().Term
	id := "rnw_" + strings.TrimPrefix(s.id, "sub_") + "_" + strings.ReplaceAll(old.End().String(), "-", "")
	o, key := app.Order{Offer: app.Offer{RenewalID: id}}, m.key("renew")
	renewed, err := m.App.SubmitRenewal(keyed(anna, key, o), o)
	must(m.t, err)
	if renewed.State != records.Booked {
		m.rt.Fatalf("the renewal is %s: %v", renewed.State, renewed.Rejection)
	}
	m.again = append(m.again, func() error {
		_, err := m.App.SubmitRenewal(keyed(anna, key, o), o)
		return err
	})
	s.sources = append(s.sources, moneymodel.NewSource(renewed.ID, s.last().Currency, old.Renewed(), serving, 0))
	m.Project()
	m.work()
	m.wantCalculation(renewed.Calculation, s.last())
}
