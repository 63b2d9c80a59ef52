// Package domain reads internet domains as organisations register them, and
// writes each in one way, so that two texts name the same domain exactly when
// they are equal.
//
// What can be registered is told by the public suffix list: example.com and
// example.co.uk can, co.uk and mail.example.com can't. The list is a table of
// the program; nothing here asks the network.
package domain

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrInvalid is returned for what is no domain, or not one that somebody can
// register.
var ErrInvalid = fault.New("DOMAIN_INVALID", "the domain is not one that can be registered")

// Name is a domain in lower case and ASCII, without a final dot.
type Name string

// Parse reads a domain that somebody can register, such as example.com or
// example.co.uk. It refuses with ErrInvalid public suffixes, hosts below a
// registrable domain, addresses and URLs.
func Parse(s string) (Name, error) {
	host, err := ParseHost(s)
	if err != nil {
		return "", err
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(string(host))
	if err != nil {
		return "", invalid(s, "is a public suffix; name the organisation's own domain below it")
	}
	if registrable != string(host) {
		return "", invalid(s, "is below a registrable domain; write "+registrable)
	}
	return host, nil
}

// Owning reads a host and returns the registrable domain that it belongs to,
// so that a search for mail.example.com finds the owner of example.com.
func Owning(s string) (Name, error) {
	host, err := ParseHost(s)
	if err != nil {
		return "", err
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(string(host))
	if err != nil {
		return "", invalid(s, "is a public suffix, which belongs to nobody")
	}
	return Name(registrable), nil
}

// ParseHost normalises a host name of at least two labels, or returns
// ErrInvalid.
func ParseHost(s string) (Name, error) {
	trimmed := strings.TrimSuffix(strings.TrimSpace(s), ".")
	if ascii := Name(trimmed); ascii.plain() {
		return ascii, nil
	}
	host, err := idna.Lookup.ToASCII(trimmed)
	if err != nil || !Name(host).plain() {
		return "", invalid(s, "is not a domain; write it without scheme, port or path, such as example.com")
	}
	return Name(host), nil
}

// Within reports whether n is the domain or below it.
func (n Name) Within(domain Name) bool {
	above, found := strings.CutSuffix(string(n), string(domain))
	return found && (above == "" || strings.HasSuffix(above, "."))
}

// plain reports whether n consists of at least two labels of lower-case ASCII
// letters, digits and inner hyphens, and is not a numeric address.
func (n Name) plain() bool {
	if len(n) > 253 || !strings.Contains(string(n), ".") {
		return false
	}
	for label := range strings.SplitSeq(string(n), ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
		if len(label) > 3 && label[2:4] == "--" && !strings.HasPrefix(label, "xn--") {
			return false
		}
	}
	last := n[strings.LastIndexByte(string(n), '.')+1:]
	return strings.Trim(string(last), "0123456789") != ""
}

func invalid(s, why string) error {
	return ErrInvalid.Because(fmt.Sprintf("%.80q %s", s, why), "domain", fmt.Sprintf("%.80s", s))
}
