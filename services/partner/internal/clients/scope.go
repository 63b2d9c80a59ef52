package clients

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrInvalidScope is returned for a scope that does not exist or that the
// client may not have.
var ErrInvalidScope = fault.New("INVALID_SCOPE", "the client may not have this scope")

// Scope is something that a partner's token allows.
type Scope string

// allScopes lists every scope. A partner's client has all of them unless it is
// created with fewer.
var allScopes = []Scope{
	"catalogue:read", "customers:read", "subscriptions:read", "partner:read", "margin:read",
	"quotes:write", "renewals:read", "renewals:write", "clients:manage",
	"transfers:read", "transfers:write", "deals:read", "deals:write", "orders:read", "orders:write",
	"statements:read", "statements:write", "forecast:read", "experience:read",
}

// narrow returns the wanted scopes in the order of allowed, each once, or all
// that are allowed if none is wanted. ErrInvalidScope names a scope that is
// not allowed and those that are.
func narrow(allowed, wanted []Scope) ([]Scope, error) {
	if len(wanted) == 0 {
		return slices.Clone(allowed), nil
	}
	for _, scope := range wanted {
		if !slices.Contains(allowed, scope) {
			return nil, ErrInvalidScope.Because(
				fmt.Sprintf("the client may not have the scope %.64q; what it may have: %s", scope, describe(allowed)),
				"scopes", join(allowed)).On("scope")
		}
	}
	var granted []Scope
	for _, scope := range allowed {
		if slices.Contains(wanted, scope) {
			granted = append(granted, scope)
		}
	}
	return granted, nil
}

func describe(scopes []Scope) string {
	if len(scopes) == 0 {
		return "none"
	}
	return join(scopes)
}

func join(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// split reads scopes separated by blanks, as OAuth writes them.
func split(text string) []Scope {
	var scopes []Scope
	for _, word := range strings.Fields(text) {
		scopes = append(scopes, Scope(word))
	}
	return scopes
}
