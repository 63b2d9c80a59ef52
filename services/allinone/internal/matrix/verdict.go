package matrix

import (
	"slices"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// An Actor is a caller, and what is known of it beforehand.
type Actor struct {
	e2e.Caller
	Role    typev1.Caller // CALLER_UNSPECIFIED for a stranger
	Service string
	Human   bool
	Lacks   string // the scope that its token does not have
}

// Tenant reports whether the actor may see only what is its partner's.
func (a Actor) Tenant() bool { return a.Role == typev1.Caller_CALLER_PARTNER || a.Acting != "" }

// Verdict is the reason by which a method refuses an actor, or "".
func Verdict(rule *typev1.Access, a Actor) string {
	switch {
	case rule.Anonymous:
		return ""
	case a.Role == typev1.Caller_CALLER_UNSPECIFIED:
		return "UNAUTHENTICATED"
	case a.Role == typev1.Caller_CALLER_PARTNER && a.Direct:
		return "PERMISSION_DENIED"
	case !slices.Contains(rule.Callers, a.Role):
		return "PERMISSION_DENIED"
	case a.Role == typev1.Caller_CALLER_SERVICE && !slices.Contains(rule.Services, a.Service):
		return "PERMISSION_DENIED"
	case rule.HumanOnly && !a.Human:
		return "HUMAN_REQUIRED"
	case a.Lacks != "" && a.Lacks == rule.Scope:
		return "SCOPE_MISSING"
	case a.Acting != "" && !slices.Contains(rule.ActingServices, a.Service):
		return "PERMISSION_DENIED"
	}
	return ""
}

// scopes are all that a partner's token may have.
var scopes = []string{
	"catalogue:read", "customers:read", "subscriptions:read", "partner:read", "margin:read",
	"quotes:write", "renewals:read", "renewals:write", "clients:manage",
	"transfers:read", "transfers:write", "deals:read", "deals:write", "orders:read", "orders:write",
	"statements:read", "statements:write", "forecast:read", "experience:read",
}

// services are the programs of the vendor, ours and others.
var services = []string{"gateway", "commission", "partner", "customer", "notification", "crm", "support", "billing", "bi"}

// Actors are those who call a method. Owner is the partner whose resources
// they ask for.
func Actors(s *e2e.System, rule *typev1.Access, owner string) []Actor {
	partner := Actor{Caller: s.Partner(owner), Role: typev1.Caller_CALLER_PARTNER}
	direct := partner
	direct.Caller = partner.PastGateway()
	actors := []Actor{
		{Caller: e2e.Caller{Name: "a stranger"}}, {Caller: e2e.Forger}, partner, direct,
		{Caller: s.Person("channel-one"), Role: typev1.Caller_CALLER_CHANNEL, Human: true},
		{Caller: s.Person("finance-one"), Role: typev1.Caller_CALLER_FINANCE, Human: true},
		{Caller: s.Person("experience-one"), Role: typev1.Caller_CALLER_EXPERIENCE, Human: true},
		{Caller: s.Person("admin-one"), Role: typev1.Caller_CALLER_ADMIN, Human: true},
		{Caller: s.Program("channel-one"), Role: typev1.Caller_CALLER_CHANNEL},
		{Caller: s.Program("admin-one"), Role: typev1.Caller_CALLER_ADMIN},
	}
	if rule.Scope != "" {
		rest := slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return scope == rule.Scope })
		actors = append(actors, Actor{Caller: s.Partner(owner, rest...), Role: typev1.Caller_CALLER_PARTNER, Lacks: rule.Scope})
	}
	for _, name := range services {
		service := Actor{Caller: s.Service(name), Role: typev1.Caller_CALLER_SERVICE, Service: name}
		acting := service
		acting.Caller = service.For(owner)
		actors = append(actors, service, acting)
	}
	return actors
}
