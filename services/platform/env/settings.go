package env

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

// Setting describes one setting of a configuration.
type Setting struct {
	Name     string // the environment variable
	Type     string
	Default  string
	Required bool
	Meaning  string

	field string
	kind  reflect.Type
}

// Settings lists the settings of cfg, a struct or pointer to one, in the order
// of its fields.
func Settings(cfg any, prefix string) []Setting {
	t := reflect.TypeOf(cfg)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var all []Setting
	walkFields(t, prefix, func(f reflect.StructField, prefix string) {
		tag := f.Tag.Get("env")
		if tag == "" || tag == "-" {
			return
		}
		name, options, _ := strings.Cut(tag, ",")
		all = append(all, Setting{
			Name: prefix + name, Type: typeName(f.Type), Default: f.Tag.Get("envDefault"),
			Required: strings.Contains(options, "required") || strings.Contains(options, "notEmpty"),
			Meaning:  f.Tag.Get("help"), field: f.Name, kind: f.Type,
		})
	})
	return all
}

// walkFields visits the fields of t that are settings, entering nested structs.
func walkFields(t reflect.Type, prefix string, visit func(reflect.StructField, string)) {
	for f := range t.Fields() {
		if nested(f) {
			walkFields(f.Type, prefix+f.Tag.Get("envPrefix"), visit)
			continue
		}
		visit(f, prefix)
	}
}

// walkStructs visits cfg, a pointer to a struct, and the structs nested in it,
// outermost first, each by its address.
func walkStructs(cfg any, prefix string, visit func(part any, prefix string)) {
	visit(cfg, prefix)
	v := reflect.ValueOf(cfg).Elem()
	if v.Kind() != reflect.Struct {
		return
	}
	for f, value := range v.Fields() {
		if nested(f) {
			walkStructs(value.Addr().Interface(), prefix+f.Tag.Get("envPrefix"), visit)
		}
	}
}

// nested reports whether f groups settings instead of being one.
func nested(f reflect.StructField) bool {
	return f.IsExported() && f.Type.Kind() == reflect.Struct && f.Tag.Get("env") == ""
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// cause returns the explanation of a type that reads its own text.
func (s Setting) cause(err error) string {
	if reflect.PointerTo(s.kind).Implements(textUnmarshaler) {
		return ": " + err.Error()
	}
	return ""
}

// typeName tells a person what to write.
func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		return strings.ToLower(t.Name())
	case t.Kind() == reflect.Slice:
		return "comma-separated list"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "text"
	}
	return "number"
}
