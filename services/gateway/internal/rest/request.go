package rest

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// examined is the middleware of grpc-gateway. It examines a request for the
// route that it was matched with: its ids, its media type, its headers, and
// that each of its parameters is one.
func (e errorWriter) examined(next runtime.HandlerFunc) runtime.HandlerFunc {
	var once sync.Once
	var found *route
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		once.Do(func() { // grpc-gateway makes one middleware per route
			if p, ok := runtime.HTTPPattern(r.Context()); ok {
				found = e.routes.of(r.Method, p)
			}
		})
		if !plainIDs(path) {
			e.noRoute(w, r)
			return
		}
		if found == nil {
			problem.Write(w, r, rpcerr.Internal)
			return
		}
		guard.SetRoute(r.Context(), found.pattern)
		r, err := found.examine(r)
		if err != nil {
			problem.Write(w, r, err)
			return
		}
		next(w, r, path)
	}
}

// plainIDs reports whether the parts of a path are ids: grpc-gateway would take
// nothing for one, and an unknown verb for the end of one.
func plainIDs(path map[string]string) bool {
	for _, id := range path {
		if id == "" || strings.Contains(id, ":") {
			return false
		}
	}
	return true
}

func (t *route) examine(r *http.Request) (*http.Request, error) {
	if err := t.checkBody(r); err != nil {
		return r, err
	}
	if err := t.checkQuery(r); err != nil {
		return r, err
	}
	with, err := withHeaders(r)
	if err != nil {
		return r, err
	}
	return with, nil
}

var (
	errMediaType = fault.New("MEDIA_TYPE_UNSUPPORTED", "send the body as application/json in UTF-8")
	errNoBody    = fault.New("REQUEST_INVALID", "this method takes no body")
)

func (t *route) checkBody(r *http.Request) error {
	if r.ContentLength == 0 || r.Body == http.NoBody {
		return nil
	}
	if t.body == "" {
		return errNoBody
	}
	given := r.Header.Get("Content-Type")
	if given == "application/json" {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(given)
	charset := parameters["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return errMediaType
	}
	return nil
}

// checkQuery refuses parameters that would be ignored.
func (t *route) checkQuery(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	if t.body == "*" {
		return rpcerr.RequestInvalid.Because("this method takes no query parameters: put the fields into the body")
	}
	if err := r.ParseForm(); err != nil {
		return rpcerr.RequestInvalid.Because("the query string can't be read: check its escapes")
	}
	for name, values := range r.Form {
		f := t.parameter(name)
		if f == nil {
			return rpcerr.RequestInvalid.Because("there is no query parameter " + quoted(name) + ": check its spelling, or leave it out").On(clip(name))
		}
		if err := checkValues(f, values); err != nil {
			return err.On(name)
		}
	}
	return nil
}

// parameter is the field that a query parameter fills, a path of names as in
// JSON or in the contract; nil for what is no field, or one that path or body
// fill.
func (t *route) parameter(name string) (f protoreflect.FieldDescriptor) {
	var protoPath []string
	message := t.method.Input()
	for i, word := range strings.Split(name, ".") {
		if i > 0 && message == nil {
			return nil
		}
		f = fieldNamed(message, word)
		if f == nil || f.IsMap() {
			return nil
		}
		protoPath = append(protoPath, string(f.Name()))
		message = f.Message()
	}
	if protoPath[0] == t.body || slices.Contains(t.bound, strings.Join(protoPath, ".")) {
		return nil
	}
	return f
}

// checkValues refuses what grpc-gateway could not read, and would not explain.
func checkValues(f protoreflect.FieldDescriptor, values []string) *fault.Error {
	if len(values) > 1 && !f.IsList() {
		return rpcerr.RequestInvalid.Because("the query parameter " + quoted(f.JSONName()) + " is there twice")
	}
	for _, v := range values {
		if !reads(f, v) {
			return rpcerr.RequestInvalid.Because("the value of " + quoted(f.JSONName()) + " must be " + kindOf(f))
		}
	}
	return nil
}

// reads reports whether a value is one of the field's kind. Texts and what is
// written as one are for others to judge.
func reads(f protoreflect.FieldDescriptor, value string) (ok bool) {
	var err error
	switch f.Kind() {
	case protoreflect.EnumKind:
		n, notANumber := strconv.ParseInt(value, 10, 32)
		return f.Enum().Values().ByName(protoreflect.Name(value)) != nil ||
			notANumber == nil && f.Enum().Values().ByNumber(protoreflect.EnumNumber(n)) != nil
	case protoreflect.BoolKind:
		_, err = strconv.ParseBool(value)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		_, err = strconv.ParseInt(value, 10, 32)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		_, err = strconv.ParseInt(value, 10, 64)
	}
	return err == nil
}

func fieldNamed(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if m == nil {
		return nil
	}
	if f := m.Fields().ByJSONName(name); f != nil {
		return f
	}
	return m.Fields().ByName(protoreflect.Name(name))
}
