// Package e2e gives end-to-end tests a running Holdfast and everybody who
// calls it: partners' portals, the vendor's staff, services, programs and
// strangers, each with a token got in the way that a caller of that kind gets
// one.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// System is a running all-in-one with the small book.
type System struct {
	allinone.Running
	Log string // the file with the services' log

	clock    *Clock
	programs *programs
	web      *http.Client
	conns    map[string]*grpc.ClientConn
	tokens   tokens

	stop  context.CancelFunc
	ended chan error
	log   *os.File
	flush func()
}

// Start starts an all-in-one on free ports with its data in a folder, and
// returns when the book is loaded. Its services go by the machine's time.
func Start(ctx context.Context, data string) (*System, error) { return StartAt(ctx, data, nil) }

// StartAt is Start for services that go by a clock. The book is of the day that
// it shows.
func StartAt(ctx context.Context, data string, clock *Clock) (*System, error) {
	ctx, stop := context.WithCancel(ctx)
	s := &System{
		clock:  clock,
		Log:    filepath.Join(data, "services.log"),
		web:    &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
		conns:  map[string]*grpc.ClientConn{},
		tokens: tokens{held: map[string]heldToken{}},
		stop:   stop, ended: make(chan error, 1),
	}
	if err := s.start(ctx, data); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// Attach returns the System of services that somebody else runs. It can't stop
// them, and knows no programs with a role of the staff.
func Attach(r allinone.Running, conns map[string]*grpc.ClientConn, web *http.Client) *System {
	return &System{Running: r, conns: conns, web: web, tokens: tokens{held: map[string]heldToken{}}}
}

func (s *System) start(ctx context.Context, data string) (err error) {
	cfg := allinone.Config{Data: data, Book: "small", Seed: 1, Adjust: s.adjust}
	if s.clock != nil {
		cfg.Clock = s.clock.Now
	}
	if cfg.Addr, err = FreeAddress(); err != nil {
		return err
	}
	if cfg.StaffAddr, err = FreeAddress(); err != nil {
		return err
	}
	if s.programs, err = servePrograms(); err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o711); err != nil {
		return err
	}
	if s.log, err = os.Create(s.Log); err != nil {
		return err
	}
	var log *zap.Logger
	log, s.flush = telemetry.NewLogger(telemetry.LogConfig{}, s.log)
	running := make(chan allinone.Running, 1)
	go func() {
		s.ended <- allinone.Run(ctx, cfg, log, s.log, func(r allinone.Running) { running <- r })
	}()
	select {
	case s.Running = <-running:
		if err := s.dial(); err != nil {
			return err
		}
		return s.Settle(ctx)
	case err := <-s.ended:
		return fmt.Errorf("the all-in-one did not start: %w", err)
	}
}

// adjust makes room for all tests, which together are one impatient client,
// and adds an issuer of programs beside that of people.
func (s *System) adjust(settings map[string]string) {
	settings["GATEWAY_RATE_LIMIT"] = "1000000/60s"
	settings["GATEWAY_ANONYMOUS_RATE_LIMIT"] = "1000000/60s"
	settings[issuersSetting] = s.programs.beside(settings[issuersSetting])
}

// dial connects to the services' sockets, past the gateway.
func (s *System) dial() error {
	for _, service := range []string{"customer", "partner", "commission"} {
		conn, err := grpc.NewClient("unix://"+filepath.Join(s.Sockets, service), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return err
		}
		s.conns[service] = conn
	}
	return nil
}

// Settle waits until a portal's first preview is answered: the gateway must
// have had the list of revoked clients, and commission, which looks every few
// seconds, must have seen the code of practice that the book has brought.
func (s *System) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.firstPreview(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("portals are not served: %w", err)
		case <-again.C:
		}
	}
}

func (s *System) firstPreview(ctx context.Context) error {
	portal := s.Partner("softcat")
	list, err := s.Try(ctx, portal, Request{Verb: http.MethodGet, Path: "/v1/renewals?states=RENEWAL_STATE_OPEN&pageSize=1"})
	if err != nil {
		return err
	}
	var due commissionv1.ListRenewalsResponse
	if err := protojson.Unmarshal(list.Body, &due); err != nil || len(due.Renewals) == 0 {
		return fmt.Errorf("nothing is due: %d %s", list.Status, list.Body)
	}
	preview, err := s.Try(ctx, portal, Request{Verb: http.MethodPost, Path: "/v1/renewals/" + due.Renewals[0].RenewalId + ":preview", Body: "{}"})
	if err == nil && preview.Status != http.StatusOK {
		err = fmt.Errorf("the first preview: %d %s", preview.Status, preview.Body)
	}
	return err
}

// Conn is a connection to a service, past the gateway and without any token.
func (s *System) Conn(service string) *grpc.ClientConn { return s.conns[service] }

// Stop stops everything and returns what went wrong over the whole run.
func (s *System) Stop() error {
	for _, conn := range s.conns {
		conn.Close()
	}
	s.web.CloseIdleConnections()
	s.stop()
	err := <-s.ended
	s.flush()
	return errors.Join(err, s.programs.close(), s.log.Close())
}
