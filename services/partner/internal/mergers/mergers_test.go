package mergers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	noon  = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	today = calendar.On(2026, time.March, 1)
)

func reseller(id partners.ID) partners.Partner {
	return partners.Partner{ID: id, Type: partners.Reseller, State: partners.Active}
}

func proposal(survivor, absorbed partners.Partner) mergers.Proposal {
	return mergers.Proposal{Survivor: survivor, Absorbed: absorbed, RevertDays: 30, By: "ann", On: today, At: noon}
}

func TestMake_LetsTheSurvivorActFromToday(t *testing.T) {
	got, err := mergers.Names{}.Make(proposal(reseller("a"), reseller("b")))
	if err != nil {
		t.Fatal(err)
	}
	want := mergers.Merger{
		PartnerID: "a", AbsorbedID: "b", State: mergers.InForce, MergeDate: today, RevertBy: calendar.On(2026, time.March, 31),
		Actor: "ann", Revision: 1, CreateTime: noon,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMake_NamesTheSideAtFault(t *testing.T) {
	direct := partners.Partner{ID: partners.Direct, Type: partners.DirectSales, State: partners.Active}
	supplier := partners.Partner{ID: "s", Type: partners.Supplier, State: partners.Active}
	bankrupt := partners.Partner{ID: "i", Type: partners.Reseller, State: partners.Suspended, Cause: partners.Insolvent}
	names := mergers.Names{"c": "b"} // b has absorbed c
	tests := []struct {
		name               string
		survivor, absorbed partners.Partner
		want               error
		field              string
	}{
		{"itself", reseller("a"), reseller("a"), mergers.ErrSamePartner, "absorbed_partner_id"},
		{"into the vendor", direct, reseller("a"), mergers.ErrStateInvalid, "partner_id"},
		{"the vendor", reseller("a"), direct, mergers.ErrStateInvalid, "absorbed_partner_id"},
		{"a supplier", reseller("a"), supplier, partners.ErrNotSelling, "absorbed_partner_id"},
		{"into a supplier", supplier, reseller("a"), partners.ErrNotSelling, "partner_id"},
		{"absorbed once more", reseller("a"), reseller("c"), mergers.ErrStateInvalid, "absorbed_partner_id"},
		{"into an absorbed one", reseller("c"), reseller("a"), mergers.ErrStateInvalid, "partner_id"},
		{"a second one", reseller("b"), reseller("a"), nil, ""},
		{"a survivor", reseller("a"), reseller("b"), nil, ""},
		{"a suspended one", reseller("a"), bankrupt, nil, ""},
	}
	for _, tt := range tests {
		_, err := names.Make(proposal(tt.survivor, tt.absorbed))
		refusal, _ := fault.Of(err)
		if !errors.Is(err, tt.want) || (tt.want != nil && refusal.Field != tt.field) {
			t.Errorf("%s: got %v, want %v on %s", tt.name, err, tt.want, tt.field)
		}
	}
}

func TestRevert_IsPossibleThroughItsLastDay(t *testing.T) {
	made, err := mergers.Names{}.Make(proposal(reseller("a"), reseller("b")))
	if err != nil {
		t.Fatal(err)
	}
	for days, want := range map[int]error{0: nil, 30: nil, 31: mergers.ErrRevertClosed} {
		reverted, err := made.Revert(today.AddDays(days))
		if !errors.Is(err, want) || (want == nil && (reverted.State != mergers.Reverted || reverted.RevertDate != today.AddDays(days) || reverted.Revision != 2)) {
			t.Errorf("day %d: got %+v, %v", days, reverted, err)
		}
	}
	reverted, _ := made.Revert(today)
	if _, err := reverted.Revert(today); !errors.Is(err, mergers.ErrStateInvalid) {
		t.Errorf("reverted twice: %v", err)
	}
}

func TestNames_FollowTheChain(t *testing.T) {
	names := mergers.NamesOf([]mergers.Merger{
		{PartnerID: "b", AbsorbedID: "c", State: mergers.InForce},
		{PartnerID: "a", AbsorbedID: "b", State: mergers.InForce},
		{PartnerID: "a", AbsorbedID: "d", State: mergers.InForce},
		{PartnerID: "a", AbsorbedID: "e", State: mergers.Reverted},
	})
	for id, want := range map[partners.ID]partners.ID{"a": "a", "b": "a", "c": "a", "d": "a", "e": "e", "f": "f"} {
		if got := names.Root(id); got != want {
			t.Errorf("root of %s: got %s, want %s", id, got, want)
		}
	}
	for id, want := range map[partners.ID][]partners.ID{"a": {"a", "b", "c", "d"}, "b": {"b", "c"}, "c": {"c"}, "e": {"e"}} {
		if diff := cmp.Diff(want, names.ActsFor(id)); diff != "" {
			t.Errorf("%s acts for:\n%s", id, diff)
		}
	}
	if !names.Same("c", "d") || names.Same("c", "e") {
		t.Error("c and d are one, c and e are not")
	}
}

// Whatever is merged and reverted in whatever order: each partner has one root,
// which is not absorbed, and exactly the root's family is acted for by it.
func TestLaw_EveryPartnerHasOneThatActsForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []mergers.Merger
		id := rapid.Custom(func(t *rapid.T) partners.ID {
			return partners.ID(fmt.Sprintf("p%d", rapid.IntRange(0, 6).Draw(t, "partner")))
		})
		for range rapid.IntRange(0, 15).Draw(t, "deeds") {
			if len(all) > 0 && rapid.Bool().Draw(t, "revert") {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				if reverted, err := all[i].Revert(today); err == nil {
					all[i] = reverted
				}
				continue
			}
			made, err := mergers.NamesOf(all).Make(proposal(reseller(id.Draw(t, "survivor")), reseller(id.Draw(t, "absorbed"))))
			if err == nil {
				all = append(all, made)
			}
		}
		names := mergers.NamesOf(all)
		acted := 0
		for i := range 7 {
			p := partners.ID(fmt.Sprintf("p%d", i))
			root := names.Root(p)
			if _, absorbed := names[root]; absorbed {
				t.Fatalf("%s acts for %s but is absorbed: %v", root, p, names)
			}
			if root == p {
				acted += len(names.ActsFor(p))
			}
		}
		if acted != 7 {
			t.Fatalf("the roots act for %d of 7: %v", acted, names)
		}
	})
}

