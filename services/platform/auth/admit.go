package auth

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Gateway is the name of the one service through which partners are admitted.
const Gateway = "gateway"

// anyone is the caller of an open method.
var anyone = &Caller{}

// Admit returns the caller of the incoming call in ctx if the rule allows it:
// the token verified, a partner's token accompanied by the gateway's, and a
// claim to act for a partner believed only from services of the rule.
func (v *Verifier) Admit(ctx context.Context, rule *Rule) (*Caller, error) {
	if rule.anonymous {
		return anyone, nil
	}
	token, err := bearer(ctx, TokenHeader)
	if err != nil {
		return nil, err
	}
	caller, err := v.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if caller.Is(Partner) {
		if err := v.checkVia(ctx); err != nil {
			return nil, err
		}
	}
	if caller, err = actingCaller(ctx, caller); err != nil {
		return nil, err
	}
	return caller, rule.Allow(caller)
}

// checkVia refuses a partner's call that did not come through the gateway.
func (v *Verifier) checkVia(ctx context.Context) error {
	if len(metadata.ValueFromIncomingContext(ctx, ViaHeader)) == 0 {
		return rpcerr.PermissionDenied.Because("partners call through the gateway")
	}
	token, err := bearer(ctx, ViaHeader)
	if err != nil {
		return err
	}
	via, err := v.verify(ctx, token)
	if err != nil {
		return fmt.Errorf("via: %w", err)
	}
	if via.Service != Gateway {
		return rpcerr.PermissionDenied.Because("partners call through the gateway")
	}
	return nil
}

// actingCaller adds the partner that the call acts for. Whether the caller may
// do so is for the rule to say.
func actingCaller(ctx context.Context, c *Caller) (*Caller, error) {
	named := metadata.ValueFromIncomingContext(ctx, ActingHeader)
	if len(named) == 0 {
		return c, nil
	}
	if len(named) > 1 || !plainID(named[0]) {
		return nil, rpcerr.PermissionDenied.Because(ActingHeader + " must be one partner id")
	}
	acting := *c
	acting.Acting = named[0]
	return &acting, nil
}

// plainID keeps separators and control characters out of ids that end up in
// idempotency keys and logs.
func plainID(id string) bool {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// bearer returns the token of one metadata entry. Several entries are refused:
// no two readers may disagree about which one counts.
func bearer(ctx context.Context, name string) (string, error) {
	values := metadata.ValueFromIncomingContext(ctx, name)
	if len(values) != 1 {
		return "", fmt.Errorf("%s given %d times: %w", name, len(values), rpcerr.Unauthenticated)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", fmt.Errorf("%s is no bearer token: %w", name, rpcerr.Unauthenticated)
	}
	return token, nil
}
