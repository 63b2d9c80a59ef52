package guard

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// peer is the address of the client: that of the connection or, behind proxies
// that are trusted, the last one in X-Forwarded-For that is none of them. What
// stands before it in the list was written by the client itself.
func (g *Guard) peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "local" // a unix socket
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if g.trusts(ip) {
		ip = g.forwarded(ip, r.Header.Values("X-Forwarded-For"))
	}
	return network(ip)
}

func (g *Guard) forwarded(peer netip.Addr, lines []string) netip.Addr {
	hops := strings.Split(strings.Join(lines, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		peer = ip
		if !g.trusts(ip) {
			return peer
		}
	}
	return peer
}

func (g *Guard) trusts(ip netip.Addr) bool {
	for _, p := range g.config.TrustedProxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// network is the address, or of IPv6 the network that one client has to
// itself.
func network(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
