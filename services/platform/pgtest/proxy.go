package pgtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const socketName = ".s.PGSQL.5432"

// Proxy is a line to the server that a test can cut.
type Proxy struct {
	target   string
	listener net.Listener
	lose     atomic.Bool
	open     sync.WaitGroup
	mu       sync.Mutex
	conns    map[net.Conn]bool
}

// Through returns cfg with the app and system roles led through a Proxy, which
// ends with t.
func Through(t testing.TB, cfg pg.Config) (pg.Config, *Proxy) {
	t.Helper()
	u, err := url.Parse(cfg.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "holdfast-px") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: filepath.Join(u.Query().Get("host"), socketName), listener: listener, conns: map[net.Conn]bool{}}
	p.open.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close() // removes the socket
		p.Cut()
		p.open.Wait()
		_ = os.RemoveAll(dir)
	})
	cfg.AppURL, cfg.SystemURL = reroute(cfg.AppURL, dir), reroute(cfg.SystemURL, dir)
	return cfg, p
}

// LoseNextAnswer lets the server do the next thing it is asked, and cuts the
// connection instead of passing its answer on.
func (p *Proxy) LoseNextAnswer() { p.lose.Store(true) }

// Cut closes every connection through the proxy.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close() // the other end sees it
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed with the test
		}
		server, err := net.Dial("unix", p.target)
		if err != nil {
			_ = client.Close() // the client sees a lost connection, which it is
			continue
		}
		p.track(client, server)
		p.open.Go(func() { p.relay(client, server) })
	}
}

func (p *Proxy) relay(client, server net.Conn) {
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client) // ends with either connection
		_ = server.Close()
	})
	p.answer(client, server)
	_, _ = client.Close(), server.Close()
	both.Wait()
	p.forget(client, server)
}

// answer passes the server's answers on until one is to be lost.
func (p *Proxy) answer(client, server net.Conn) {
	idle := []byte{'Z', 0, 0, 0, 5, 'I'} // ReadyForQuery outside of a transaction
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if p.lose.Load() {
			for err == nil && !bytes.HasSuffix(buf[:n], idle) {
				n, err = server.Read(buf)
			}
			p.lose.Store(false)
			return
		}
		if _, writing := client.Write(buf[:n]); errors.Join(err, writing) != nil {
			return
		}
	}
}

func (p *Proxy) track(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.conns[conn] = true
	}
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.conns, conn)
	}
}

func reroute(rawURL, dir string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL // pg.Open says what is wrong with it
	}
	q := u.Query()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String()
}
