package allinone_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

func TestRevoke_AClientIsShutOutAtOnceAndItsTokensWithinAMinute(t *testing.T) {
	s := shared.System(t)
	admin := s.Person("admin-one")
	var made partnerv1.ApiClientSecret
	act(t, s, admin, "/v1/apiClients", `{"partnerId": "softcat", "displayName": "Lost laptop"}`).Into(t, &made)
	lost := s.Client("softcat", made.ApiClient.ClientId, made.ClientSecret)
	read := e2e.Request{Verb: http.MethodGet, Path: "/v1/products"}
	if answer := s.Do(t, lost, read); answer.Status != http.StatusOK {
		t.Fatalf("the new client gets %d: %s", answer.Status, answer.Body)
	}
	act(t, s, admin, "/v1/apiClients/"+made.ApiClient.ClientId+":revoke", `{}`).Into(t, &partnerv1.ApiClient{})

	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {made.ApiClient.ClientId}, "client_secret": {made.ClientSecret}}
	response, err := http.Post(s.URL+"/oauth2/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked client asks for a token: %s", response.Status)
	}

	minute, again := time.After(time.Minute), time.NewTicker(100*time.Millisecond)
	defer again.Stop()
	for s.Do(t, lost, read).Status != http.StatusUnauthorized {
		select {
		case <-minute:
			t.Fatal("a token of a revoked client is good for more than a minute")
		case <-again.C:
		}
	}
}
