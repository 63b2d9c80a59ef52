package auth

import "context"

// Names of the metadata that carry identity between services.
const (
	TokenHeader  = "authorization"           // "Bearer " and the caller's token
	ViaHeader    = "holdfast-via"            // the gateway's own token, beside a partner's
	ActingHeader = "holdfast-acting-partner" // the partner a service acts for
)

type (
	actingKey    struct{}
	forwardedKey struct{}
)

// ActFor returns a context whose outgoing calls act for a partner. The other
// side honours it only from services that the method's rule names.
func ActFor(ctx context.Context, partnerID string) context.Context {
	return context.WithValue(ctx, actingKey{}, partnerID)
}

// ActingFor returns the partner that outgoing calls act for, or "".
func ActingFor(ctx context.Context) string {
	id, _ := ctx.Value(actingKey{}).(string)
	return id
}

// Forward returns a context whose outgoing calls, over a connection that
// forwards, carry the caller's own token. Only the gateway does that.
func Forward(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, forwardedKey{}, token)
}

// Forwarded returns the token set by Forward, or "".
func Forwarded(ctx context.Context) string {
	token, _ := ctx.Value(forwardedKey{}).(string)
	return token
}
