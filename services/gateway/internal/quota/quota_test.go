package quota

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestRate_ReadsAndWritesTheSameWay(t *testing.T) {
	for text, ok := range map[string]bool{
		"600/60s": true, "1/1s": true, "10/1m0s": true, "600": false, "0/60s": false, "-1/60s": false, "600/0s": false,
		"600/500ms": false, "600/1500ms": false, "x/60s": false, "600/x": false, "": false,
	} {
		var r Rate
		if err := r.UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTake_AllowsTheRateInAnyWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{Requests: rapid.IntRange(1, 20).Draw(t, "requests"), Window: time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second}
		q := New("default", r, 10)
		now, allowed := noon, []time.Time{}
		for range rapid.IntRange(1, 200).Draw(t, "asked") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(r.Window)/4).Draw(t, "pause")))
			s := q.Take("a", now)
			if s.Allowed {
				allowed = append(allowed, now)
			}
			if s.Allowed == (s.Wait > 0) || s.Remaining < 0 || s.Remaining >= r.Requests {
				t.Fatalf("standing %+v", s)
			}
		}
		for i, from := range allowed { // a burst and what fills within the window
			n := 0
			for _, at := range allowed[i:] {
				if at.Sub(from) < r.Window {
					n++
				}
			}
			if n > 2*r.Requests {
				t.Fatalf("%d requests within a window of %+v", n, r)
			}
		}
	})
}

func TestTake_KeepsItsPromiseToWait(t *testing.T) {
	q := New("default", Rate{Requests: 2, Window: 60 * time.Second}, 10)
	q.Take("a", noon)
	q.Take("a", noon)
	s := q.Take("a", noon)
	if s.Allowed || s.Wait != 30 {
		t.Fatalf("standing %+v, want a wait of 30 s", s)
	}
	if s := q.Take("a", noon.Add(30*time.Second)); !s.Allowed {
		t.Errorf("standing after the wait %+v", s)
	}
}

func TestQuota_RemembersABoundedNumberOfKeys(t *testing.T) {
	q := New("default", Rate{Requests: 1, Window: time.Hour}, 100)
	for i := range 10_000 {
		q.Take("busy", noon)
		q.Take(fmt.Sprint(i), noon)
		if n := len(q.recent) + len(q.old); n > 100 {
			t.Fatalf("%d keys are kept", n)
		}
	}
	if s := q.Take("busy", noon); s.Allowed {
		t.Error("a key that comes all the time was forgotten")
	}
}

func TestDescribe_WritesStructuredFields(t *testing.T) {
	q := New("default", Rate{Requests: 600, Window: time.Minute}, 10)
	h := http.Header{}
	q.Describe(h, Standing{Remaining: 599, Full: 1})
	if h.Get("RateLimit-Policy") != `"default";q=600;w=60` || h.Get("RateLimit") != `"default";r=599;t=1` {
		t.Errorf("headers %v", h)
	}
}
