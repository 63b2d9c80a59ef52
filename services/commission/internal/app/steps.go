package app

// step is a boundary between two effects of a saga: a process may die at any of
// them, and another carries on.
type step string

// The steps, in their order.
const (
	beforeStore    step = "before the submission is stored"
	afterStore     step = "after the submission is stored"
	beforeCommit   step = "before the contract is asked"
	beforeCustomer step = "before an order's customer is stored"
	afterCustomer  step = "after an order's customer is stored"
	afterCommit    step = "after the contract was asked"
	beforeNewEtag  step = "before the new etag is stored"
	afterNewEtag   step = "after the new etag is stored"
	beforeConclude step = "before the outcome is stored"
	afterConclude  step = "after the outcome is stored"
	beforeTold     step = "before it is stored that partner was told of an order"
	afterTold      step = "after it is stored that partner was told of an order"
)

func (a *App) at(s step) error {
	if a.fail == nil {
		return nil
	}
	return a.fail(s)
}
