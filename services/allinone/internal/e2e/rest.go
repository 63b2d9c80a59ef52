package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Request is a request to the REST door. A Body is sent as JSON.
type Request struct {
	Verb, Path, Body string
	Key              string // Idempotency-Key
	IfMatch          string
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem is a problem document.
type Problem struct {
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Reason   string            `json:"reason"`
	Metadata map[string]string `json:"metadata"`
}

// Do sends a request.
func (s *System) Do(t testing.TB, c Caller, r Request) Answer {
	t.Helper()
	answer, err := s.Try(t.Context(), c, r)
	if err != nil {
		t.Fatalf("%s: %s %s: %v", c.Name, r.Verb, r.Path, err)
	}
	return answer
}

// Try is Do for those who go on when the request can't be sent.
func (s *System) Try(ctx context.Context, c Caller, r Request) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, r.Verb, s.URL+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return Answer{}, err
	}
	if c.token != nil {
		token, err := c.token(ctx)
		if err != nil {
			return Answer{}, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range map[string]string{"Idempotency-Key": r.Key, "If-Match": r.IfMatch, "Holdfast-Acting-Partner": c.Acting} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	if r.Body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.web.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, body}, err
}

// Get reads a resource by REST and fails t if it can't.
func (s *System) Get(t testing.TB, c Caller, path string, into proto.Message) Answer {
	t.Helper()
	answer := s.Do(t, c, Request{Verb: http.MethodGet, Path: path})
	answer.Into(t, into)
	return answer
}

// Into reads the answer of a call that went well.
func (a Answer) Into(t testing.TB, m proto.Message) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	if err := protojson.Unmarshal(a.Body, m); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
}

// Problem reads the answer of a call that was refused.
func (a Answer) Problem(t testing.TB) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(a.Body, &p); err != nil || p.Reason == "" || p.Status != a.Status || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("status %d is no problem document: %s", a.Status, a.Body)
	}
	return p
}

// Refused fails t unless the call was refused with this status and reason.
func (a Answer) Refused(t testing.TB, status int, reason string) Problem {
	t.Helper()
	p := a.Problem(t)
	if p.Status != status || p.Reason != reason {
		t.Fatalf("refused with %d %s, want %d %s: %s", p.Status, p.Reason, status, reason, a.Body)
	}
	return p
}

// Body writes a message as the body of a request.
func Body(t testing.TB, m proto.Message) string {
	t.Helper()
	text, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

// volatile are the parts of an answer that differ between any two calls.
var volatile = regexp.MustCompile(`"trace_id":"[0-9a-f]*"`)

// Anonymous is what the answer gives away beside the ids that were asked for
// and the trace: the status, the body, and the headers that are about it.
func (a Answer) Anonymous(ids ...string) string {
	body := volatile.ReplaceAllString(string(a.Body), `"trace_id":""`)
	for _, id := range ids {
		body = strings.ReplaceAll(body, id, "ID")
	}
	var headers []string
	for name, values := range a.Header {
		switch name {
		case "Date", "X-Request-Id", "Traceparent", "Ratelimit", "Content-Length":
		default:
			headers = append(headers, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(headers)
	return fmt.Sprintf("%d\n%s\n%s", a.Status, strings.Join(headers, "\n"), body)
}
