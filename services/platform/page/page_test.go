package page_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type key struct {
	Name string
	ID   int64
}

func TestSize_IsCoercedToWhatAPageHolds(t *testing.T) {
	for requested, want := range map[int32]int{0: 50, 1: 1, 50: 50, 1000: 1000, 1001: 1000, 1 << 30: 1000} {
		if got, err := page.Size(requested); got != want || err != nil {
			t.Errorf("Size(%d) = %d, %v; want %d", requested, got, err, want)
		}
	}
	_, err := page.Size(-1)
	if refusal, ok := fault.Of(err); !errors.Is(err, page.ErrSizeInvalid) || !ok || refusal.Field != "page_size" {
		t.Errorf("Size(-1): error %v, want ErrSizeInvalid on page_size", err)
	}
}

func TestDecode_ReturnsTheKeyToTheSameQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := key{Name: rapid.String().Draw(t, "name"), ID: rapid.Int64().Draw(t, "id")}
		query := &partnerv1.ListPartnersRequest{Type: 1, PageSize: rapid.Int32().Draw(t, "page size")}
		next := &partnerv1.ListPartnersRequest{Type: 1, PageToken: page.Encode(query, want)}
		var got key
		if err := page.Decode(next.GetPageToken(), next, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("key (-want +got):\n%s", diff)
		}
	})
}

func TestDecode_LeavesTheKeyOfAFirstPageAlone(t *testing.T) {
	got := key{Name: "start"}
	if err := page.Decode("", &partnerv1.ListPartnersRequest{}, &got); err != nil || got.Name != "start" {
		t.Errorf("key %v, error %v; want it untouched", got, err)
	}
}

func TestDecode_RefusesATokenThatTheQueryDidNotGive(t *testing.T) {
	query := &partnerv1.ListPartnersRequest{Type: 1}
	token := page.Encode(query, key{Name: "a", ID: 1})
	for name, given := range map[string]struct {
		token string
		query *partnerv1.ListPartnersRequest
	}{
		"another filter":    {token, &partnerv1.ListPartnersRequest{Type: 2}},
		"another key":       {page.Encode(query, struct{ Other string }{"x"}), query},
		"not base64":        {"&&&", query},
		"not JSON":          {base64.RawURLEncoding.EncodeToString([]byte("x")), query},
		"an empty document": {base64.RawURLEncoding.EncodeToString([]byte("{}")), query},
		"a part of one":     {token[:len(token)/2], query},
	} {
		var got key
		err := page.Decode(given.token, given.query, &got)
		if refusal, ok := fault.Of(err); !errors.Is(err, page.ErrTokenInvalid) || !ok || refusal.Field != "page_token" {
			t.Errorf("%s: error %v, want ErrTokenInvalid on page_token", name, err)
		}
	}
	if err := page.Decode(token, &partnerv1.ListAgreementsRequest{}, new(key)); !errors.Is(err, page.ErrTokenInvalid) {
		t.Errorf("a token of another method: error %v, want ErrTokenInvalid", err)
	}
}

func FuzzDecode(f *testing.F) {
	query := &partnerv1.ListPartnersRequest{Type: 1}
	f.Add(page.Encode(query, key{Name: "a", ID: 1}))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		var got key
		if err := page.Decode(token, query, &got); err != nil && !errors.Is(err, page.ErrTokenInvalid) {
			t.Errorf("error %v, want none or ErrTokenInvalid", err)
		}
	})
}
