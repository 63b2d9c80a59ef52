package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const (
	connectTimeout   = 10 * time.Second
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 10 * time.Second
)

// Run serves until ctx ends and then stops in an order that loses no call:
// health and readiness say no, callers have DrainDelay to notice, watches end,
// calls in progress have ShutdownGrace to finish. It returns nil after that,
// or the error that ended the serving.
func (s *Server) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.grpc.Serve(s.listener) }()
	s.admin.start()
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthpb.HealthCheckResponse_SERVING)
	}
	s.health.SetServingStatus("", healthpb.HealthCheckResponse_SERVING)

	var failed error
	select {
	case <-ctx.Done():
		s.stop()
		// A stop may come before the serving has begun.
		if failed = <-served; errors.Is(failed, grpc.ErrServerStopped) {
			failed = nil
		}
	case failed = <-served:
		s.drain()
	}
	if err := errors.Join(failed, s.admin.stop()); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// stop drains the server and returns when it has ended.
func (s *Server) stop() {
	s.admin.refuse()
	s.health.Shutdown()
	<-time.After(s.config.DrainDelay)
	s.drain()

	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(s.config.ShutdownGrace):
		s.deps.Log.Warn("calls in progress were cut at the end of the grace")
		s.grpc.Stop()
		<-stopped
	}
}
