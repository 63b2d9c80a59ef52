package server

import (
	"context"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// identity puts tokens on outgoing calls, anew for each attempt.
type identity struct {
	tokens  *auth.TokenSource
	forward bool
}

// GetRequestMetadata is UNAVAILABLE while the service has no token of its own.
func (i identity) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	if info, ok := credentials.RequestInfoFromContext(ctx); ok && strings.HasPrefix(info.Method, healthMethods) {
		return nil, nil // open to anyone, and asked before there is a token
	}
	forwarded := ""
	if i.forward {
		if forwarded = auth.Forwarded(ctx); forwarded == "" {
			return nil, nil
		}
	}
	own, err := i.tokens.Token(ctx)
	if err != nil {
		return nil, status.Error(codes.Unavailable, "no token for this service: "+err.Error())
	}
	if i.forward {
		return map[string]string{auth.TokenHeader: "Bearer " + forwarded, auth.ViaHeader: "Bearer " + own}, nil
	}
	return map[string]string{auth.TokenHeader: "Bearer " + own}, nil
}

// healthMethods is how the methods of grpc-go's health service begin.
const healthMethods = "/grpc.health.v1.Health/"

// RequireTransportSecurity is false because Dial itself refuses plaintext to
// other machines.
func (i identity) RequireTransportSecurity() bool { return false }
