package transfers_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	noon  = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	today = calendar.On(2026, time.March, 2)
)

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// requested is a request of cdw's for two subscriptions of softcat's and one of
// bytes'.
func requested(t *testing.T) transfers.Transfer {
	t.Helper()
	made, err := transfers.Request(transfers.Transfer{
		ID: "trf_1", PartnerID: "cdw", Domain: "example.com", FamilyID: "email-security", PartnerReference: "our 7", CreateTime: noon,
	}, today, code.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var moves = []transfers.Move{
	{SubscriptionID: "sub_1", ProductID: "plus", ProductName: "Plus", EffectiveDate: day("2026-04-01"), Incumbent: "softcat"},
	{SubscriptionID: "sub_2", ProductID: "base", ProductName: "Base", EffectiveDate: day("2026-06-01"), Incumbent: "softcat"},
	{SubscriptionID: "sub_3", ProductID: "plus", ProductName: "Plus", EffectiveDate: day("2026-05-01"), Incumbent: "bytes"},
}

func choice(on calendar.Date) transfers.Consent {
	return transfers.Consent{Reason: transfers.Choice, At: on.Time(), Today: on}
}

func consented(t *testing.T) transfers.Transfer {
	t.Helper()
	agreed, err := requested(t).Consent(transfers.Consent{
		Reason: transfers.ServiceFailure, Text: "three outages", At: noon.Add(24 * time.Hour), Today: today.AddDays(1),
	}, moves)
	if err != nil {
		t.Fatal(err)
	}
	return agreed
}

func TestRequest_IsOpenForTheDaysOfThePolicy(t *testing.T) {
	r := requested(t)
	if got := r.ExpireDate; got != day("2026-03-16") {
		t.Errorf("expires on %s", got)
	}
	for on, want := range map[calendar.Date]transfers.State{
		day("2026-03-16"): transfers.Requested,
		day("2026-03-17"): transfers.Expired,
	} {
		if got := r.StateOn(on); got != want {
			t.Errorf("on %s it is %s, want %s", on, got, want)
		}
	}
}

func TestRequest_TakesEffectTodayAtTheEarliest(t *testing.T) {
	for on, want := range map[string]error{"2026-03-02": nil, "2026-03-01": transfers.ErrDateInvalid} {
		_, err := transfers.Request(transfers.Transfer{RequestedDate: day(on)}, today, code.Defaults())
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", on, err, want)
		}
	}
}

func TestConsent_IsRefusedAfterTheLastDay(t *testing.T) {
	r := requested(t)
	if _, err := r.Consent(choice(r.ExpireDate), moves); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	if _, err := r.Consent(choice(r.ExpireDate.AddDays(1)), moves); !errors.Is(err, transfers.ErrNotOpen) {
		t.Errorf("the day after: %v", err)
	}
}

func TestConsent_NeedsWordsForAnyOtherReason(t *testing.T) {
	for text, want := range map[string]error{"": transfers.ErrReasonTextRequired, " \n": transfers.ErrReasonTextRequired, "moved abroad": nil} {
		c := choice(today)
		c.Reason, c.Text = transfers.Other, text
		if _, err := requested(t).Consent(c, moves); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestTransfer_EndsOnce(t *testing.T) {
	type end func(transfers.Transfer) (transfers.Transfer, bool)
	ends := map[string]end{
		"cancel": func(x transfers.Transfer) (transfers.Transfer, bool) {
			ended, err := x.Cancel(today)
			return ended, err == nil
		},
		"supersede": func(x transfers.Transfer) (transfers.Transfer, bool) { return x.Supersede(today) },
		"expire":    func(x transfers.Transfer) (transfers.Transfer, bool) { return x.Expire(x.ExpireDate.AddDays(1)) },
		"consent": func(x transfers.Transfer) (transfers.Transfer, bool) {
			ended, err := x.Consent(choice(today), moves)
			return ended, err == nil
		},
	}
	// A superseded request looks open to its challenger, who can cancel it, and
	// it expires like any other.
	also := map[string]bool{"supersede cancel": true, "supersede expire": true}
	for first, endFirst := range ends {
		ended, ok := endFirst(requested(t))
		if !ok {
			t.Errorf("%s does nothing to a fresh request", first)
		}
		for second, endSecond := range ends {
			if _, ok := endSecond(ended); ok != also[first+" "+second] {
				t.Errorf("%s after %s: %v", second, first, ok)
			}
		}
	}
}

func TestCarried_CompletesWithTheLastAnswer(t *testing.T) {
	type answer struct {
		subscription string
		failure      fault.Reason
	}
	for name, tt := range map[string]struct {
		answers []answer
		want    transfers.State
	}{
		"none yet":           {nil, transfers.Consented},
		"some":               {[]answer{{"sub_1", ""}, {"sub_2", ""}}, transfers.Consented},
		"all":                {[]answer{{"sub_1", ""}, {"sub_2", ""}, {"sub_3", ""}}, transfers.Completed},
		"one of three":       {[]answer{{"sub_1", "PARTNER_CHANGED"}, {"sub_2", ""}, {"sub_3", "NOT_FOUND"}}, transfers.Completed},
		"none of three":      {[]answer{{"sub_1", "NOT_FOUND"}, {"sub_2", "NOT_FOUND"}, {"sub_3", "NOT_FOUND"}}, transfers.Failed},
		"refused, then done": {[]answer{{"sub_1", "NOT_FOUND"}, {"sub_2", "NOT_FOUND"}, {"sub_3", "NOT_FOUND"}, {"sub_2", ""}}, transfers.Completed},
		"of another":         {[]answer{{"sub_9", ""}}, transfers.Consented},
	} {
		got := consented(t)
		for _, a := range tt.answers {
			got = got.Carried(a.subscription, a.failure)
		}
		if got.State != tt.want {
			t.Errorf("%s: %s, want %s", name, got.State, tt.want)
		}
	}
}

func TestCarried_KeepsWhatTheContractHas(t *testing.T) {
	done := consented(t).Carried("sub_1", "")
	if again := done.Carried("sub_1", "PARTNER_CHANGED"); !cmp.Equal(again, done) {
		t.Errorf("a later refusal changed %+v", again.Moves[0])
	}
}

func softcats(subscription string) transfers.Objection {
	return transfers.Objection{By: []partners.ID{"softcat"}, SubscriptionID: subscription, Text: "there was no outage", Today: today.AddDays(1)}
}

func TestRelease_IsOfTheIncumbentsOwnAndOnce(t *testing.T) {
	released, now, err := consented(t).Release(softcats(""))
	if err != nil || len(now) != 2 || released.Moves[2].Released {
		t.Errorf("released %d, %v", len(now), err)
	}
	again, now, err := released.Release(softcats("sub_1"))
	if err != nil || len(now) != 0 || again.Revision != released.Revision {
		t.Errorf("again: %d, %v", len(now), err)
	}
	if _, _, err := consented(t).Release(softcats("sub_3")); !errors.Is(err, transfers.ErrNotFound) {
		t.Errorf("another incumbent's: %v", err)
	}
	if _, _, err := requested(t).Release(softcats("")); !errors.Is(err, transfers.ErrNotFound) {
		t.Errorf("before the consent: %v", err)
	}
	failed := consented(t).Carried("sub_1", "NOT_FOUND")
	if _, _, err := failed.Release(softcats("sub_1")); !errors.Is(err, transfers.ErrStateInvalid) {
		t.Errorf("what does not move: %v", err)
	}
}

func TestContest_HasItsDays(t *testing.T) {
	claimed := consented(t)
	claimed.Moves[0].ContestBy = day("2026-03-17")
	for _, tt := range []struct {
		name   string
		change func(*transfers.Transfer, *transfers.Objection)
		want   error
	}{
		{"on the last day", func(_ *transfers.Transfer, o *transfers.Objection) { o.Today = day("2026-03-17") }, nil},
		{"the day after", func(_ *transfers.Transfer, o *transfers.Objection) { o.Today = day("2026-03-18") }, transfers.ErrContestClosed},
		{"without words", func(_ *transfers.Transfer, o *transfers.Objection) { o.Text = " " }, transfers.ErrReasonTextRequired},
		{"nothing claimed", func(_ *transfers.Transfer, o *transfers.Objection) { o.SubscriptionID = "sub_2" }, transfers.ErrStateInvalid},
		{"released", func(x *transfers.Transfer, _ *transfers.Objection) { *x, _, _ = x.Release(softcats("")) }, transfers.ErrStateInvalid},
		{"contested", func(x *transfers.Transfer, o *transfers.Objection) { *x, _, _ = x.Contest(*o) }, transfers.ErrStateInvalid},
		{"of another", func(_ *transfers.Transfer, o *transfers.Objection) { o.By = []partners.ID{"cdw"} }, transfers.ErrNotFound},
	} {
		x, o := claimed, softcats("")
		tt.change(&x, &o)
		if _, _, err := x.Contest(o); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if contested, now, err := claimed.Contest(softcats("")); err != nil || len(now) != 1 || !contested.Moves[0].Contested || claimed.Moves[0].Contested {
		t.Errorf("%d, %v", len(now), err)
	}
}

func TestProducts_AreNamedOnce(t *testing.T) {
	if diff := cmp.Diff([]string{"Base", "Plus"}, consented(t).Products()); diff != "" {
		t.Error(diff)
	}
}

func TestConsent_RepeatsInTheSameWordsOnly(t *testing.T) {
	agreed := consented(t)
	same := transfers.Consent{Reason: transfers.ServiceFailure, Text: "three outages"}
	if !same.Repeats(agreed) || same.Repeats(requested(t)) {
		t.Error("the same words are not told")
	}
	if other := choice(today); other.Repeats(agreed) {
		t.Error("other words are taken for the same")
	}
}
