package rpc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestListRenewalsAtRisk_SaysWhatIsAtStakeAndWhy(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.refresh()
	answer, err := w.forecasts(forecaster).ListRenewalsAtRisk(servertest.Context(t), &commissionv1.ListRenewalsAtRiskRequest{})
	must(t, err)
	want := []*commissionv1.RenewalAtRisk{{
		Value: &typev1.Money{CurrencyCode: "GBP", Amount: "25200.00"}, Margin: &typev1.Money{CurrencyCode: "GBP", Amount: "5040.00"},
		Reasons:    []commissionv1.RiskReason{commissionv1.RiskReason_RISK_REASON_SILENT},
		Experience: &commissionv1.CustomerExperience{Band: commissionv1.ExperienceBand_EXPERIENCE_BAND_UNKNOWN},
	}}
	got := answer.GetRenewalsAtRisk()
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&commissionv1.RenewalAtRisk{}, "renewal")); diff != "" {
		t.Fatal(diff)
	}
	if got[0].GetRenewal().GetRenewalId() != "rnw_sub_1" || got[0].GetRenewal().GetState() != commissionv1.RenewalState_RENEWAL_STATE_OPEN {
		t.Errorf("%v", got[0].GetRenewal())
	}
	w.clock.advance(40 * 24 * time.Hour)
	answer, err = w.forecasts(forecaster).ListRenewalsAtRisk(servertest.Context(t), &commissionv1.ListRenewalsAtRiskRequest{})
	must(t, err)
	if reasons := answer.GetRenewalsAtRisk()[0].GetReasons(); len(reasons) != 1 || reasons[0] != commissionv1.RiskReason_RISK_REASON_LATE {
		t.Errorf("in grace: %v", reasons)
	}
}

func TestListRenewalsAtRisk_FiltersAndShowsEachCallerItsOwn(t *testing.T) {
	w := newWorld(t)
	w.due("sub_1", "softcat", "ENTERPRISE", 2000)
	w.due("sub_2", "cdw", "GLOBAL", 2000)
	w.refresh()
	silent, late := commissionv1.RiskReason_RISK_REASON_SILENT, commissionv1.RiskReason_RISK_REASON_LATE
	for _, c := range []struct {
		name    string
		caller  auth.Caller
		request *commissionv1.ListRenewalsAtRiskRequest
		want    string
	}{
		{"finance", fiona, &commissionv1.ListRenewalsAtRiskRequest{}, "rnw_sub_1 rnw_sub_2 "},
		{"a partner", forecaster, &commissionv1.ListRenewalsAtRiskRequest{}, "rnw_sub_1 "},
		{"a partner for another", forecaster, &commissionv1.ListRenewalsAtRiskRequest{PartnerId: "cdw"}, ""},
		{"crm", crm, &commissionv1.ListRenewalsAtRiskRequest{PartnerId: "cdw"}, "rnw_sub_2 "},
		{"a segment", fiona, &commissionv1.ListRenewalsAtRiskRequest{Segment: customerv1.Segment_SEGMENT_GLOBAL}, "rnw_sub_2 "},
		{"another family", fiona, &commissionv1.ListRenewalsAtRiskRequest{FamilyId: "archiving"}, ""},
		{"another currency", fiona, &commissionv1.ListRenewalsAtRiskRequest{CurrencyCode: "USD"}, ""},
		{"due later", fiona, &commissionv1.ListRenewalsAtRiskRequest{DueFrom: "2026-04-02"}, ""},
		{"due earlier", fiona, &commissionv1.ListRenewalsAtRiskRequest{DueBefore: "2026-04-01"}, ""},
		{"a reason", fiona, &commissionv1.ListRenewalsAtRiskRequest{Reasons: []commissionv1.RiskReason{silent, late}}, "rnw_sub_1 rnw_sub_2 "},
		{"another reason", fiona, &commissionv1.ListRenewalsAtRiskRequest{Reasons: []commissionv1.RiskReason{late}}, ""},
		{"a reason that nobody has told of", fiona, &commissionv1.ListRenewalsAtRiskRequest{Reasons: []commissionv1.RiskReason{commissionv1.RiskReason_RISK_REASON_EXPERIENCE}}, ""},
		{"late sooner", fiona, &commissionv1.ListRenewalsAtRiskRequest{Reasons: []commissionv1.RiskReason{late}, LateDays: new(int32(30))}, "rnw_sub_1 rnw_sub_2 "},
		{"silent later", fiona, &commissionv1.ListRenewalsAtRiskRequest{SilentDays: new(int32(29))}, ""},
	} {
		answer, err := w.forecasts(c.caller).ListRenewalsAtRisk(servertest.Context(t), c.request)
		must(t, err)
		got := ""
		for _, r := range answer.GetRenewalsAtRisk() {
			got += r.GetRenewal().GetRenewalId() + " "
		}
		if got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

func TestListRenewalsAtRisk_PagesByValueAtRisk(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.due(fmt.Sprint("sub_", i), "softcat", "ENTERPRISE", 2000)
	}
	_, err := w.db.SystemPool().Exec(servertest.Context(t), `
		UPDATE renewals
		SET renewal_net_minor = CASE right(renewal_id, 1) WHEN '0' THEN 100 WHEN '3' THEN 300 ELSE 200 END,
			currency = CASE right(renewal_id, 1) WHEN '2' THEN 'EUR' ELSE 'GBP' END`)
	must(t, err)
	request := &commissionv1.ListRenewalsAtRiskRequest{PageSize: 2}
	var ids []string
	for {
		answer, err := w.forecasts(forecaster).ListRenewalsAtRisk(servertest.Context(t), request)
		must(t, err)
		for _, r := range answer.GetRenewalsAtRisk() {
			ids = append(ids, r.GetRenewal().GetRenewalId())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"rnw_sub_2", "rnw_sub_3", "rnw_sub_1", "rnw_sub_4", "rnw_sub_0"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestListRenewalsAtRisk_Refuses(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		request *commissionv1.ListRenewalsAtRiskRequest
		reason  fault.Reason
		field   string
	}{
		{&commissionv1.ListRenewalsAtRiskRequest{DueFrom: "2026-04-01", DueBefore: "2026-04-01"}, "RANGE_EMPTY", "due_before"},
		{&commissionv1.ListRenewalsAtRiskRequest{DueFrom: "2026-02-30"}, "DATE_INVALID", "due_from"},
		{&commissionv1.ListRenewalsAtRiskRequest{LateDays: new(int32(-1))}, "REQUEST_INVALID", "late_days"},
		{&commissionv1.ListRenewalsAtRiskRequest{SilentDays: new(int32(366))}, "REQUEST_INVALID", "silent_days"},
		{&commissionv1.ListRenewalsAtRiskRequest{PageToken: "x"}, "PAGE_TOKEN_INVALID", "page_token"},
	} {
		_, err := w.forecasts(fiona).ListRenewalsAtRisk(servertest.Context(t), c.request)
		wantReason(t, err, c.reason, c.field)
	}
	_, err := w.forecasts(softcat).ListRenewalsAtRisk(servertest.Context(t), &commissionv1.ListRenewalsAtRiskRequest{})
	wantReason(t, err, "SCOPE_MISSING", "")
}
