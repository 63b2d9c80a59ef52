package allinone_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/matrix"
)

// door is a way to call a method.
type door func(t *testing.T, m matrix.Method, as e2e.Caller, request string, ids matrix.Ids) (matrix.Outcome, error)

func TestAccess_EveryMethodForEveryCallerByGRPC(t *testing.T) {
	s := shared.System(t)
	checkAccess(t, s, func(t *testing.T, m matrix.Method, as e2e.Caller, request string, ids matrix.Ids) (matrix.Outcome, error) {
		return m.ByGRPC(s.As(t, as), s.Conn(m.Service), request, ids)
	}, func(matrix.Method, matrix.Actor) bool { return true })
}

func TestAccess_EveryMethodForEveryCallerByREST(t *testing.T) {
	s := shared.System(t)
	checkAccess(t, s, func(t *testing.T, m matrix.Method, as e2e.Caller, request string, ids matrix.Ids) (matrix.Outcome, error) {
		return m.ByREST(t, s, as, request, ids)
	}, func(m matrix.Method, a matrix.Actor) bool {
		// There is no way past the gateway through it, and it passes on nobody's
		// claim to act for a partner.
		return m.HTTP != nil && !a.Direct && a.Acting == ""
	})
}

// checkAccess calls each method as each caller that may come by a door.
func checkAccess(t *testing.T, s *e2e.System, call door, comes func(matrix.Method, matrix.Actor) bool) {
	methods, wrong := matrix.Methods()
	for _, err := range wrong {
		t.Error(err)
	}
	if len(methods) < 60 {
		t.Errorf("the contracts have %d methods", len(methods))
	}
	world := matrix.NewWorld(t, s, "softcat", "bytes")
	for _, m := range methods {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for _, actor := range matrix.Actors(s, m.Access, "softcat") {
				if comes(m, actor) {
					checkActor(t, world, m, actor, call)
				}
			}
		})
	}
}

// checkActor calls a method as one caller for each resource that makes a
// difference.
func checkActor(t *testing.T, world matrix.World, m matrix.Method, actor matrix.Actor, call door) {
	t.Helper()
	ask := func(owner matrix.Owner) matrix.Outcome {
		outcome, err := call(t, m, actor.Caller, m.Ask.For(world, owner), world[owner])
		if err != nil {
			t.Errorf("%s asks for %s: %v", actor.Name, owner, err)
		}
		return outcome
	}
	own := ask(matrix.Own)
	if refusal := matrix.Verdict(m.Access, actor); refusal != "" {
		if own.Reason != refusal {
			t.Errorf("%s gets %q, want %s", actor.Name, own.Reason, refusal)
		}
		return
	}
	if !m.Ask.Admitted(own) {
		t.Errorf("%s is not admitted to its own: %s", actor.Name, own.Told)
	}
	if !m.Ask.Varies(world[matrix.Absent]) {
		return
	}
	absent := ask(matrix.Absent)
	if !m.Ask.Missing(absent) {
		t.Errorf("%s gets %q for nothing: %s", actor.Name, absent.Reason, absent.Told)
	}
	if actor.Tenant() && m.Ask.Varies(world.Kinds()) {
		if diff := cmp.Diff(absent.Told, ask(matrix.Other).Told); diff != "" {
			t.Errorf("%s can tell another's (+) from nothing (-): %s", actor.Name, diff)
		}
	}
}
