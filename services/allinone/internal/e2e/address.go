package e2e

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// Ports that are handed out. They are below those that operating systems give to
// outgoing connections (from 32768 on Linux, 49152 elsewhere), so that none is
// lost before a program listens there, nor while it is stopped to be started
// again. Each test binary begins at a place of its own.
const (
	firstPort = 10_000
	ports     = 22_000
	perBinary = 20 // at most, as a rule
)

var handedOut atomic.Int64

// FreeAddress is an address of this machine where nobody listens. It is handed
// out once.
func FreeAddress() (string, error) {
	begin := int64(os.Getpid()) * perBinary
	for range ports {
		port := firstPort + (begin+handedOut.Add(1))%ports
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.FormatInt(port, 10)))
		if err != nil {
			continue // somebody listens there
		}
		return listener.Addr().String(), listener.Close()
	}
	return "", errors.New("no port of this machine is free")
}
