package contract

import (
	"context"
	"errors"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Read reads a subscription from customer. It returns ErrNotServed for one
// that is not the caller's, or not any more.
func Read(ctx context.Context, from customerv1.SubscriptionServiceClient, subscriptionID string) (Contract, error) {
	answer, err := from.GetSubscription(ctx, &customerv1.GetSubscriptionRequest{SubscriptionId: subscriptionID})
	if err != nil {
		return Contract{}, fmt.Errorf("subscription %s: %w", subscriptionID, hidden(rpcerr.FromStatus(err)))
	}
	return Of(answer)
}

// ErrNotServed is customer's answer that the caller's partner has, or has no
// more, to do with a subscription.
var ErrNotServed = errors.New("the subscription is not the partner's")

func hidden(err error) error {
	if refusal, ok := fault.Of(err); ok && refusal.Reason == records.ErrNoRenewal.Reason {
		return ErrNotServed
	}
	return err
}
