package rpcerr

import "github.com/holdfast-channel/holdfast/services/platform/fault"

// Standing returns the refusal in err if it stands: one of a rule, and not
// that something could not be asked just now.
func Standing(err error) (*fault.Error, bool) {
	refusal, ok := fault.Of(err)
	if !ok {
		return nil, false
	}
	for _, passing := range [...]*fault.Error{Unavailable, DeadlineExceeded, Cancelled, Internal, TooLarge} {
		if refusal.Is(passing) {
			return nil, false
		}
	}
	return refusal, true
}
