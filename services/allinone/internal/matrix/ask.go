package matrix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// An Ask is what a request of a method is about. Its text is the request as
// JSON, in which {renewal} stands for the id of a renewal: the caller's own,
// another partner's, or that of none. {=renewal} is always the caller's own,
// where the method is not about it. Requests that would change something hold
// a mistake that is found only after the caller is admitted.
type Ask struct {
	text string
	// sieves: what is not there for the caller is left out of the answer, or
	// has its own place in it, and is no error.
	sieves bool
	// spends: the first call uses the resource up.
	spends bool
	// absent: how what is not there is refused, if not with NOT_FOUND.
	absent string
}

func ask(text string) Ask { return Ask{text: text} }

func (a Ask) sieving() Ask { a.sieves = true; return a }

func (a Ask) spending() Ask { a.spends = true; return a }

func (a Ask) refusing(reason string) Ask { a.absent = reason; return a }

// fields is the request with its placeholders.
func (a Ask) fields() map[string]any {
	var fields map[string]any
	if err := json.Unmarshal([]byte(a.text), &fields); err != nil {
		panic(fmt.Sprintf("%s: %v", a.text, err)) // the table is wrong
	}
	return fields
}

// Owner tells whose resource is asked for.
type Owner string

// The owners.
const (
	Own    Owner = "own"
	Other  Owner = "another's"
	Absent Owner = "absent"
)

// Ids are the ids of one resource of each kind.
type Ids map[string]string

// World are the resources that requests are about.
type World map[Owner]Ids

// Varies reports whether the request is about a resource of one of the kinds.
func (a Ask) Varies(kinds Ids) bool {
	for kind := range kinds {
		if strings.Contains(a.text, "{"+kind+"}") {
			return true
		}
	}
	return false
}

// For returns the request for the resources of an owner, each time with a
// fresh idempotency key.
func (a Ask) For(w World, owner Owner) string {
	text := strings.ReplaceAll(a.text, "{key}", e2e.NewKey())
	for kind, id := range w[Own] {
		text = strings.ReplaceAll(text, "{="+kind+"}", id)
	}
	for kind, id := range w[owner] {
		text = strings.ReplaceAll(text, "{"+kind+"}", id)
	}
	return text
}

// Admitted reports whether an outcome shows that the caller was let in and
// found what it asked for, whatever was wrong with the request.
func (a Ask) Admitted(o Outcome) bool {
	switch o.Reason {
	case "PERMISSION_DENIED", "UNAUTHENTICATED", "SCOPE_MISSING", "HUMAN_REQUIRED",
		"INTERNAL", "UNSPECIFIED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "METHOD_NOT_ALLOWED", "RATE_LIMITED":
		return false
	case "NOT_FOUND":
		return a.spends
	}
	return true
}

// Missing reports whether an outcome is that of asking for what is not there.
func (a Ask) Missing(o Outcome) bool {
	if a.sieves {
		return o.Reason == ""
	}
	return o.Reason == cmp.Or(a.absent, "NOT_FOUND")
}
