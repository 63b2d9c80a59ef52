package matrix

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// ByREST calls the method through the gateway, as its annotation says.
func (m Method) ByREST(t testing.TB, s *e2e.System, as e2e.Caller, request string, ids Ids) (Outcome, error) {
	r, err := m.request(request)
	if err != nil {
		return Outcome{}, err
	}
	answer, err := s.Try(t.Context(), as, r)
	if err != nil {
		return Outcome{}, err
	}
	var all []string
	for _, id := range ids {
		all = append(all, id)
	}
	outcome := Outcome{Told: answer.Anonymous(all...)}
	if answer.Status == http.StatusOK {
		return outcome, nil
	}
	var problem e2e.Problem
	if err := json.Unmarshal(answer.Body, &problem); err != nil {
		return outcome, fmt.Errorf("status %d with %s", answer.Status, answer.Body)
	}
	want, known := answerOf(problem.Reason)
	if !known || int32(answer.Status) != want.HttpStatus || problem.Status != answer.Status {
		return outcome, fmt.Errorf("status %d with %s", answer.Status, answer.Body)
	}
	outcome.Reason = problem.Reason
	return outcome, nil
}

var variable = regexp.MustCompile(`\{([a-z_.]+)\}`)

// pathVariables are the fields that the path names, none for gRPC only.
func (m Method) pathVariables() []string {
	_, path := pattern(m.HTTP)
	var names []string
	for _, found := range variable.FindAllStringSubmatch(path, -1) {
		names = append(names, found[1])
	}
	return names
}

func pattern(rule *annotations.HttpRule) (verb, path string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	}
	return "", ""
}

// request writes a request the way the annotation puts it on the wire.
func (m Method) request(text string) (e2e.Request, error) {
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return e2e.Request{}, err
	}
	verb, path := pattern(m.HTTP)
	for _, name := range m.pathVariables() {
		value, ok := lookUp(fields, name)
		if !ok {
			return e2e.Request{}, fmt.Errorf("the matrix's request of %s has no %s", m.Name, name)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
		remove(fields, name)
	}
	r := e2e.Request{Verb: verb, Path: path}
	if m.descriptor.Input().Fields().ByName("request_id") != nil {
		r.Key = e2e.NewKey()
	}
	switch m.HTTP.Body {
	case "":
	case "*":
		r.Body, fields = marshal(fields), nil
	default:
		name := camel(m.HTTP.Body)
		r.Body = marshal(fields[name])
		delete(fields, name)
	}
	if query := queryOf(fields); query != "" {
		r.Path += "?" + query
	}
	return r, nil
}

func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(text)
}

func queryOf(fields map[string]any) string {
	query := url.Values{}
	for name, value := range fields {
		if list, ok := value.([]any); ok {
			for _, entry := range list {
				query.Add(name, fmt.Sprint(entry))
			}
			continue
		}
		query.Set(name, fmt.Sprint(value))
	}
	return query.Encode()
}

// lookUp finds a field by its path in the contract's names.
func lookUp(fields map[string]any, path string) (any, bool) {
	first, rest, nested := strings.Cut(path, ".")
	value, ok := fields[camel(first)]
	if !nested || !ok {
		return value, ok
	}
	inner, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	return lookUp(inner, rest)
}

func remove(fields map[string]any, path string) {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		delete(fields, camel(first))
		return
	}
	if inner, ok := fields[camel(first)].(map[string]any); ok {
		remove(inner, rest)
	}
}

func camel(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// answerOf is how the catalogue says that a reason is answered.
func answerOf(reason string) (*typev1.Answer, bool) {
	value := typev1.Reason(0).Descriptor().Values().ByName(protoreflect.Name("REASON_" + reason))
	if value == nil {
		return nil, false
	}
	answer, ok := proto.GetExtension(value.Options(), typev1.E_Answer).(*typev1.Answer)
	return answer, ok && answer != nil
}
