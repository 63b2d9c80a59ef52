package surveys_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/onetime"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// policy is the one that the service begins with.
var policy = surveys.Policy{
	Version: 1, ContactLimit: 1, ContactDays: 30, OrganisationLimit: 5, OrganisationDays: 30,
	QuietFromHour: 20, QuietUntilHour: 8, QuietWeekends: true, AskWithinDays: 14, LinkDays: 30,
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func score(n int32) *int32 { return &n }

func TestSendAfter_WaitsForTheRecipientsDay(t *testing.T) {
	const layout = "2006-01-02 15:04"
	always := policy
	always.QuietFromHour, always.QuietUntilHour, always.QuietWeekends = 8, 8, false
	midday := policy
	midday.QuietFromHour, midday.QuietUntilHour = 12, 14
	weekdays := always
	weekdays.QuietWeekends = true
	for _, tt := range []struct {
		name       string
		p          surveys.Policy
		zone       string
		from, want string
	}{
		{"Friday evening, before the quiet hours", policy, "America/New_York", "2026-03-06 19:59", "2026-03-06 19:59"},
		{"Friday evening, in the quiet hours", policy, "America/New_York", "2026-03-06 20:00", "2026-03-09 08:00"},
		{"at night", policy, "Europe/London", "2026-03-03 03:00", "2026-03-03 08:00"},
		{"when the quiet hours end", policy, "Europe/London", "2026-03-03 08:00", "2026-03-03 08:00"},
		{"on Sunday at noon", policy, "Asia/Tokyo", "2026-03-08 12:00", "2026-03-09 08:00"},
		{"over the change to summer time", policy, "Europe/London", "2026-03-28 12:00", "2026-03-30 08:00"},
		{"quiet at lunch", midday, "Europe/London", "2026-03-03 13:59", "2026-03-03 14:00"},
		{"no quiet hours", always, "Europe/London", "2026-03-08 03:00", "2026-03-08 03:00"},
		{"weekends only", weekdays, "Europe/London", "2026-03-07 03:00", "2026-03-09 00:00"},
	} {
		loc := zone(t, tt.zone)
		from, err := time.ParseInLocation(layout, tt.from, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.p.SendAfter(from, loc).In(loc).Format(layout); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Whatever the policy, an invitation goes out within days, not before it is due,
// and asking again changes nothing.
func TestSendAfter_ComesToAnEnd(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "America/New_York"), zone(t, "Asia/Kathmandu"), zone(t, "Australia/Lord_Howe"), zone(t, "America/Santiago")}
	rapid.Check(t, func(r *rapid.T) {
		p := policy
		p.QuietFromHour, p.QuietUntilHour = rapid.Int32Range(0, 23).Draw(r, "from"), rapid.Int32Range(0, 23).Draw(r, "until")
		p.QuietWeekends = rapid.Bool().Draw(r, "weekends")
		loc := rapid.SampledFrom(zones).Draw(r, "zone")
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(r, "at"), 0)
		got := p.SendAfter(at, loc)
		if got.Before(at) || got.Sub(at) > 5*24*time.Hour || !p.SendAfter(got, loc).Equal(got) {
			r.Errorf("%s: %s", at.In(loc), got.In(loc))
		}
	})
}

func TestDecide_AsksNobodyTooOften(t *testing.T) {
	at := time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)
	calm := surveys.Circumstances{At: at, Zone: time.UTC, OccurTime: at.Add(-time.Hour), Reachable: true}
	hash := onetime.Entropy{1}.Token().Hash()
	for name, tt := range map[string]struct {
		spoil func(*surveys.Circumstances)
		want  surveys.Suppression
	}{
		"nothing is in the way":            {func(*surveys.Circumstances) {}, ""},
		"the contact was asked":            {func(c *surveys.Circumstances) { c.AskedContact = 1 }, surveys.FatigueContact},
		"four colleagues were asked":       {func(c *surveys.Circumstances) { c.AskedCustomers = 4 }, ""},
		"five colleagues were asked":       {func(c *surveys.Circumstances) { c.AskedCustomers = 5 }, surveys.FatigueCustomer},
		"the contact has opted out":        {func(c *surveys.Circumstances) { c.OptedOut = true }, surveys.OptedOut},
		"the contact is gone":              {func(c *surveys.Circumstances) { c.Reachable = false }, surveys.NobodyToAsk},
		"it happened fourteen days ago":    {func(c *surveys.Circumstances) { c.OccurTime = at.AddDate(0, 0, -14) }, ""},
		"it happened longer ago":           {func(c *surveys.Circumstances) { c.OccurTime = at.AddDate(0, 0, -14).Add(-time.Second) }, surveys.TooLate},
		"somebody who opted out was asked": {func(c *surveys.Circumstances) { c.OptedOut, c.AskedContact = true, 1 }, surveys.OptedOut},
	} {
		c := calm
		tt.spoil(&c)
		got := surveys.Invitation{State: surveys.Waiting}.Decide(c, policy, hash)
		if got.Suppressed != tt.want || got.Minted() != (tt.want == "") || (got.State == surveys.Suppressed) != (tt.want != "") || got.PolicyVersion != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDecide_WaitsAgainWhenTheHourHasPassed(t *testing.T) {
	at := time.Date(2026, time.March, 3, 21, 0, 0, 0, time.UTC)
	c := surveys.Circumstances{At: at, Zone: time.UTC, OccurTime: at, Reachable: true}
	minted := surveys.Invitation{State: surveys.Waiting, MintTime: at.Add(-time.Hour), Hash: onetime.Entropy{1}.Token().Hash()}
	got := minted.Decide(c, policy, onetime.Entropy{2}.Token().Hash())
	if got.Minted() || got.State != surveys.Waiting || !got.SendAfter.Equal(at.Add(11*time.Hour)) {
		t.Errorf("%+v", got)
	}
}

func TestInvitation_IsGoodUntilItExpires(t *testing.T) {
	at := time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)
	hash := onetime.Entropy{1}.Token().Hash()
	i := surveys.Invitation{State: surveys.Waiting}.Decide(surveys.Circumstances{At: at, Zone: time.UTC, OccurTime: at, Reachable: true}, policy, hash)
	if err := (surveys.Invitation{State: surveys.Waiting}).Live(at); !errors.Is(err, surveys.ErrTokenUnknown) {
		t.Errorf("before it has a token: %v", err)
	}
	if err := i.Live(at); err != nil {
		t.Errorf("before it is noted that it was sent: %v", err)
	}
	if answered := i.Answer(at); answered.State != surveys.Answered || !answered.SentTime.Equal(at) {
		t.Errorf("answered before that: %+v", answered)
	} else if _, ok := answered.HandedOver(hash, at.Add(time.Second)); ok {
		t.Error("it is sent after it was answered")
	}
	if _, ok := i.HandedOver(onetime.Entropy{2}.Token().Hash(), at); ok {
		t.Error("an attempt that was overtaken has sent it")
	}
	taken, ok := i.TakenBack(hash)
	if !ok || !errors.Is(taken.Live(at), surveys.ErrTokenUnknown) || taken.Minted() || taken.State != surveys.Waiting {
		t.Errorf("taken back: %+v", taken)
	}
	sent, ok := i.HandedOver(hash, at)
	if answered := sent.Answer(at.Add(time.Hour)); !answered.SentTime.Equal(at) {
		t.Errorf("answered later: %+v", answered)
	}
	if !ok || sent.Live(at.AddDate(0, 0, 30).Add(-time.Second)) != nil || !errors.Is(sent.Live(at.AddDate(0, 0, 30)), surveys.ErrTokenUnknown) {
		t.Errorf("sent: %+v", sent)
	}
}

func TestCheck_TakesWhatIsThere(t *testing.T) {
	for name, tt := range map[string]struct {
		answer surveys.Answer
		want   error
		field  string
	}{
		"everything":            {surveys.Answer{Needs: score(5), Ease: score(1), Enjoyment: score(3), Recommend: score(0), Comment: "Good."}, nil, ""},
		"one question":          {surveys.Answer{Ease: score(4)}, nil, ""},
		"words alone":           {surveys.Answer{Comment: " Thank you. "}, nil, ""},
		"nothing":               {surveys.Answer{}, surveys.ErrEmpty, ""},
		"blanks":                {surveys.Answer{Comment: " \n"}, surveys.ErrEmpty, ""},
		"a zero for the needs":  {surveys.Answer{Needs: score(0)}, surveys.ErrScoreOutOfRange, "needs"},
		"a six for enjoyment":   {surveys.Answer{Enjoyment: score(6)}, surveys.ErrScoreOutOfRange, "enjoyment"},
		"eleven to recommend":   {surveys.Answer{Needs: score(5), Recommend: score(11)}, surveys.ErrScoreOutOfRange, "recommend"},
		"a negative ease score": {surveys.Answer{Ease: score(-1)}, surveys.ErrScoreOutOfRange, "ease"},
	} {
		_, err := tt.answer.Check()
		if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, _ := (surveys.Answer{Comment: " x "}).Check(); a.Comment != "x" {
		t.Errorf("%q", a.Comment)
	}
}

func TestReport_FitsItsAudience(t *testing.T) {
	now := time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)
	ofCustomer := surveys.Report{Customer: "cus_1", Contact: "con_1", OccurTime: now}
	ofPartner := surveys.Report{Partner: "softcat", Email: "pat@softcat.example", TimeZone: "Europe/London", OccurTime: now}
	ofStaff := surveys.Report{Email: "sam@vendor.example", TimeZone: "Europe/London", OccurTime: now}
	with := func(r surveys.Report, change func(*surveys.Report)) surveys.Report { change(&r); return r }
	for name, tt := range map[string]struct {
		audience  touchpoints.Audience
		report    surveys.Report
		anonymous bool
		ok        bool
	}{
		"a customer's contact":         {touchpoints.Customers, ofCustomer, false, true},
		"by address":                   {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.Contact, r.Email = "", "a@b.example" }), false, true},
		"nobody":                       {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.Contact = "" }), false, false},
		"nobody, anonymous":            {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.Contact = "" }), true, true},
		"no customer":                  {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.Customer = "" }), false, false},
		"a claimed partner":            {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.Partner = "softcat" }), false, false},
		"a claimed zone":               {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.TimeZone = "UTC" }), false, false},
		"the future":                   {touchpoints.Customers, with(ofCustomer, func(r *surveys.Report) { r.OccurTime = now.Add(time.Second) }), false, false},
		"a partner's person":           {touchpoints.Partners, ofPartner, false, true},
		"no partner":                   {touchpoints.Partners, ofStaff, false, false},
		"a partner's with a customer":  {touchpoints.Partners, with(ofPartner, func(r *surveys.Report) { r.Customer = "cus_1" }), false, false},
		"a partner's with a contract":  {touchpoints.Partners, with(ofPartner, func(r *surveys.Report) { r.Subscription = "sub_1" }), false, false},
		"a partner's with a contact":   {touchpoints.Partners, with(ofPartner, func(r *surveys.Report) { r.Contact = "con_1" }), false, false},
		"a partner's without address":  {touchpoints.Partners, with(ofPartner, func(r *surveys.Report) { r.Email = "" }), false, false},
		"one of the staff":             {touchpoints.Staff, ofStaff, false, true},
		"one of the staff, by partner": {touchpoints.Staff, ofPartner, false, false},
	} {
		if err := tt.report.Check(tt.audience, now, tt.anonymous); (err == nil) != tt.ok || (err != nil && !errors.Is(err, surveys.ErrInvalid)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSole_KnowsWhatIsTheSameForAll(t *testing.T) {
	for name, tt := range map[string]struct {
		services         []surveys.Service
		partner, product string
	}{
		"none":                     {nil, "", ""},
		"one":                      {[]surveys.Service{{Partner: "softcat", Product: "gateway"}}, "softcat", "gateway"},
		"one partner, two things":  {[]surveys.Service{{"softcat", "gateway"}, {"softcat", "archive"}}, "softcat", ""},
		"two partners, one thing":  {[]surveys.Service{{"softcat", "gateway"}, {"cdw", "gateway"}}, "", "gateway"},
		"two partners, two things": {[]surveys.Service{{"softcat", "gateway"}, {"cdw", "archive"}, {"softcat", "gateway"}}, "", ""},
	} {
		if partner, product := surveys.Sole(tt.services); string(partner) != tt.partner || product != tt.product {
			t.Errorf("%s: %q, %q", name, partner, product)
		}
	}
}

func TestRedact_KeepsTheScores(t *testing.T) {
	at := time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)
	r := surveys.Event{ID: "tpe_1", Customer: "cus_1", Contact: "con_1", Facts: surveys.Facts{Partner: "softcat"}}.
		Respond("rsp_1", surveys.Answer{Needs: score(2), Recommend: score(3), Comment: "Ann was slow."}, at)
	if _, _, err := r.Redact(at, "2"); !errors.Is(err, revision.ErrMismatch) {
		t.Errorf("with another etag: %v", err)
	}
	got, changed, err := r.Redact(at.Add(time.Hour), "1")
	if err != nil || !changed || got.Contact != "" || got.Answer.Comment != "" || *got.Answer.Needs != 2 || *got.Answer.Recommend != 3 || got.Facts != r.Facts || got.Month() != r.Month() {
		t.Errorf("%+v, %v", got, err)
	}
	again, changed, err := got.Redact(at.Add(2*time.Hour), "1")
	if err != nil || changed || again.RedactTime != got.RedactTime {
		t.Errorf("again: %+v, %v", again, err)
	}
}
