package registrations_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	noon    = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	today   = calendar.On(2026, time.March, 1)
	softcat = partners.Partner{ID: "softcat", Type: partners.Reseller, State: partners.Active}
	policy  = code.Defaults()
)

func deal() registrations.Deal {
	return registrations.Deal{CustomerName: "Acme", Domain: "acme.example", Country: "GB", FamilyID: "email-security", Seats: 200}
}

func must(t *testing.T) func(registrations.Registration, error) registrations.Registration {
	return func(r registrations.Registration, err error) registrations.Registration {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func draft(t *testing.T) registrations.Registration {
	t.Helper()
	r := must(t)(registrations.Write(softcat, deal(), noon))
	r.ID = "dre_1"
	return r
}

func submitted(t *testing.T) registrations.Registration {
	t.Helper()
	return must(t)(draft(t).Submit(softcat, noon))
}

func approved(t *testing.T) registrations.Registration {
	t.Helper()
	return must(t)(submitted(t).Approve(registrations.Approval{Code: "cod_1", Policy: policy, Today: today}))
}

func TestWrite_PutsTheDealIntoOneForm(t *testing.T) {
	written := deal()
	written.CustomerName, written.Domain = " Acme ", "ACME.example."
	got := must(t)(registrations.Write(softcat, written, noon))
	want := registrations.Registration{PartnerID: "softcat", Deal: deal(), State: registrations.Draft, Revision: 1, CreateTime: noon}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrite_NamesTheFieldAtFault(t *testing.T) {
	tests := map[string]struct {
		change func(*registrations.Deal)
		want   error
	}{
		"customer_name": {func(d *registrations.Deal) { d.CustomerName = " " }, registrations.ErrInvalid},
		"domain":        {func(d *registrations.Deal) { d.Domain = "mail.acme.example" }, domain.ErrInvalid},
		"country_code":  {func(d *registrations.Deal) { d.Country = "UK" }, partners.ErrCountryUnknown},
		"family_id":     {func(d *registrations.Deal) { d.FamilyID = "" }, registrations.ErrInvalid},
		"seats":         {func(d *registrations.Deal) { d.Seats = 0 }, registrations.ErrSeats},
		"expected_net":  {func(d *registrations.Deal) { d.ExpectedNet = money.Amount{Minor: -1, Currency: "GBP"} }, money.ErrNegative},
		"description":   {func(d *registrations.Deal) { d.Description = strings.Repeat("é", 4001) }, registrations.ErrInvalid},
	}
	for field, tt := range tests {
		wrong := deal()
		tt.change(&wrong)
		_, err := registrations.Write(softcat, wrong, noon)
		if refusal, _ := fault.Of(err); !errors.Is(err, tt.want) || refusal.Field != "deal_registration."+field {
			t.Errorf("%s: got %v, want %v", field, err, tt.want)
		}
	}
}

func TestWrite_IsForPartnersThatEarnARewardOnly(t *testing.T) {
	suspended := softcat
	suspended.State = partners.Suspended
	for name, partner := range map[string]partners.Partner{
		"the vendor":  {ID: partners.Direct, Type: partners.DirectSales, State: partners.Active},
		"a supplier":  {ID: "acme", Type: partners.Supplier, State: partners.Active},
		"a suspended": suspended,
	} {
		if _, err := registrations.Write(partner, deal(), noon); !errors.Is(err, partners.ErrNotSelling) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := draft(t).Submit(suspended, noon); !errors.Is(err, partners.ErrNotSelling) {
		t.Errorf("submitted by a suspended: %v", err)
	}
}

func TestUpdate_ChangesTheNamedFieldsOnly(t *testing.T) {
	got := must(t)(draft(t).Update(registrations.Update{
		Fields: []string{"seats", "domain", "expected_close_date"},
		Deal:   registrations.Deal{Seats: 300, Domain: "Acme.CO.UK", ExpectedClose: today, CustomerName: "ignored"},
	}))
	want := draft(t)
	want.Seats, want.Domain, want.ExpectedClose, want.Revision = 300, "acme.co.uk", today, 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdate_OfWhatIsAskedChangesNothingElse(t *testing.T) {
	asked := must(t)(submitted(t).Request(registrations.Request{Fields: []string{"seats"}, Note: "Why so many?"}))
	better := registrations.Deal{Seats: 150, CustomerName: "Other"}
	tests := []struct {
		name   string
		of     registrations.Registration
		fields []string
		want   error
	}{
		{"what is asked", asked, []string{"seats"}, nil},
		{"another field", asked, []string{"seats", "customer_name"}, registrations.ErrMaskInvalid},
		{"nothing", asked, nil, registrations.ErrMaskInvalid},
		{"a field of nobody", draft(t), []string{"state"}, registrations.ErrMaskInvalid},
		{"of a submitted one", submitted(t), []string{"seats"}, registrations.ErrStateInvalid},
		{"of an approved one", approved(t), []string{"seats"}, registrations.ErrStateInvalid},
		{"emptied", draft(t), []string{"domain"}, domain.ErrInvalid},
	}
	for _, tt := range tests {
		if _, err := tt.of.Update(registrations.Update{Fields: tt.fields, Deal: better}); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestSubmit_AnswersARequestAndKeepsTheFirstInstant(t *testing.T) {
	asked := must(t)(submitted(t).Request(registrations.Request{Fields: []string{"seats"}, Note: "Why so many?"}))
	if diff := cmp.Diff([]string{"seats"}, asked.RequestedFields); diff != "" || asked.VendorNote != "Why so many?" {
		t.Errorf("asked: %+v", asked)
	}
	again := must(t)(asked.Submit(softcat, noon.Add(time.Hour)))
	if again.State != registrations.Submitted || !again.SubmitTime.Equal(noon) || again.RequestedFields != nil {
		t.Errorf("answered: %+v", again)
	}
}

func TestRequest_AndRejectNeedWords(t *testing.T) {
	ask := func(fields []string, note string) error {
		_, err := submitted(t).Request(registrations.Request{Fields: fields, Note: note})
		return err
	}
	reject := func(note string) error {
		_, err := submitted(t).Reject(note)
		return err
	}
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"asked for nothing", ask(nil, "Why?"), registrations.ErrInvalid},
		{"asked about what no partner writes", ask([]string{"state"}, "Why?"), registrations.ErrInvalid},
		{"asked without a word", ask([]string{"seats"}, " "), registrations.ErrReasonRequired},
		{"asked at length", ask([]string{"seats"}, strings.Repeat("x", 4001)), registrations.ErrInvalid},
		{"rejected without a word", reject(""), registrations.ErrReasonRequired},
		{"rejected", reject("Known to us."), nil},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, tt.err, tt.want)
		}
	}
}

func TestApprove_LooksBackForPaidSubscriptions(t *testing.T) {
	for paidUntil, want := range map[calendar.Date]error{
		{}:                               nil,
		calendar.On(2025, time.March, 1): nil, // the last paid day was 28 February
		calendar.On(2025, time.March, 2): registrations.ErrNotNew,
		today.AddDays(300):               registrations.ErrNotNew,
	} {
		got, err := submitted(t).Approve(registrations.Approval{Code: "cod_1", Policy: policy, Today: today, PaidUntil: paidUntil})
		if !errors.Is(err, want) {
			t.Errorf("paid until %s: got %v, want %v", paidUntil, err, want)
		}
		if want == nil && (got.ApproveDate != today || got.ExpireDate != calendar.On(2026, time.May, 30) || got.Code != "cod_1") {
			t.Errorf("approved: %+v", got)
		}
	}
}

func TestOn_Day90IsInsideAndDay91IsNot(t *testing.T) {
	r := approved(t)
	for days, want := range map[int]registrations.State{0: registrations.Approved, 90: registrations.Approved, 91: registrations.Expired} {
		day := today.AddDays(days)
		if got := r.On(day); got != want || r.Open(day) != (want == registrations.Approved) || r.Seen(day).State != want {
			t.Errorf("day %d: got %s", days, got)
		}
	}
	if _, over := r.Expire(today.AddDays(90)); over {
		t.Error("over on day 90")
	}
	expired, over := r.Expire(today.AddDays(91))
	if _, again := expired.Expire(today.AddDays(92)); !over || again || expired.State != registrations.Expired || expired.Revision != r.Revision+1 {
		t.Errorf("on day 91: %+v, %v", expired, over)
	}
}

func TestExtend_IsPossibleOnceAndInTime(t *testing.T) {
	extended := must(t)(approved(t).Extend(today.AddDays(90), 90))
	if extended.ExpireDate != today.AddDays(180) || !extended.Extended {
		t.Errorf("got %+v", extended)
	}
	stored, _ := approved(t).Expire(today.AddDays(91))
	tests := []struct {
		name string
		of   registrations.Registration
		day  int
		want error
	}{
		{"twice", extended, 90, registrations.ErrStateInvalid},
		{"twice and late", extended, 181, registrations.ErrExpired},
		{"on day 91", approved(t), 91, registrations.ErrExpired},
		{"stored as expired", stored, 91, registrations.ErrExpired},
		{"never approved", submitted(t), 0, registrations.ErrStateInvalid},
	}
	for _, tt := range tests {
		if _, err := tt.of.Extend(today.AddDays(tt.day), 90); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestDecisions_ComeInTheirOrder(t *testing.T) {
	asked := must(t)(submitted(t).Request(registrations.Request{Fields: []string{"seats"}, Note: "?"}))
	rejected := must(t)(asked.Reject("No answer."))
	converted := must(t)(approved(t).Convert("sbm_1"))
	approve := func(r registrations.Registration) error {
		_, err := r.Approve(registrations.Approval{Code: "cod_1", Policy: policy, Today: today})
		return err
	}
	submit := func(r registrations.Registration) error { _, err := r.Submit(softcat, noon); return err }
	withdraw := func(r registrations.Registration) error { _, err := r.Withdraw(); return err }
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"approving a draft", approve(draft(t)), registrations.ErrStateInvalid},
		{"approving what is asked about", approve(asked), registrations.ErrStateInvalid},
		{"approving again", approve(approved(t)), registrations.ErrStateInvalid},
		{"submitting again", submit(submitted(t)), registrations.ErrStateInvalid},
		{"submitting what was rejected", submit(rejected), registrations.ErrStateInvalid},
		{"rejecting what is approved", func() error { _, err := approved(t).Reject("No."); return err }(), registrations.ErrStateInvalid},
		{"asking about a draft", func() error {
			_, err := draft(t).Request(registrations.Request{Fields: []string{"seats"}, Note: "?"})
			return err
		}(), registrations.ErrStateInvalid},
		{"withdrawing a draft", withdraw(draft(t)), nil},
		{"withdrawing what is rejected", withdraw(rejected), nil},
		{"withdrawing an order", withdraw(converted), registrations.ErrStateInvalid},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, tt.err, tt.want)
		}
	}
	withdrawn := must(t)(approved(t).Withdraw())
	if diff := cmp.Diff(withdrawn, must(t)(withdrawn.Withdraw())); diff != "" {
		t.Errorf("withdrawn again:\n%s", diff)
	}
}

func TestCheckOrder_TellsWhichOrderMayConvert(t *testing.T) {
	acme := registrations.Customer{Domains: []domain.Name{"acme.co.uk", "acme.example"}, IDs: []string{"cus_1"}}
	order := registrations.Order{SubmissionID: "sbm_1", Customer: acme, FamilyID: "email-security", On: today.AddDays(90)}
	with := func(change func(*registrations.Order)) registrations.Order {
		o := order
		change(&o)
		return o
	}
	expired, _ := approved(t).Expire(today.AddDays(91))
	tests := []struct {
		name  string
		of    registrations.Registration
		order registrations.Order
		want  error
	}{
		{"on day 90, by another domain of the customer", approved(t), order, nil},
		{"on day 91", approved(t), with(func(o *registrations.Order) { o.On = today.AddDays(91) }), registrations.ErrExpired},
		{"stored as expired", expired, order, registrations.ErrExpired},
		{"another family", approved(t), with(func(o *registrations.Order) { o.FamilyID = "archiving" }), registrations.ErrStateInvalid},
		{"another customer", approved(t), with(func(o *registrations.Order) { o.Customer.Domains = []domain.Name{"umbrella.example"} }), registrations.ErrStateInvalid},
		{"submitted", submitted(t), order, registrations.ErrNotApproved},
		{"withdrawn", must(t)(approved(t).Withdraw()), order, registrations.ErrNotApproved},
		{"converted by itself", must(t)(approved(t).Convert("sbm_1")), order, nil},
		{"converted by another", must(t)(approved(t).Convert("sbm_2")), order, registrations.ErrStateInvalid},
		{"converted, in a preview", must(t)(approved(t).Convert("sbm_2")), with(func(o *registrations.Order) { o.SubmissionID = "" }), registrations.ErrStateInvalid},
	}
	for _, tt := range tests {
		if err := tt.of.CheckOrder(tt.order); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestConvert_FollowsABookedOrderWhateverHappenedSince(t *testing.T) {
	expired, _ := approved(t).Expire(today.AddDays(91))
	for name, r := range map[string]registrations.Registration{
		"approved": approved(t), "expired since": expired, "withdrawn since": must(t)(approved(t).Withdraw()),
	} {
		got, err := r.Convert("sbm_1")
		if err != nil || got.State != registrations.Converted || got.SubmissionID != "sbm_1" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if again, err := got.Convert("sbm_1"); err != nil || again.Revision != got.Revision {
			t.Errorf("%s: again: %+v, %v", name, again, err)
		}
		if _, err := got.Convert("sbm_2"); !errors.Is(err, registrations.ErrStateInvalid) {
			t.Errorf("%s: by a second order: %v", name, err)
		}
	}
	if _, err := submitted(t).Convert("sbm_1"); !errors.Is(err, registrations.ErrNotApproved) {
		t.Errorf("never approved: %v", err)
	}
}

func TestClaims_AreAllThatNamesTheCustomer(t *testing.T) {
	group := registrations.Customer{
		Domains: []domain.Name{"b.example", "a.example", "b.example"}, IDs: []string{"cus_2", "cus_1", "cus_1"}, Group: "grp_1",
	}
	want := []registrations.Claim{"customer:cus_1", "customer:cus_2", "domain:a.example", "domain:b.example", "group:grp_1"}
	if diff := cmp.Diff(want, group.Claims()); diff != "" {
		t.Error(diff)
	}
	unknown := registrations.Customer{Domains: []domain.Name{"new.example"}}
	if diff := cmp.Diff([]registrations.Claim{"domain:new.example"}, unknown.Claims()); diff != "" {
		t.Errorf("unknown customer:\n%s", diff)
	}
}

func TestTaken_TellsTheLoserNothingThatIsNotItsOwn(t *testing.T) {
	winner := registrations.Holder{ID: "dre_9", PartnerID: "cdw"}
	for visible, want := range map[bool]bool{true: true, false: false} {
		refusal, ok := fault.Of(winner.Taken(visible))
		told := strings.Contains(refusal.Message, "dre_9") && refusal.Facts["deal_registration_id"] == "dre_9"
		if !ok || !errors.Is(refusal, registrations.ErrTaken) || told != want {
			t.Errorf("visible %v: %v", visible, refusal)
		}
		if strings.Contains(refusal.Message, "cdw") {
			t.Errorf("names the partner: %v", refusal)
		}
	}
}

// Through any life, a registration is approved for at most twice the days, and
// reserves only between its first submission and its end.
func TestLaw_NoLifeIsLongerThanAnApprovalAndItsExtension(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := registrations.Write(softcat, deal(), noon)
		if err != nil {
			t.Fatal(err)
		}
		day := today
		for range rapid.IntRange(1, 12).Draw(t, "deeds") {
			day = day.AddDays(rapid.IntRange(0, 60).Draw(t, "pause"))
			next, err := deed(rapid.SampledFrom([]string{
				"submit", "ask", "approve", "approve", "reject", "extend", "extend", "withdraw", "convert", "expire",
			}).Draw(t, "deed"), r, day)
			if err != nil {
				continue
			}
			r = next
			if !r.ApproveDate.IsZero() && r.ApproveDate.DaysUntil(r.ExpireDate) > 180 {
				t.Fatalf("lives too long: %+v", r)
			}
			if r.Open(day) && (r.SubmitTime.IsZero() || (r.State == registrations.Approved && day.After(r.ExpireDate))) {
				t.Fatalf("reserves without right: %+v", r)
			}
		}
	})
}

func deed(name string, r registrations.Registration, day calendar.Date) (registrations.Registration, error) {
	switch name {
	case "submit":
		return r.Submit(softcat, noon)
	case "ask":
		return r.Request(registrations.Request{Fields: []string{"seats"}, Note: "?"})
	case "approve":
		return r.Approve(registrations.Approval{Code: "cod_1", Policy: policy, Today: day})
	case "reject":
		return r.Reject("No.")
	case "extend":
		return r.Extend(day, 90)
	case "withdraw":
		return r.Withdraw()
	case "convert":
		return r.Convert("sbm_1")
	}
	expired, _ := r.Expire(day)
	return expired, nil
}
