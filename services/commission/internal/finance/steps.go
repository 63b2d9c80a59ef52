package finance

// step is a boundary between two effects of a batch of payouts: a process may die
// at any of them, and another carries on.
type step string

// The steps of a batch of payouts, once it is approved.
const (
	beforePayout step = "before a payout is posted"
	afterPayout  step = "after a payout is posted"
	afterPayouts step = "after all payouts are posted"
)

func (a *App) at(s step) error {
	if a.fail == nil {
		return nil
	}
	return a.fail(s)
}
