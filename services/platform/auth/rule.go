package auth

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Rule says who may call one method.
type Rule struct {
	callers   []Kind
	services  []string
	acting    []string
	scope     string
	humanOnly bool
	anonymous bool
}

// Open is the rule of the few methods that are not ours and that anyone may
// call: health checks and, where it is switched on, reflection.
var Open = &Rule{anonymous: true}

// RuleOf reads the rule from a method's option. A method without one, or with
// one that contradicts itself, is an error: the service must not start.
func RuleOf(method protoreflect.MethodDescriptor) (*Rule, error) {
	access, ok := proto.GetExtension(method.Options(), typev1.E_Access).(*typev1.Access)
	if !ok || access == nil {
		return nil, fmt.Errorf("%s says nothing about access", method.FullName())
	}
	r := &Rule{
		callers: access.GetCallers(), services: access.GetServices(), acting: access.GetActingServices(),
		scope: access.GetScope(), humanOnly: access.GetHumanOnly(), anonymous: access.GetAnonymous(),
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("access of %s: %w", method.FullName(), err)
	}
	return r, nil
}

func (r *Rule) check() error {
	if r.anonymous && len(r.callers) > 0 {
		return errors.New("is open to anyone and yet names callers")
	}
	if !r.anonymous && len(r.callers) == 0 {
		return errors.New("admits nobody")
	}
	if slices.Contains(r.callers, typev1.Caller_CALLER_UNSPECIFIED) {
		return errors.New("names no kind of caller")
	}
	if len(r.services) > 0 && !slices.Contains(r.callers, Service) {
		return errors.New("names services but does not admit any")
	}
	for _, s := range r.acting {
		if !slices.Contains(r.services, s) {
			return fmt.Errorf("%s may act for partners but not call", s)
		}
	}
	return nil
}

// Anonymous reports whether nobody is asked for a token.
func (r *Rule) Anonymous() bool { return r.anonymous }

// Allow returns nil if the caller may call, or why not: PERMISSION_DENIED,
// HUMAN_REQUIRED or SCOPE_MISSING. Acting for a partner needs its own leave.
func (r *Rule) Allow(c *Caller) error {
	if !r.admits(c) {
		return rpcerr.PermissionDenied
	}
	if r.humanOnly && !c.Human {
		return rpcerr.HumanRequired
	}
	if r.scope != "" && c.Is(Partner) && !slices.Contains(c.Scopes, r.scope) {
		return rpcerr.ScopeMissing.Because("the method needs the scope "+r.scope, "scope", r.scope)
	}
	if c.Acting != "" && (c.Service == "" || !slices.Contains(r.acting, c.Service)) {
		return rpcerr.PermissionDenied.Because("this caller may not act for a partner here")
	}
	return nil
}

func (r *Rule) admits(c *Caller) bool {
	for _, role := range c.Roles {
		if !slices.Contains(r.callers, role) {
			continue
		}
		if role != Service || slices.Contains(r.services, c.Service) {
			return true
		}
	}
	return false
}
