// Package allinone runs the whole of Holdfast in one process, for a laptop and
// for end-to-end tests: a private durable PostgreSQL, an identity provider for
// made-up staff, and all services.
//
// The services know nothing of it. Each is configured as it would be by its
// environment, has its own database and roles, and meets the others over gRPC
// on unix sockets with every interceptor in between. It is never deployed.
package allinone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// Config are the settings of the all-in-one.
type Config struct {
	Addr      string `env:"ADDR" envDefault:"127.0.0.1:8080" help:"where REST and the documentation are served, on this machine only"`
	StaffAddr string `env:"STAFF_ADDR" envDefault:"127.0.0.1:8081" help:"where the made-up staff sign in, on this machine only"`
	Data      string `env:"DATA" envDefault:".holdfast" help:"folder that keeps everything between runs"`
	Book      string `env:"BOOK" envDefault:"demo" help:"what is loaded at the first start: demo (24,900 customers), small (500 of them) or none"`
	Seed      uint64 `env:"SEED" envDefault:"1" help:"seed of the book: the same seed and day make the same book"`

	// Adjust may change the services' settings before they start, for tests
	// that need others than a laptop does.
	Adjust func(settings map[string]string) `env:"-"`

	// Clock tells the services the time; nil is the machine's. Tokens, TLS and
	// queues go by the machine's in any case.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong with the settings.
func (c Config) Validate(p *env.Problems) {
	for name, addr := range map[string]string{"ADDR": c.Addr, "STAFF_ADDR": c.StaffAddr} {
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			p.Add(name, "must be an address of this machine, such as 127.0.0.1:8080")
		}
	}
	if c.Data == "" {
		p.Add("DATA", "is empty")
	}
	if _, ok := bookSizes[c.Book]; !ok {
		p.Add("BOOK", "must be demo, small or none")
	}
}

// Running tells where a running all-in-one is found, and who may call it.
type Running struct {
	URL         string // of REST, such as http://127.0.0.1:8080
	StaffURL    string // of the made-up staff's tokens
	Sockets     string // folder of the services' unix sockets
	EnvFile     string // all of this as shell variables
	ConsentLog  string // the mails to customers' contacts, a JSON object a line
	SurveyLog   string // the invitations to surveys, a JSON object a line
	Credentials Credentials
}

// Run starts everything, loads the book at the first start, calls ready, and
// serves until ctx ends or a part fails. What the user should see goes to out,
// the services' logs to log.
func Run(ctx context.Context, cfg Config, log *zap.Logger, out io.Writer, ready func(Running)) (err error) {
	if err := free(cfg.Addr, "HOLDFAST_ADDR"); err != nil {
		return err
	}
	folder, err := openFolder(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.close()) }()

	cluster, err := startCluster(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()

	people, err := serveStaff(cfg.StaffAddr, folder.credentials.StaffSecret)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close(context.WithoutCancel(ctx))) }()

	sockets, err := os.MkdirTemp("", "holdfast")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(sockets)) }()

	settings := environment(cfg, folder, cluster, people.URL, sockets)
	if cfg.Adjust != nil {
		cfg.Adjust(settings)
	}
	return serve(ctx, services(settings, cfg.Clock, log), cluster, func(ctx context.Context) error {
		if err := waitReady(ctx, sockets); err != nil {
			return err
		}
		if err := loadOnce(ctx, cfg, folder, people, sockets, out); err != nil {
			return err
		}
		running := Running{
			URL: "http://" + cfg.Addr, StaffURL: people.URL, Sockets: sockets, EnvFile: folder.file("env"),
			ConsentLog: folder.file("consents.log"), SurveyLog: folder.file("surveys.log"), Credentials: folder.credentials,
		}
		if err := replaceFile(running.EnvFile, []byte(running.Environment())); err != nil {
			return err
		}
		ready(running)
		return nil
	})
}

// serve runs the services, and prepare beside them, until ctx ends or any of it or
// the cluster fails.
func serve(ctx context.Context, services map[string]func(context.Context) error, cluster *pgcluster.Cluster, prepare func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for name, start := range services {
		group.Go(func() error {
			if err := start(ctx); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	group.Go(func() error { return prepare(ctx) })
	group.Go(func() error { return whileAlive(ctx, cluster) })
	if err := group.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// free makes sure that an address can be had, with a sentence that says what
// to do otherwise.
func free(addr, setting string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return unusable(addr, setting, err)
	}
	return listener.Close()
}

func unusable(addr, setting string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken by another program: stop that one, or set %s to another address", addr, setting)
	}
	return fmt.Errorf("%s can't be used: set %s to another address: %w", addr, setting, err)
}

func startCluster(ctx context.Context, f *folder) (*pgcluster.Cluster, error) {
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(f.path, "postgres"), Durable: true, Log: f.databaseLog})
	if err != nil {
		return nil, err
	}
	for _, service := range []string{"customer", "partner", "commission"} {
		if err := cluster.EnsureService(ctx, service); err != nil {
			return nil, errors.Join(err, cluster.Stop())
		}
	}
	return cluster, nil
}

func serveStaff(addr, secret string) (*staff.Issuer, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, unusable(addr, "HOLDFAST_STAFF_ADDR", err)
	}
	return staff.Serve(listener, secret)
}

// whileAlive returns an error when the database server ends by itself.
func whileAlive(ctx context.Context, cluster *pgcluster.Cluster) error {
	select {
	case <-ctx.Done():
		return nil
	case <-cluster.Done():
		return errors.New("the database server has ended: see postgres.log in the data folder")
	}
}

// waitReady waits until every service says that it is ready.
func waitReady(ctx context.Context, sockets string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("the services did not get ready within two minutes: see holdfast.log in the data folder"))
	defer cancel()
	for _, service := range []string{"customer", "partner", "commission", "gateway"} {
		if err := pollReady(ctx, adminSocket(sockets, service)); err != nil {
			return err
		}
	}
	return nil
}
