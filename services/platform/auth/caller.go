// Package auth tells who is calling and whether they may.
//
// Every call carries an access token (RFC 9068). The platform's own issuer
// vouches for partners' API clients and for services; configured OpenID
// Connect issuers vouch for people and for other programs of the vendor. A
// [Verifier] turns a token into a [Caller]; a [Rule], read from the option
// holdfast.type.v1.access of the method, admits the caller or refuses. What no
// rule admits is refused.
//
// Partners are admitted only through the gateway, which proves itself with a
// token of its own (holdfast-via). A service that works on behalf of a partner
// names it (holdfast-acting-partner), and is believed only where the rule of
// the method says so.
package auth

import (
	"context"
	"slices"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// Kind is a kind of caller.
type Kind = typev1.Caller

// Caller is who calls, as a verified token has it. Its slices are shared
// between calls and must not be changed.
type Caller struct {
	Subject    string   // unique among all issuers
	Roles      []Kind   // a person may hold several
	PartnerID  string   // of a partner's API client
	PartnerIDs []string // PartnerID and those that it absorbed
	Service    string   // of a service, its name
	Scopes     []string // of a partner's API client
	Human      bool     // a person, not a program
	ClientID   string   // the OAuth client that got the token
	Acting     string   // the partner that a service acts for, or empty
}

// Is reports whether c holds the role k.
func (c Caller) Is(k Kind) bool {
	return slices.Contains(c.Roles, k)
}

// Partner returns the partner whose business this is: that of an API client,
// or that for which a service acts. It is empty for everyone else.
func (c Caller) Partner() string {
	if c.PartnerID != "" {
		return c.PartnerID
	}
	return c.Acting
}

// String identifies c for idempotency keys and for the actor of an event:
// "partner:softcat", "service:commission", "service:commission:softcat" where
// it acts for a partner, "person:entra:4f1c", "program:entra:77aa". All API
// clients of a partner are one, so that a key outlives a client.
func (c Caller) String() string {
	switch {
	case c.PartnerID != "":
		return "partner:" + c.PartnerID
	case c.Service != "" && c.Acting != "":
		return "service:" + c.Service + ":" + c.Acting
	case c.Service != "":
		return "service:" + c.Service
	case c.Human:
		return "person:" + c.Subject
	case c.Subject != "":
		return "program:" + c.Subject
	}
	return "anonymous"
}

type callerKey struct{}

// With returns a context that knows its caller.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &c)
}

// WithAdmitted is With for a caller that Admit returned, without a copy.
func WithAdmitted(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns the caller; false where nobody was asked for a token.
func From(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(*Caller)
	if !ok {
		return Caller{}, false
	}
	return *c, true
}
