package commissiontest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Callers of the tests.
var (
	Softcat = servertest.Partner("softcat", "renewals:read", "renewals:write", "quotes:write")
	CDW     = servertest.Partner("cdw", "renewals:read", "renewals:write", "quotes:write")
	Anna    = servertest.Person("anna", auth.Channel)
)

// As is a call of c without an idempotency key.
func As(c auth.Caller) context.Context {
	scope := pg.System()
	if c.PartnerID != "" {
		scope = pg.Partner(c.PartnerIDs...)
	}
	return auth.With(pg.WithScope(context.Background(), scope), c)
}

// Keyed is a call of c with an idempotency key, for a request that prints so.
func Keyed(c auth.Caller, key string, request any) context.Context {
	print := sha256.Sum256(fmt.Appendf(nil, "%+v", request))
	return idem.WithKey(As(c), idem.Key{Caller: c.String(), RequestID: key, Method: "/test", Fingerprint: print[:]})
}

// Keys numbers what needs a key of its own.
var Keys atomic.Int64

// WantReason fails the test unless err is a refusal for this reason.
func WantReason(t testing.TB, err error, reason fault.Reason) {
	t.Helper()
	refusal, ok := fault.Of(err)
	if !ok || refusal.Reason != reason {
		t.Errorf("got %v; want %s", err, reason)
	}
}

// Must ends the test for an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Day reads a date that is written in a test.
func Day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// Bert decides what Anna has proposed.
var Bert = servertest.Person("bert", auth.Channel)

// Hunter is softcat's client for new business.
var Hunter = servertest.Partner("softcat", "orders:read", "orders:write", "renewals:read", "renewals:write", "quotes:write")
