package quota

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is how many requests are allowed in a window, written "600/60s". All of
// them may come at once.
type Rate struct {
	Requests int
	Window   time.Duration
}

// UnmarshalText reads "600/60s".
func (r *Rate) UnmarshalText(text []byte) error {
	count, window, ok := strings.Cut(string(text), "/")
	n, errCount := strconv.Atoi(count)
	d, errWindow := time.ParseDuration(window)
	if !ok || errCount != nil || errWindow != nil || n <= 0 || d < time.Second || d%time.Second != 0 {
		return errors.New("want a number of requests and whole seconds, such as 600/60s")
	}
	*r = Rate{Requests: n, Window: d}
	return nil
}

// MarshalText writes it the same way.
func (r Rate) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d/%s", r.Requests, r.Window), nil
}

// perSecond is how fast a bucket fills again.
func (r Rate) perSecond() float64 {
	return float64(r.Requests) / r.Window.Seconds()
}
