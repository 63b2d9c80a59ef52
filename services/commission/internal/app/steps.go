package app

// step is a boundary between two effects of the saga: a process may die at any
// of them, and another carries on.
type step string

// The steps, in their order.
const (
	beforeStore    step = "before the submission is stored"
	afterStore     step = "after the submission is stored"
	beforeRenew    step = "before the contract is asked to renew"
	afterRenew     step = "after the contract was asked to renew"
	beforeNewEtag  step = "before the new etag is stored"
	afterNewEtag   step = "after the new etag is stored"
	beforeConclude step = "before the outcome is stored"
	afterConclude  step = "after the outcome is stored"
)

func (a *App) at(s step) error {
	if a.fail == nil {
		return nil
	}
	return a.fail(s)
}
