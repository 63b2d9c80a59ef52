package e2e

import (
	"sync"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Clock is the clock that a System's services go by. It runs like the
// machine's, whose time it shows until it is moved; so does the zero Clock, and
// no Clock at all, which can't be moved. It may be moved and read at once.
//
// Tokens, TLS and queues stay on the machine's time.
type Clock struct {
	mu    sync.RWMutex
	ahead time.Duration // of the machine's clock
}

// NewClock returns a clock that shows a time and runs on from there.
func NewClock(at time.Time) *Clock { return &Clock{ahead: time.Until(at)} }

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	if c == nil {
		return time.Now()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.ahead) }

// Today is the date on the clock, for the tests' customers and the vendor.
func (c *Clock) Today() calendar.Date { return dateAt(c.Now()) }

// SetDate moves the clock to noon of a date, there or back, unless it shows
// that date already: within a day time only goes on.
func (c *Clock) SetDate(d calendar.Date) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if dateAt(c.now()) != d {
		c.ahead = time.Until(d.Time().Add(12 * time.Hour))
	}
}

// Advance moves the clock so many days on, at the same time of day.
func (c *Clock) Advance(days int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now().In(london)
	c.ahead += now.AddDate(0, 0, days).Sub(now)
}

// london is where the tests' customers and the vendor are.
var london = func() *time.Location {
	zone, err := calendar.LoadZone("Europe/London")
	if err != nil {
		panic(err) // the binary brings its zones
	}
	return zone
}()

func dateAt(t time.Time) calendar.Date { return calendar.DateOf(t, london) }
