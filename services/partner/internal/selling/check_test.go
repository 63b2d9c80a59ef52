package selling_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func TestCheck_SaysWhyAPartnerCanTakeNobodyOver(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*selling.Terms)
		want   error
	}{
		{"it can", func(*selling.Terms) {}, nil},
		{"a supplier", func(t *selling.Terms) { t.Partner.Type = partners.Supplier }, partners.ErrNotSelling},
		{"suspended", func(t *selling.Terms) { t.Partner.State = partners.Suspended }, partners.ErrNotSelling},
		{"without agreement", func(t *selling.Terms) { t.Agreement = nil }, selling.ErrAgreementMissing},
		{"the vendor itself without one", func(t *selling.Terms) {
			t.Partner.ID, t.Partner.Type, t.Agreement = partners.Direct, partners.DirectSales, nil
		}, nil},
		{"before the first version", func(t *selling.Terms) { t.Code = nil }, selling.ErrPolicyMissing},
	} {
		terms := selling.Terms{
			Partner:   partners.Partner{ID: "cdw", Type: partners.Reseller, State: partners.Active},
			Agreement: &partners.Agreement{}, Code: &code.Version{},
		}
		tt.change(&terms)
		if err := terms.Check(calendar.On(2026, 3, 1)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
