package auth

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"
)

func TestVerify_RemembersATokenUntilItExpires(t *testing.T) {
	s := newSigner(t, rsaPEM())
	now := noon
	v, err := New(Config{Now: func() time.Time { return now }, Issuers: []Issuer{Own(ownHost, "holdfast", s.Keys())}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Sign(partnerClaims())
	if err != nil {
		t.Fatal(err)
	}
	first, err := v.verify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := v.verify(context.Background(), token); again != first {
		t.Error("the token was examined twice")
	}
	now = noon.Add(5 * time.Minute)
	refused(t, v, token)
}

func TestCache_StaysWithinItsSize(t *testing.T) {
	c := newCache(100)
	for i := range 1000 {
		c.put(sha256.Sum256([]byte{byte(i), byte(i >> 8)}), &Caller{}, noon, noon.Add(time.Minute))
		if len(c.seen) > 100 {
			t.Fatalf("%d entries", len(c.seen))
		}
	}
}
