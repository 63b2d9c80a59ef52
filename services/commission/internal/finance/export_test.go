package finance

import "context"

// FailAt makes the App give up, as a dying process does, wherever fail returns
// an error. Steps come as their names.
func (a *App) FailAt(fail func(step string) error) {
	a.fail = func(s step) error { return fail(string(s)) }
}

// PayoutSteps are the steps of a batch of payouts.
var PayoutSteps = []string{string(beforePayout), string(afterPayout), string(afterPayouts)}

// SweepAge is how long the sweeper waits.
const SweepAge = sweepAge

// SnapshotAll keeps the balances of every partner with news.
func (a *App) SnapshotAll(ctx context.Context) (int, error) { return a.snapshotBalances(ctx, 1) }
