// Package quota limits how often each client may call.
//
// A client has a bucket of tokens; each request takes one, and the bucket
// fills evenly, so that a client may come in a burst of a whole window's
// requests and then at the rate. The answer is told by the headers
// RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers).
package quota

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Quota holds the buckets of one policy. It remembers at least size/2 and at
// most size keys, those seen last; a key that is forgotten starts with a full
// bucket, which only matters to whoever can be size/2 clients at a time.
type Quota struct {
	name   string
	rate   Rate
	policy []string
	size   int

	mu          sync.Mutex
	recent, old map[string]*rate.Limiter
}

// New returns a quota with a name for its headers.
func New(name string, r Rate, size int) *Quota {
	policy := `"` + name + `";q=` + strconv.Itoa(r.Requests) + `;w=` + strconv.Itoa(int(r.Window.Seconds()))
	return &Quota{name: name, rate: r, policy: []string{policy}, size: size, recent: map[string]*rate.Limiter{}}
}

// Standing is where a client stands after a request.
type Standing struct {
	Allowed   bool
	Remaining int // requests that may come at once
	Full      int // seconds until the bucket is full
	Wait      int // seconds until the next request is allowed, where this one is not
}

// Take takes one request of a key.
func (q *Quota) Take(key string, now time.Time) Standing {
	bucket := q.bucket(key)
	s := Standing{Allowed: bucket.AllowN(now, 1)}
	left := bucket.TokensAt(now)
	s.Remaining = max(0, int(left))
	s.Full = seconds((float64(q.rate.Requests) - left) / q.rate.perSecond())
	if !s.Allowed {
		s.Wait = max(1, seconds((1-left)/q.rate.perSecond()))
	}
	return s
}

func seconds(s float64) int {
	return int(math.Ceil(max(0, s)))
}

// bucket finds or makes a key's bucket. When the recent ones fill half of the
// room they become the old ones, and what was old is forgotten.
func (q *Quota) bucket(key string) *rate.Limiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	if b, ok := q.recent[key]; ok {
		return b
	}
	b, ok := q.old[key]
	if !ok {
		b = rate.NewLimiter(rate.Limit(q.rate.perSecond()), q.rate.Requests)
	}
	if len(q.recent) >= q.size/2 {
		q.old, q.recent = q.recent, map[string]*rate.Limiter{}
	}
	q.recent[key] = b
	return b
}

// Describe sets the headers that tell a client where it stands.
func (q *Quota) Describe(h http.Header, s Standing) {
	line := make([]byte, 0, len(q.name)+24)
	line = append(append(append(line, '"'), q.name...), `";r=`...)
	line = strconv.AppendInt(line, int64(s.Remaining), 10)
	line = strconv.AppendInt(append(line, ";t="...), int64(s.Full), 10)
	h["Ratelimit-Policy"] = q.policy
	h["Ratelimit"] = []string{string(line)}
}
