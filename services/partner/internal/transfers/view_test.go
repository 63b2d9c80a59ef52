package transfers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

var vendor = transfers.Viewer{Vendor: true}

func partner(ids ...partners.ID) transfers.Viewer { return transfers.Viewer{Partners: ids} }

func seen(t *testing.T, x transfers.Transfer, v transfers.Viewer, on calendar.Date) transfers.View {
	t.Helper()
	view, err := x.SeenBy(v, on)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// shown is all that a viewer could read.
func shown(t *testing.T, v transfers.View) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSeenBy_ShowsTheChallengerNothingBeforeTheConsent(t *testing.T) {
	empty, full := requested(t), requested(t)
	full.Moves = moves
	a, b := seen(t, empty, partner("cdw"), today), seen(t, full, partner("cdw"), today)
	if shown(t, a) != shown(t, b) || a.Etag() != b.Etag() {
		t.Errorf("it shows whether there is something to move:\n%s\n%s", shown(t, a), shown(t, b))
	}
	if a.Side != transfers.Challenger || a.State != transfers.Requested {
		t.Errorf("%s, %s", a.Side, a.State)
	}
	if _, err := full.SeenBy(partner("softcat"), today); !errors.Is(err, transfers.ErrNotFound) {
		t.Errorf("the incumbent: %v", err)
	}
}

func TestSeenBy_NeverNamesTheOtherSide(t *testing.T) {
	x := consented(t)
	x.Moves[0].Contested = true
	for _, tt := range []struct {
		viewer    transfers.Viewer
		side      transfers.Side
		moves     int
		forbidden []string
	}{
		{partner("cdw"), transfers.Challenger, 3, []string{"softcat", "bytes", "outages", `"contested":true`}},
		{partner("softcat"), transfers.Incumbent, 2, []string{"cdw", "bytes", "outages", "our 7", "sub_3"}},
		{partner("bytes"), transfers.Incumbent, 1, []string{"cdw", "softcat", "outages", "our 7", "sub_1", "sub_2"}},
		{partner("cdw", "softcat"), transfers.Challenger, 3, []string{"bytes"}},
	} {
		view := seen(t, x, tt.viewer, today)
		if view.Side != tt.side || len(view.Moves) != tt.moves {
			t.Errorf("%v is on side %s of %d moves", tt.viewer.Partners, view.Side, len(view.Moves))
		}
		for _, word := range tt.forbidden {
			if strings.Contains(shown(t, view), word) {
				t.Errorf("%v reads %s in %s", tt.viewer.Partners, word, shown(t, view))
			}
		}
	}
	if _, err := x.SeenBy(partner("insight"), today); !errors.Is(err, transfers.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if all := seen(t, x, vendor, today); len(all.Moves) != 3 || all.ConsentText == "" || all.Moves[0].Incumbent != "softcat" || all.Side != "" {
		t.Errorf("the vendor sees %s", shown(t, all))
	}
}

func TestSeenBy_HidesFromTheChallengerThatItWasSuperseded(t *testing.T) {
	open := requested(t)
	superseded, _ := open.Supersede(today)
	expired, _ := superseded.Expire(open.ExpireDate.AddDays(1))
	for name, on := range map[string]calendar.Date{"while it is open": today, "after it": open.ExpireDate.AddDays(1)} {
		a, b, c := seen(t, open, partner("cdw"), on), seen(t, superseded, partner("cdw"), on), seen(t, expired, partner("cdw"), on)
		if shown(t, a) != shown(t, b) || a.Etag() != b.Etag() {
			t.Errorf("%s:\n%s\n%s", name, shown(t, a), shown(t, b))
		}
		if on != today && a.Etag() != c.Etag() {
			t.Errorf("%s: the clock's task shows", name)
		}
	}
	if got := seen(t, superseded, vendor, today).State; got != transfers.Superseded {
		t.Errorf("the vendor sees %s", got)
	}
	cancelled, _ := open.Cancel(today)
	after, _ := superseded.Cancel(today)
	if shown(t, seen(t, cancelled, partner("cdw"), today)) != shown(t, seen(t, after, partner("cdw"), today)) {
		t.Error("a cancelled one shows that it was superseded")
	}
}

func TestEtag_ChangesWithWhatTheViewerSeesOnly(t *testing.T) {
	before := consented(t)
	before.Moves[0].ContestBy = day("2026-03-17")
	contested, _, err := before.Contest(softcats(""))
	if err != nil {
		t.Fatal(err)
	}
	released, _, err := before.Release(softcats(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		viewer transfers.Viewer
		after  transfers.Transfer
		same   bool
	}{
		{"contested, to the challenger", partner("cdw"), contested, true},
		{"contested, to the incumbent", partner("softcat"), contested, false},
		{"contested, to another incumbent", partner("bytes"), contested, true},
		{"contested, to the vendor", vendor, contested, false},
		{"released, to the challenger", partner("cdw"), released, false},
		{"released, to another incumbent", partner("bytes"), released, true},
	} {
		a, b := seen(t, before, tt.viewer, today), seen(t, tt.after, tt.viewer, today)
		if (a.Etag() == b.Etag()) != tt.same {
			t.Errorf("%s: the etags are the same: %v", tt.name, !tt.same)
		}
		if err := b.CheckEtag(a.Etag()); errors.Is(err, revision.ErrMismatch) == tt.same {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
