package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/gen/openapi"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// document is what the tests read of the OpenAPI document.
type document struct {
	Servers    []struct{ URL string }
	Paths      map[string]map[string]operation
	Components struct {
		SecuritySchemes map[string]struct {
			Flows map[string]struct{ Scopes map[string]string }
		}
		Responses map[string]struct {
			Content map[string]struct {
				Examples map[string]struct{ Value problem.Document }
			}
		}
	}
}

type operation struct {
	OperationID string `json:"operationId"`
	Security    *[]any
	Parameters  []struct {
		In, Name string
		Example  any
	}
	RequestBody struct {
		Content map[string]struct {
			Example json.RawMessage
		}
	}
	Responses map[string]struct {
		Content map[string]struct {
			Example json.RawMessage
		}
	}
}

func readDocument(t testing.TB) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(openapi.Document, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// TestOpenAPI_PathsLeadToTheirMethods asks for every path of the document and
// looks which method is called, if only by its refusal.
func TestOpenAPI_PathsLeadToTheirMethods(t *testing.T) {
	g := open(t, "GATEWAY_RATE_LIMIT", "10000/60s")
	staff := "Bearer " + g.token(servertest.Person("ann", auth.Channel, auth.Finance, auth.Experience, auth.Admin))
	for path, operations := range readDocument(t).Paths {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		for verb, o := range operations {
			method := strings.ToUpper(verb)
			a := ask{method: method, path: placeholder.ReplaceAllString(path, "x1"), header: with("Authorization", staff, "Idempotency-Key", "k")}
			if method == "POST" || method == "PATCH" {
				a.body = "{}"
			}
			g.do(a)
			want := "/holdfast." + strings.Replace(strings.Replace(o.OperationID, ".", ".v1.", 1), "_", "/", 1)
			if got := g.calledOrRefused(t); got != want {
				t.Errorf("%s %s: %q answers, want %q", method, path, got, want)
			}
		}
	}
}

// calledOrRefused is the method that the services' log speaks of last.
func (g *gate) calledOrRefused(t *testing.T) string {
	t.Helper()
	lines := g.services.FilterMessage("call").All()
	if len(lines) == 0 {
		t.Fatal("no service was called")
	}
	method, _ := lines[len(lines)-1].ContextMap()["method"].(string)
	return method
}

// TestOpenAPI_HasEveryPathOfTheContracts goes the other way round.
func TestOpenAPI_HasEveryPathOfTheContracts(t *testing.T) {
	var documented []string
	for _, operations := range readDocument(t).Paths {
		for _, o := range operations {
			documented = append(documented, o.OperationID)
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				m := f.Services().Get(i).Methods().Get(j)
				if !strings.HasPrefix(string(m.FullName()), "holdfast.") || !proto.HasExtension(m.Options(), annotations.E_Http) {
					continue
				}
				words := strings.Split(string(m.FullName()), ".") // holdfast, package, v1, service, method
				if id := words[1] + "." + words[3] + "_" + words[4]; !slices.Contains(documented, id) {
					t.Errorf("%s is not documented", id)
				}
			}
		}
		return true
	})
}

func TestOpenAPI_IsServedAndRelative(t *testing.T) {
	g := open(t)
	answer := g.do(ask{path: "/openapi.json", header: with("Authorization", "")})
	if answer.StatusCode != http.StatusOK || answer.body != string(openapi.Document) || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("status %d, %d bytes, %v", answer.StatusCode, len(answer.body), answer.Header)
	}
	if again := g.do(ask{path: "/openapi.json", header: with("Authorization", "", "If-None-Match", answer.Header.Get("ETag"))}); again.StatusCode != http.StatusNotModified {
		t.Errorf("status %d for a document that the client has, want 304", again.StatusCode)
	}
	for _, s := range readDocument(t).Servers {
		if !strings.HasPrefix(s.URL, "/") {
			t.Errorf("server %s is another host", s.URL)
		}
	}
}