func TestRoot_EndsEvenInACircle(t *testing.T) {
	broken := mergers.Names{"a": "b", "b": "a"}
	broken.Root("a")
	if got := broken.ActsFor("a"); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestNotices_SayWhatPeopleShouldKnow(t *testing.T) {
	terms := func(p partners.Partner, mode partners.SettlementMode) selling.Terms {
		return selling.Terms{Partner: p, Agreement: &partners.Agreement{PartnerID: p.ID, SettlementMode: mode}}
	}
	suspended := reseller("b")
	suspended.State, suspended.SuspendDate = partners.Suspended, today
	tests := []struct {
		name    string
		outlook mergers.Outlook
		want    []string // words of each notice
	}{
		{"nothing", mergers.Outlook{Survivor: terms(reseller("a"), partners.Agency), Absorbed: terms(reseller("b"), partners.Agency)}, nil},
		{"suspended, other mode", mergers.Outlook{Survivor: terms(reseller("a"), partners.Agency), Absorbed: terms(suspended, partners.Resale)},
			[]string{"b is suspended since 2026-03-01", "a has AGENCY, b has RESALE"}},
		{"no agreement", mergers.Outlook{Survivor: terms(reseller("a"), partners.Agency), Absorbed: selling.Terms{Partner: reseller("b")}},
			[]string{"b has no agreement"}},
		{"open matters", mergers.Outlook{
			Survivor: terms(reseller("a"), partners.Agency), Absorbed: terms(reseller("b"), partners.Agency),
			Open: mergers.Open{Transfers: 1, Cases: 2, Registrations: 3},
		}, []string{"1 transfer is open", "2 cases are open", "3 of them the survivor's"}},
	}
	for _, tt := range tests {
		got := tt.outlook.Notices()
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q", tt.name, got)
			continue
		}
		for i, words := range tt.want {
			if !strings.Contains(got[i], words) {
				t.Errorf("%s: %q says nothing of %q", tt.name, got[i], words)
			}
		}
	}
}
