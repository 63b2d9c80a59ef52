package env

import (
	"errors"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Problems collects what is wrong with a configuration. A struct takes part
// by a method on its pointer or value:
//
//	func (c Config) Validate(p *env.Problems) {
//		if c.Grace < 0 {
//			p.Add("SHUTDOWN_GRACE", "is negative")
//		}
//	}
//
// Structs nested in it are asked by Load and need not be forwarded to.
type Problems struct {
	prefix string
	list   []string
}

// Add notes a problem of the setting with this name, given without prefix:
// Add("ADDR", "has no port") reads "CUSTOMER_ADDR has no port".
func (p *Problems) Add(setting, problem string) {
	p.list = append(p.list, p.prefix+setting+" "+problem)
}

// Err returns nil, or one error with all problems in the order of the fields.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	return errors.New(strings.Join(p.list, "; "))
}

// addNew adds the problems of settings that have none yet: one that could not be
// read breaks rules, too, that it would otherwise keep.
func (p *Problems) addNew(others *Problems) {
	has := map[string]bool{}
	for _, problem := range p.list {
		has[name(problem)] = true
	}
	for _, problem := range others.list {
		if !has[name(problem)] {
			p.list = append(p.list, problem)
		}
	}
}

// name is the setting that a problem is about: its first word.
func name(problem string) string {
	first, _, _ := strings.Cut(problem, " ")
	return strings.TrimSuffix(first, ":")
}

// addParse translates what the parser found. Causes from the standard library
// quote the value, which may be a secret; only our own types may explain.
func (p *Problems) addParse(settings []Setting, err error) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		p.list = append(p.list, err.Error())
		return
	}
	for _, e := range all.Errors {
		p.list = append(p.list, parseProblem(settings, e))
	}
}

func parseProblem(settings []Setting, err error) string {
	var unset env.VarIsNotSetError
	var empty env.EmptyVarError
	var bad env.ParseError
	switch {
	case errors.As(err, &unset):
		return unset.Key + " is empty"
	case errors.As(err, &empty):
		return empty.Key + " is empty"
	case errors.As(err, &bad):
		for _, s := range settings {
			if s.field == bad.Name && s.kind == bad.Type {
				return s.Name + " is not of type " + s.Type + s.cause(bad.Err)
			}
		}
	}
	return err.Error()
}
