package finance_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/commissiontest"
)

// world is the world of these tests.
type world struct {
	*commissiontest.World
	t     testing.TB
	lines map[string][]string // of statements, by partner
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{World: commissiontest.New(t), t: t, lines: map[string][]string{}}
}

// What the tests have in common with those of other packages.
const (
	today        = commissiontest.Today
	subscription = commissiontest.Subscription
	renewalID    = commissiontest.RenewalID
	due          = commissiontest.Due
)

var (
	monday = commissiontest.Monday
	keys   = &commissiontest.Keys

	softcat = commissiontest.Softcat
	cdw     = commissiontest.CDW
	anna    = commissiontest.Anna
	bert    = commissiontest.Bert
	hunter  = commissiontest.Hunter

	as         = commissiontest.As
	keyed      = commissiontest.Keyed
	must       = commissiontest.Must
	wantReason = commissiontest.WantReason
	day        = commissiontest.Day
	gbp        = commissiontest.GBP
	order      = commissiontest.Order
	harbour    = commissiontest.Harbour
	clean      = commissiontest.Clean
	poached    = commissiontest.Poached
	appealed   = commissiontest.Appealed
	final      = commissiontest.Final
)
