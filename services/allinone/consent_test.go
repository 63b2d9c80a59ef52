package allinone_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// TestConsent_AContactAgreesOnThePage follows the link of the mail, twice, since
// a scanner does it first, and sends the form.
func TestConsent_AContactAgreesOnThePage(t *testing.T) {
	s := shared.System(t)
	softcat := s.Partner("softcat")
	contract := s.Sign(t, e2e.Contract{Partner: "bytes", DueIn: 40, LockedBps: 2000})
	domain, address := s.Signatory(t, contract)
	var transfer partnerv1.Transfer
	act(t, s, softcat, "/v1/transfers", fmt.Sprintf(`{"domain": %q, "familyId": "email-security"}`, domain)).Into(t, &transfer)
	link := s.URL + "/consent/" + s.ConsentToken(t, address, transfer.TransferId)

	for range 2 {
		page, status := read(t)(http.Get(link))
		for _, want := range []string{"Softcat", "Email Gateway", contract.Due.Time().Format("2 January 2006"), "<form"} {
			if status != http.StatusOK || !strings.Contains(page, want) {
				t.Fatalf("status %d, %q is not on the page: %s", status, want, page)
			}
		}
	}
	path := "/v1/transfers/" + transfer.TransferId
	s.Get(t, softcat, path, &transfer)
	if transfer.State != partnerv1.TransferState_TRANSFER_STATE_REQUESTED {
		t.Fatalf("whoever looked has consented: %s", transfer.State)
	}

	refused, status := read(t)(http.PostForm(link, url.Values{"reason": {"OTHER"}}))
	if status != http.StatusBadRequest || !strings.Contains(refused, "Tell us your reason") {
		t.Errorf("another reason without words: status %d: %s", status, refused)
	}
	for range 2 { // the second time from a page that was reloaded
		thanks, status := read(t)(http.PostForm(link, url.Values{"reason": {"CHOICE"}}))
		if status != http.StatusOK || !strings.Contains(thanks, "Thank you") {
			t.Errorf("status %d: %s", status, thanks)
		}
	}
	s.Get(t, softcat, path, &transfer)
	if len(transfer.Moves) != 1 || transfer.Moves[0].SubscriptionId != contract.SubscriptionID || transfer.ConsentReason != partnerv1.ConsentReason_CONSENT_REASON_CHOICE {
		t.Errorf("the transfer is %v", &transfer)
	}
	if again, _ := read(t)(http.Get(link)); !strings.Contains(again, "Thank you") || strings.Contains(again, "<form") {
		t.Errorf("who comes back reads %s", again)
	}
}

// read reads the page of an answer that has come.
func read(t *testing.T) func(*http.Response, error) (page string, status int) {
	t.Helper()
	return func(answer *http.Response, err error) (string, int) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), answer.StatusCode
	}
}
