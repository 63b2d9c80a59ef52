package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrScope is returned for a scope with an id that could not be a partner's.
var ErrScope = errors.New("the scope holds an id that is no partner's")

// Scope is whose rows a transaction may touch. The zero value is nobody's.
type Scope struct {
	system   bool
	partners []string
}

// System is the scope of jobs, feeds and the vendor's own people: every row.
func System() Scope { return Scope{system: true} }

// Partner is the scope of one partner: its own id and those it absorbed.
func Partner(ids ...string) Scope { return Scope{partners: slices.Clone(ids)} }

// IsSystem reports whether the scope holds every row.
func (s Scope) IsSystem() bool { return s.system }

// Partners returns the ids whose rows are in a partner's scope.
func (s Scope) Partners() []string { return slices.Clone(s.partners) }

// String says the scope to people.
func (s Scope) String() string {
	if s.system {
		return "system"
	}
	return "partner " + strings.Join(s.partners, ",")
}

type scopeKey struct{}

// WithScope returns a context whose transactions are confined to s.
func WithScope(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// ScopeFrom returns the scope of ctx; without one, that of nobody.
func ScopeFrom(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}

// setting is the SQL that tells row-level security of the scope until the end
// of the transaction. It is text, so that it travels with BEGIN, which takes no
// arguments; so ids are held to characters that need no quoting.
func (s Scope) setting() (string, error) {
	if s.system {
		return "", nil
	}
	for _, id := range s.partners {
		if id == "" || strings.ContainsFunc(id, unfit) {
			return "", fmt.Errorf("%w: %q", ErrScope, id)
		}
	}
	return "; SET LOCAL holdfast.partner_ids = '{" + quoted(s.partners) + "}'", nil
}

// quoted keeps an id such as "null" from being read as the absence of one.
func quoted(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return `"` + strings.Join(ids, `","`) + `"`
}

func unfit(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r))
}
