// Package env reads a program's settings from its environment, names every
// problem at once, and describes the settings to people.
//
// A configuration is a struct whose fields carry the tags env, envDefault and
// help; nested structs carry envPrefix:
//
//	type Config struct {
//		DatabaseURL string        `env:"DATABASE_URL,required" help:"the database of this service"`
//		Server      server.Config `envPrefix:""`
//	}
//
// With the prefix CUSTOMER_, the setting above is looked up in this order:
// CUSTOMER_DATABASE_URL, the file that CUSTOMER_DATABASE_URL_FILE names, then
// the same two with HOLDFAST_, so that what all services share is said once.
package env

import (
	"fmt"
	"os"

	"github.com/caarlos0/env/v11"
)

// Shared is the prefix of settings that hold for every service.
const Shared = "HOLDFAST_"

// Load returns T as the process's environment has it. The error lists every
// problem in one line, each with the name of its setting; see [Problems] for
// how a struct adds its own.
func Load[T any](prefix string) (T, error) {
	return From[T](prefix, env.ToMap(os.Environ()))
}

// From is Load for a given environment.
func From[T any](prefix string, environment map[string]string) (T, error) {
	var cfg T
	settings := Settings(cfg, prefix)
	problems := &Problems{}
	opts := env.Options{Prefix: prefix, Environment: resolve(settings, prefix, environment, problems)}
	if err := env.ParseWithOptions(&cfg, opts); err != nil {
		problems.addParse(settings, err)
	}
	rules := &Problems{}
	validate(&cfg, prefix, rules)
	problems.addNew(rules)
	return cfg, problems.Err()
}

// validator is implemented by a configuration struct that has rules beyond the
// types of its fields.
type validator interface {
	Validate(*Problems)
}

// validate asks cfg and each struct within it for its problems.
func validate(cfg any, prefix string, problems *Problems) {
	walkStructs(cfg, prefix, func(part any, prefix string) {
		if v, ok := part.(validator); ok {
			at := &Problems{prefix: prefix}
			v.Validate(at)
			problems.list = append(problems.list, at.list...)
		}
	})
}

// Check returns the problems of a configuration that was built by hand.
func Check[T any](cfg T) error {
	problems := &Problems{}
	validate(&cfg, "", problems)
	if err := problems.Err(); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}
