package rpc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func (w *world) merge(survivor, absorbed string, preview bool) (*partnerv1.MergePartnersResponse, error) {
	return w.partners(ann).MergePartners(w.ctx(), &partnerv1.MergePartnersRequest{
		PartnerId: survivor, AbsorbedPartnerId: absorbed, ValidateOnly: preview, RequestId: key(),
	})
}

// merged merges for good.
func (w *world) merged(survivor, absorbed string) *partnerv1.Merger {
	w.t.Helper()
	merged, err := w.merge(survivor, absorbed, false)
	w.check(err)
	return merged.GetMerger()
}

func (w *world) revert(m *partnerv1.Merger) (*partnerv1.Merger, error) {
	return w.partners(bob).RevertMerger(w.ctx(), &partnerv1.RevertMergerRequest{MergerId: m.GetMergerId(), RequestId: key()})
}

// caller returns who a fresh token of a client says it is.
func (w *world) caller(c *partnerv1.ApiClientSecret) auth.Caller {
	w.t.Helper()
	token, err := w.token(c.GetApiClient().GetClientId(), c.GetClientSecret())
	w.check(err)
	return w.verified(token.GetAccessToken())
}

func TestMergePartners_PreviewsWhatItWillDo(t *testing.T) {
	w := beginDeals(t)
	w.agree("softcat", "2026-01-01", "")
	agency := agreementRequest("cdw", "2026-01-01", "")
	agency.Agreement.SettlementMode = partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	_, err := w.partners(ann).CreateAgreement(w.ctx(), agency)
	w.check(err)
	w.customer.addCustomer("cus_1", "", "acme.example")
	for _, partner := range []string{"cdw", "cdw", "cdw", "softcat"} {
		w.customer.addSubscription("cus_1", partner, "2026-01-01", "2027-01-01")
	}
	archiving := deal("new.example")
	archiving.FamilyId = "archiving"
	w.submitted(softcat, deal("new.example"))
	w.submitted(cdw, archiving)

	preview, err := w.merge("softcat", "cdw", true)
	w.check(err)
	want := &partnerv1.Merger{
		PartnerId: "softcat", AbsorbedPartnerId: "cdw", State: partnerv1.MergerState_MERGER_STATE_IN_FORCE,
		MergeDate: "2026-03-01", RevertByDate: "2026-03-31", Actor: "person:staff:ann", CreateTime: timestamppb.New(noon),
	}
	if diff := cmp.Diff(want, preview.GetMerger(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if preview.GetSubscriptionCount() != 3 || len(preview.GetNotices()) != 2 ||
		!strings.Contains(preview.GetNotices()[0], "AGENCY") || !strings.Contains(preview.GetNotices()[1], "deal registrations") {
		t.Errorf("got %d subscriptions, %q", preview.GetSubscriptionCount(), preview.GetNotices())
	}
	if list, err := w.partners(ann).ListMergers(w.ctx(), &partnerv1.ListMergersRequest{}); err != nil || len(list.GetMergers()) != 0 {
		t.Errorf("the preview was kept: %v, %v", list, err)
	}
	done, err := w.merge("softcat", "cdw", false)
	w.check(err)
	want.MergerId, want.Etag = done.GetMerger().GetMergerId(), "1"
	if diff := cmp.Diff(&partnerv1.MergePartnersResponse{Merger: want, Notices: preview.GetNotices(), SubscriptionCount: 3}, done, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestMergePartners_LetsTheSurvivorActForAllIds(t *testing.T) {
	w := beginDeals(t)
	w.enrol("third")
	client := w.client("softcat")
	w.merged("cdw", "third")
	chained := w.merged("softcat", "cdw")

	caller := w.caller(client)
	if diff := cmp.Diff([]string{"softcat", "cdw", "third"}, caller.PartnerIDs); diff != "" || caller.PartnerID != "softcat" {
		t.Fatalf("%s acts for\n%s", caller.PartnerID, diff)
	}
	survivor := softcat
	survivor.PartnerIDs = caller.PartnerIDs
	for id, into := range map[string]string{"softcat": "", "cdw": "softcat", "third": "softcat"} {
		got, err := w.partners(survivor).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: id})
		if err != nil || got.GetMergedInto() != into {
			t.Errorf("%s: merged into %q, %v", id, got.GetMergedInto(), err)
		}
	}
	if _, err := w.partners(cdw).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: "softcat"}); !errors.Is(err, partners.ErrNotFound) {
		t.Errorf("the absorbed one reads the survivor: %v", err)
	}

	reverted, err := w.revert(chained)
	w.check(err)
	if reverted.GetState() != partnerv1.MergerState_MERGER_STATE_REVERTED || reverted.GetRevertDate() != "2026-03-01" || reverted.GetEtag() != "2" {
		t.Errorf("reverted: %v", reverted)
	}
	if diff := cmp.Diff([]string{"softcat"}, w.caller(client).PartnerIDs); diff != "" {
		t.Errorf("after the end:\n%s", diff)
	}
	third, err := w.partners(ann).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: "third"})
	w.check(err)
	if third.GetMergedInto() != "cdw" {
		t.Errorf("third is merged into %q", third.GetMergedInto())
	}
}

