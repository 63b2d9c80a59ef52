package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// address is where something listens: TCP or a unix socket.
type address struct {
	network, name string
}

// parseAddress reads "host:port" and "unix:///path".
func parseAddress(s string) (address, error) {
	if path, ok := strings.CutPrefix(s, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return address{}, fmt.Errorf("%s: want unix:///path", s)
		}
		return address{"unix", path}, nil
	}
	if _, _, err := net.SplitHostPort(s); err != nil {
		return address{}, fmt.Errorf("%s: want host:port or unix:///path", s)
	}
	return address{"tcp", s}, nil
}

// local reports whether only this machine can reach the address.
func (a address) local() bool {
	if a.network == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(a.name)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// Listen opens the listener of an address, so that a program can learn early
// that it is taken. A socket file left over by a dead process is replaced.
func Listen(addr string) (net.Listener, error) {
	a, err := parseAddress(addr)
	if err != nil {
		return nil, err
	}
	if a.network == "unix" {
		if err := removeDead(a.name); err != nil {
			return nil, fmt.Errorf("listen at %s: %w", addr, err)
		}
	}
	l, err := net.Listen(a.network, a.name)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", addr, err)
	}
	return l, nil
}

func removeDead(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSocket == 0 {
		return errors.New("there is a file that is no socket")
	}
	if conn, err := net.Dial("unix", path); err == nil {
		return errors.Join(errors.New("another process serves there"), conn.Close())
	}
	return os.Remove(path)
}
