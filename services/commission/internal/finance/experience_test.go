package finance_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Callers who see more of how customers fare, or nothing.
var (
	listener = servertest.Person("lena", auth.Experience)

	crm = servertest.Service("crm")
)

// fares tells the feed how the customer of all subscriptions fares.
func (w *world) fares(revision int64, x *customerv1.CustomerExperience) {
	w.t.Helper()
	x.CustomerId = "cus_1"
	w.Customer.Mu.Lock()
	w.Customer.Feed = append(w.Customer.Feed, &customerv1.Event{
		Position: int64(len(w.Customer.Feed) + 1), Kind: "experience.changed", ResourceId: "exp_1", Revision: revision,
		Resource: &customerv1.Event_CustomerExperience{CustomerExperience: x},
	})
	w.Customer.Mu.Unlock()
	w.Project()
}

func figure(standing customerv1.ScoreStanding, answers int64, value int32, band customerv1.ScoreBand) *customerv1.ScoreFigure {
	return &customerv1.ScoreFigure{Standing: standing, Answers: answers, Value: value, Band: band}
}

// What customer tells.
func hidden() *customerv1.CustomerExperience {
	none := figure(customerv1.ScoreStanding_SCORE_STANDING_HIDDEN, 0, 0, 0)
	return &customerv1.CustomerExperience{Cxi: none, Nps: none}
}

func indicative() *customerv1.CustomerExperience {
	return &customerv1.CustomerExperience{
		Cxi: figure(customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE, 6, 0, 0),
		Nps: figure(customerv1.ScoreStanding_SCORE_STANDING_INDICATIVE, 6, -50, 0), Poor: true,
	}
}

func good() *customerv1.CustomerExperience {
	return &customerv1.CustomerExperience{
		Cxi: figure(customerv1.ScoreStanding_SCORE_STANDING_FULL, 31, 80, customerv1.ScoreBand_SCORE_BAND_GOOD), Nps: hidden().GetCxi(),
	}
}

// atRisk is what a caller sees of the renewals at risk.
func (w *world) atRisk(c auth.Caller, reasons ...forecast.Risk) []records.RenewalAtRisk {
	w.t.Helper()
	found, err := w.Finance.ListRenewalsAtRisk(as(c), finance.RiskFilter{Reasons: reasons, Near: forecast.Near()}, nil, 100)
	must(w.t, err)
	return found
}

func TestListRenewalsAtRisk_ShowsHowACustomerFaresToWhomItMay(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	unknown := records.Experience{Band: records.Unknown}
	for _, c := range []struct {
		name     string
		tell     *customerv1.CustomerExperience
		revision int64
		full     records.Experience // to the people of the programme
		band     records.Experience // to others
	}{
		{"nothing told", nil, 0, unknown, unknown},
		{"told of five", indicative(), 2, records.Experience{Band: "INDICATIVE", Score: new(int32(0)), Answers: 6, NPS: new(int32(-50)), Poor: true},
			records.Experience{Band: "INDICATIVE", Poor: true}},
		{"what came before comes late", good(), 1, records.Experience{Band: "INDICATIVE", Score: new(int32(0)), Answers: 6, NPS: new(int32(-50)), Poor: true},
			records.Experience{Band: "INDICATIVE", Poor: true}},
		{"better", good(), 3, records.Experience{Band: "GOOD", Score: new(int32(80)), Answers: 31}, records.Experience{Band: "GOOD"}},
		{"too old", hidden(), 4, unknown, unknown},
	} {
		if c.tell != nil {
			w.fares(c.revision, c.tell)
		}
		for _, seen := range []struct {
			by    auth.Caller
			as    records.Experience
			poor  bool
			names string
		}{
			{listener, c.full, c.full.Poor, "the programme"}, {anna, c.band, c.full.Poor, "channel"}, {fiona, c.band, c.full.Poor, "finance"},
			{crm, c.band, c.full.Poor, "crm"}, {softcat, unknown, false, "a partner"},
		} {
			all := w.atRisk(seen.by)
			if len(all) != 1 || !cmp.Equal(all[0].Experience, seen.as) || slices.Contains(all[0].Risks, forecast.Experienced) != seen.poor {
				t.Errorf("%s, seen by %s: %+v", c.name, seen.names, all)
			}
			if poor := w.atRisk(seen.by, forecast.Experienced); len(poor) == 1 != seen.poor {
				t.Errorf("%s, asked for by %s: %+v", c.name, seen.names, poor)
			}
		}
	}
}

// TestListRenewalsAtRisk_LeavesTheUnknownWhereItIs compares the list of customers
// of whom nothing is known with that of some who fare well.
func TestListRenewalsAtRisk_LeavesTheUnknownWhereItIs(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"sub_a", "sub_b", "sub_c"} {
		w.Subscribe(id, func(s *customerv1.Subscription) {
			if id == "sub_b" {
				s.CustomerId, s.CustomerName = "cus_2", "Harbour Trust"
			}
		})
	}
	places := func() (list []string) {
		for _, r := range w.atRisk(listener) {
			list = append(list, r.Renewal.ID)
			for _, risk := range r.Risks {
				list = append(list, string(risk))
			}
		}
		return list
	}
	before := places()
	w.fares(1, good())
	if diff := cmp.Diff(before, places()); diff != "" || len(before) != 6 {
		t.Errorf("with news of one customer (-before +after):\n%s", diff)
	}
	w.fares(2, hidden())
	if diff := cmp.Diff(before, places()); diff != "" {
		t.Errorf("unknown again (-before +after):\n%s", diff)
	}
}

// TestExperience_ChangesNoMargin holds all that is calculated against what it was
// before anything was told, to the byte.
func TestExperience_ChangesNoMargin(t *testing.T) {
	w := newWorld(t)
	w.Subscribe(subscription)
	w.Subscribe("sub_2")
	calculated := func() string {
		preview, err := w.App.PreviewRenewal(as(softcat), app.Offer{RenewalID: renewalID})
		must(t, err)
		written, err := json.Marshal([]any{preview, w.Renewals(app.RenewalFilter{}), w.forecast(finance.ForecastQuestion{})})
		must(t, err)
		return string(written)
	}
	before := calculated()
	for i, x := range []*customerv1.CustomerExperience{indicative(), good(), hidden(), indicative()} {
		w.fares(int64(i+1), x)
		if diff := cmp.Diff(before, calculated()); diff != "" {
			t.Errorf("after %v (-before +after):\n%s", x, diff)
		}
	}
	preview, err := w.App.PreviewRenewal(as(softcat), app.Offer{RenewalID: renewalID})
	must(t, err)
	unasked := newWorld(t)
	unasked.Subscribe(subscription)
	for _, each := range []*world{w, unasked} {
		s, err := each.Submit(order(renewalID))
		must(t, err)
		if diff := cmp.Diff(preview.Calculation.Calculation, s.Calculation.Calculation); diff != "" {
			t.Errorf("submitted (-previewed +booked):\n%s", diff)
		}
	}
}