// What is new is made under the survivor's own id; what is there goes on under
// the absorbed one's.
func TestMergePartners_LetsTheSurvivorGoOnWithWhatWasBegun(t *testing.T) {
	w := beginDeals(t)
	begun := w.announce(cdw, deal("acme.example"))
	w.merged("softcat", "cdw")
	survivor := softcat
	survivor.PartnerIDs = []string{"softcat", "cdw"}
	submitted, err := w.submit(survivor, begun)
	w.check(err)
	if submitted.GetPartnerId() != "cdw" {
		t.Errorf("got %v", submitted)
	}
	fresh := deal("umbrella.example")
	fresh.PartnerId = "cdw"
	if made := w.announce(survivor, fresh); made.GetPartnerId() != "softcat" {
		t.Errorf("got %v", made)
	}
	_, err = w.deals(cdw).CreateDealRegistration(w.ctx(), &partnerv1.CreateDealRegistrationRequest{DealRegistration: deal("umbrella.example"), RequestId: key()})
	if !errors.Is(err, mergers.ErrStateInvalid) {
		t.Errorf("by the absorbed one: %v", err)
	}
}

func TestMergePartners_OfTwoIntoEachOtherAtOnceOneHappens(t *testing.T) {
	w := beginDeals(t)
	answers := atOnce(8, func(i int) error {
		pair := []string{"softcat", "cdw"}
		_, err := w.merge(pair[i%2], pair[(i+1)%2], false)
		return err
	})
	for _, err := range answers {
		if err != nil && !errors.Is(err, mergers.ErrStateInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if n := successes(answers); n != 1 {
		t.Errorf("%d merged", n)
	}
}

func TestListMergers_PagesThroughBothSides(t *testing.T) {
	w := beginDeals(t)
	w.enrol("third")
	reverted, err := w.revert(w.merged("softcat", "third"))
	w.check(err)
	second := w.merged("cdw", "third")
	third := w.merged("softcat", "cdw")
	list := func(r *partnerv1.ListMergersRequest) (ids []string) {
		r.PageSize = 1
		for {
			page, err := w.partners(servertest.Service("commission")).ListMergers(w.ctx(), r)
			w.check(err)
			for _, m := range page.GetMergers() {
				ids = append(ids, m.GetMergerId())
			}
			if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
				return ids
			}
		}
	}
	tests := []struct {
		name    string
		request *partnerv1.ListMergersRequest
		want    []*partnerv1.Merger
	}{
		{"all", &partnerv1.ListMergersRequest{}, []*partnerv1.Merger{third, second, reverted}},
		{"of one", &partnerv1.ListMergersRequest{PartnerId: "cdw"}, []*partnerv1.Merger{third, second}},
		{"reverted", &partnerv1.ListMergersRequest{State: partnerv1.MergerState_MERGER_STATE_REVERTED}, []*partnerv1.Merger{reverted}},
	}
	for _, tt := range tests {
		var want []string
		for _, m := range tt.want {
			want = append(want, m.GetMergerId())
		}
		if diff := cmp.Diff(want, list(tt.request)); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

func TestMergers_AreInTheFeed(t *testing.T) {
	w := beginDeals(t)
	made := w.merged("softcat", "cdw")
	reverted, err := w.revert(made)
	w.check(err)
	feed := w.feed()
	for i, want := range map[int]*partnerv1.Event{
		len(feed) - 2: {Kind: "merger.made", ResourceId: made.GetMergerId(), Revision: 1, Actor: "person:staff:ann", Resource: &partnerv1.Event_Merger{Merger: made}},
		len(feed) - 1: {Kind: "merger.reverted", ResourceId: made.GetMergerId(), Revision: 2, Actor: "person:staff:bob", Resource: &partnerv1.Event_Merger{Merger: reverted}},
	} {
		if diff := cmp.Diff(want, feed[i], protocmp.Transform(), protocmp.IgnoreFields(&partnerv1.Event{}, "position", "occur_time")); diff != "" {
			t.Error(diff)
		}
	}
}
