package transfers_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
)

func TestInquire_IsGoodForAWeekAndNeverLongerThanTheTransfer(t *testing.T) {
	for sent, want := range map[string]string{"2026-03-03": "2026-03-10", "2026-03-12": "2026-03-16"} {
		i := requested(t).Inquire(transfers.Inquiry{}, day(sent), code.Defaults())
		if i.ExpireDate != day(want) || i.TransferID != "trf_1" {
			t.Errorf("sent on %s it is good until %s, want %s", sent, i.ExpireDate, want)
		}
		if err := i.Live(day(want)); err != nil {
			t.Errorf("on %s: %v", want, err)
		}
		if err := i.Live(day(want).AddDays(1)); !errors.Is(err, transfers.ErrConsentExpired) {
			t.Errorf("the day after %s: %v", want, err)
		}
	}
}

func TestMayMail_IsThreeIn90Days(t *testing.T) {
	p := code.Defaults()
	if got := transfers.MailsSince(day("2026-05-31"), p); got != day("2026-03-02") {
		t.Errorf("counted since %s", got)
	}
	if !transfers.MayMail(2, p) || transfers.MayMail(3, p) {
		t.Error("the limit is not three")
	}
}

func TestChooseContact_PrefersTheOneThatIsWanted(t *testing.T) {
	ann := transfers.Contact{ID: "1", Email: "ann@example.com"}
	bob := transfers.Contact{ID: "2", Email: "bob@example.com", Authorised: true}
	cid := transfers.Contact{ID: "3", Email: "cid@example.com", Authorised: true}
	gone := transfers.Contact{ID: "4", Email: "abe@sold.example", Authorised: true}
	for _, tt := range []struct {
		name, wanted string
		all          []transfers.Contact
		want         string
	}{
		{"nobody wanted", "", []transfers.Contact{cid, ann, gone, bob}, "2"},
		{"one who may", "Cid@Example.com ", []transfers.Contact{bob, cid}, "3"},
		{"one who may not", "ann@example.com", []transfers.Contact{ann, cid, bob}, "2"},
		{"a stranger", "eve@elsewhere.example", []transfers.Contact{cid, bob}, "2"},
		{"one of a domain that was sold", "abe@sold.example", []transfers.Contact{gone, cid}, "3"},
		{"nobody may", "", []transfers.Contact{ann, gone}, ""},
		{"nobody is known", "", nil, ""},
	} {
		got, ok := transfers.ChooseContact(tt.all, []string{"example.com"}, tt.wanted)
		if got.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, got.ID, ok)
		}
	}
}

func TestCheck_RefusesAContactWhoMayNoLongerSpeak(t *testing.T) {
	domains := []string{"example.com", "example.org"}
	for _, tt := range []struct {
		contact transfers.Contact
		want    error
	}{
		{transfers.Contact{Email: "bob@example.org", Authorised: true}, nil},
		{transfers.Contact{Email: "bob@example.org"}, transfers.ErrContactAuthorised},
		{transfers.Contact{}, transfers.ErrContactAuthorised},
		{transfers.Contact{Email: "bob@mail.example.org", Authorised: true}, transfers.ErrContactDomain},
		{transfers.Contact{Email: "bob@example.net", Authorised: true}, transfers.ErrContactDomain},
	} {
		if err := tt.contact.Check(domains); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.contact, err, tt.want)
		}
	}
}
