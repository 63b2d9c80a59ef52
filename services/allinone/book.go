package allinone

import (
	"context"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/load"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// bookSizes are the customers of each book.
var bookSizes = map[string]int{"demo": demo.Customers, "small": 500, "none": 0}

// players are the partners that get credentials for trying things.
var players = []string{demo.Softcat, demo.Bytes, demo.Agent}

// loadOnce loads the book unless the data folder has it.
func loadOnce(ctx context.Context, cfg Config, f *folder, people *staff.Issuer, sockets string, out io.Writer) error {
	size := bookSizes[cfg.Book]
	if f.credentials.Loaded || size == 0 {
		return nil
	}
	target, closeAll, err := loadTarget(people, sockets)
	if err != nil {
		return err
	}
	defer closeAll()
	began, now := time.Now(), time.Now
	if cfg.Clock != nil {
		now = cfg.Clock
	}
	bar := &progressBar{out: out}
	target.Today = calendar.DateOf(now(), time.Local)
	book := demo.Build(cfg.Seed, target.Today, size)
	clients, err := load.Book(ctx, target, book, cfg.Seed, players, bar.show)
	bar.end()
	if err != nil {
		return fmt.Errorf("the demonstration book could not be loaded: %w", err)
	}
	fmt.Fprintf(out, "%d customers and %d subscriptions in %.1f s\n", len(book.Customers), len(book.Subscriptions), time.Since(began).Seconds())
	f.credentials.Partners, f.credentials.Loaded = clients, true
	return f.saveCredentials()
}

// loadTarget connects to the services as three of the vendor's people.
func loadTarget(people *staff.Issuer, sockets string) (t load.Target, closeAll func(), err error) {
	var conns []*grpc.ClientConn
	closeAll = func() {
		for _, c := range conns {
			_ = c.Close() // nothing is in flight
		}
	}
	for _, to := range []struct {
		service string
		conn    *grpc.ClientConnInterface
	}{{"customer", &t.Customer}, {"partner", &t.Partner}, {"commission", &t.Commission}} {
		conn, err := grpc.NewClient("unix://"+socket(sockets, to.service), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			closeAll()
			return t, nil, err
		}
		conns = append(conns, conn)
		*to.conn = conn
	}
	for _, p := range staff.People {
		token, err := people.Token(p, time.Now())
		if err != nil {
			closeAll()
			return t, nil, err
		}
		switch p.Name {
		case "admin-one":
			t.First = token
		case "channel-two":
			t.Second = token
		case "finance-one":
			t.Finance = token
		}
	}
	return t, closeAll, nil
}

// A progressBar shows how far the load is, on one line.
type progressBar struct {
	out   io.Writer
	shown int
}

const barWidth = 40

func (b *progressBar) show(done, of int, doing string) {
	filled := done * barWidth / max(of, 1)
	percent := done * 100 / max(of, 1)
	if percent == b.shown && done > 0 {
		return
	}
	b.shown = percent
	fmt.Fprintf(b.out, "\rloading the demonstration book  [%-*s] %3d %%  %-12s", barWidth, hashes[:filled], percent, doing)
}

const hashes = "########################################"

func (b *progressBar) end() { fmt.Fprintln(b.out) }