// TestOpenAPI_ExamplesRun sends every example of a request, which must reach
// its method, and answers every example of a response, which must come out as
// it is documented.
func TestOpenAPI_ExamplesRun(t *testing.T) {
	g := open(t, "GATEWAY_RATE_LIMIT", "10000/60s")
	callers := []string{
		g.partner, g.token(servertest.Person("ann", auth.Channel, auth.Finance, auth.Experience, auth.Admin)), g.token(servertest.Service("commission")), g.token(servertest.Service("billing")),
	}
	ran := 0
	for path, operations := range readDocument(t).Paths {
		for verb, o := range operations {
			if !strings.HasPrefix(path, "/v1/") {
				continue
			}
			request, response := o.RequestBody.Content["application/json"].Example, o.Responses["200"].Content["application/json"].Example
			if response != nil {
				g.answerExample(t, o.OperationID, response)
			}
			if request == nil && response == nil {
				continue
			}
			ran++
			a := ask{method: strings.ToUpper(verb), path: placeholder.ReplaceAllString(path, "x1") + o.query(), body: string(request)}
			var answer reply
			for _, caller := range callers {
				a.header = with("Authorization", "Bearer "+caller, "Idempotency-Key", "k")
				if answer = g.do(a); answer.StatusCode != http.StatusForbidden {
					break
				}
			}
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d: %s", o.OperationID, answer.StatusCode, answer.body)
			}
			if response != nil && canonical(t, answer.body) != canonical(t, string(response)) {
				t.Errorf("%s: the example is\n%s\nthe answer\n%s", o.OperationID, canonical(t, string(response)), canonical(t, answer.body))
			}
		}
	}
	if ran < 10 {
		t.Errorf("%d operations have examples, want 10 at least", ran)
	}
}

// query is the query string of an operation's examples.
func (o operation) query() string {
	values := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Example != nil {
			values.Set(p.Name, fmt.Sprint(p.Example))
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestOpenAPI_ListsTheScopesOfTheContracts: a portal asks for these by name.
func TestOpenAPI_ListsTheScopesOfTheContracts(t *testing.T) {
	documented := readDocument(t).Components.SecuritySchemes["partner"].Flows["clientCredentials"].Scopes
	used := map[string]bool{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				access, _ := proto.GetExtension(f.Services().Get(i).Methods().Get(j).Options(), typev1.E_Access).(*typev1.Access)
				if access.GetScope() != "" {
					used[access.GetScope()] = true
				}
			}
		}
		return true
	})
	for scope := range used {
		if documented[scope] == "" {
			t.Errorf("scope %s is not documented", scope)
		}
	}
	for scope := range documented {
		if !used[scope] {
			t.Errorf("no method asks for the scope %s", scope)
		}
	}
}

// TestOpenAPI_ShowsProblemsAsTheyAre: title, status and link of each example
// are those of the catalogue.
func TestOpenAPI_ShowsProblemsAsTheyAre(t *testing.T) {
	examples := readDocument(t).Components.Responses["Problem"].Content[problem.MediaType].Examples
	if len(examples) < 3 {
		t.Errorf("%d examples of problems", len(examples))
	}
	for name, e := range examples {
		want := problem.Of(fault.New(fault.Reason(e.Value.Reason), e.Value.Detail))
		if e.Value.Title != want.Title || e.Value.Status != want.Status || e.Value.Type != want.Type {
			t.Errorf("%s: %+v, want %+v", name, e.Value, want)
		}
	}
}

// TestOpenAPI_AsksForNoTokenWhereNoneIsNeeded: only what is open says so.
func TestOpenAPI_AsksForNoTokenWhereNoneIsNeeded(t *testing.T) {
	for path, operations := range readDocument(t).Paths {
		for verb, o := range operations {
			open := o.Security != nil && len(*o.Security) == 0
			if asks := strings.HasPrefix(path, "/v1/") && !rest.Anonymous(path); open == asks {
				t.Errorf("%s %s: open is %v", verb, path, open)
			}
		}
	}
}
