package customers

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of domains.
var (
	ErrDomainInvalid = fault.New("DOMAIN_INVALID", "the domain is not one that can be registered")
	ErrDomainTaken   = fault.New("DOMAIN_TAKEN", "the domain belongs to another customer")
)

// Domain is an internet domain in lower case and ASCII, without a final dot.
type Domain string

// ParseDomain reads a domain that somebody can register, such as example.com
// or example.co.uk. It refuses with ErrDomainInvalid public suffixes, hosts
// below a registrable domain, addresses and URLs.
func ParseDomain(s string) (Domain, error) {
	host, err := parseHost(s)
	if err != nil {
		return "", err
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(string(host))
	if err != nil {
		return "", domainInvalid(s, "is a public suffix; name the organisation's own domain below it")
	}
	if registrable != string(host) {
		return "", domainInvalid(s, "is below a registrable domain; write "+registrable)
	}
	return host, nil
}

// SearchDomain reads a host and returns the registrable domain that it belongs
// to, so that a search for mail.example.com finds the owner of example.com.
func SearchDomain(s string) (Domain, error) {
	host, err := parseHost(s)
	if err != nil {
		return "", err
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(string(host))
	if err != nil {
		return "", domainInvalid(s, "is a public suffix, which belongs to nobody")
	}
	return Domain(registrable), nil
}

// parseHost normalises a host name of at least two labels.
func parseHost(s string) (Domain, error) {
	trimmed := strings.TrimSuffix(strings.TrimSpace(s), ".")
	if ascii := Domain(trimmed); ascii.plain() {
		return ascii, nil
	}
	host, err := idna.Lookup.ToASCII(trimmed)
	if err != nil || !Domain(host).plain() {
		return "", domainInvalid(s, "is not a domain; write it without scheme, port or path, such as example.com")
	}
	return Domain(host), nil
}

// plain reports whether d consists of at least two labels of lower-case ASCII
// letters, digits and inner hyphens, and is not a numeric address.
func (d Domain) plain() bool {
	if len(d) > 253 || !strings.Contains(string(d), ".") {
		return false
	}
	for label := range strings.SplitSeq(string(d), ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
		if len(label) > 3 && label[2:4] == "--" && !strings.HasPrefix(label, "xn--") {
			return false
		}
	}
	last := d[strings.LastIndexByte(string(d), '.')+1:]
	return strings.Trim(string(last), "0123456789") != ""
}

// within reports whether d is domain or below it. Its receiver comes second to
// make it a predicate for slices.
func (d Domain) within(domain Domain) bool {
	above, found := strings.CutSuffix(string(d), string(domain))
	return found && (above == "" || strings.HasSuffix(above, "."))
}

// domainsWith returns all domains in order, the primary one first.
func domainsWith(primary Domain, others []string) ([]Domain, error) {
	all := make([]Domain, 1, 1+len(others))
	all[0] = primary
	for i, other := range others {
		d, err := ParseDomain(other)
		if err != nil {
			return nil, onField(err, fmt.Sprintf("domains[%d]", i))
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	slices.Sort(all[1:])
	return all, nil
}

func domainInvalid(s, why string) error {
	return ErrDomainInvalid.Because(fmt.Sprintf("%.80q %s", s, why), "domain", fmt.Sprintf("%.80s", s))
}
