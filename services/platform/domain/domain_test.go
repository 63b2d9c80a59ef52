package domain_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/platform/domain"
)

func TestParse_ReadsWhatCanBeRegistered(t *testing.T) {
	tests := []struct{ written, want string }{
		{"example.com", "example.com"},
		{"Example.CO.UK.", "example.co.uk"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"BÜCHER.example", "xn--bcher-kva.example"},
		{"acme.internal", "acme.internal"},
		{"mail.example.com", ""},
		{"co.uk", ""},
		{"com", ""},
		{"localhost", ""},
		{"", ""},
		{"10.0.0.1", ""},
		{"example.com:25", ""},
		{"exa mple.com", ""},
		{"-a.example", ""},
		{"a..example", ""},
		{"user@example.com", ""},
		{"ex\x00ample.com", ""},
		{strings.Repeat("a", 64) + ".example", ""},
	}
	for _, tt := range tests {
		got, err := domain.Parse(tt.written)
		if string(got) != tt.want || (tt.want == "") != errors.Is(err, domain.ErrInvalid) {
			t.Errorf("Parse(%q) = %q, %v; want %q", tt.written, got, err, tt.want)
		}
	}
}

func TestOwning_FindsTheOwnerOfAHost(t *testing.T) {
	for written, want := range map[string]domain.Name{"mail.example.co.uk": "example.co.uk", "example.com": "example.com", "a.b.c.example.com": "example.com"} {
		if got, err := domain.Owning(written); got != want || err != nil {
			t.Errorf("Owning(%q) = %q, %v; want %q", written, got, err, want)
		}
	}
	if _, err := domain.Owning("co.uk"); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Owning of a public suffix: %v", err)
	}
}

func TestWithin_LooksAtWholeLabels(t *testing.T) {
	for host, want := range map[domain.Name]bool{
		"example.com": true, "mail.example.com": true, "myexample.com": false, "com": false, "example.com.au": false,
	} {
		if host.Within("example.com") != want {
			t.Errorf("%s within example.com: got %v", host, !want)
		}
	}
}

func TestLaw_AParsedDomainIsReadAsItself(t *testing.T) {
	label := rapid.StringMatching(`[a-zA-Z0-9äöüß]([a-zA-Z0-9-äöü]{0,10}[a-z0-9])?`)
	rapid.Check(t, func(t *rapid.T) {
		written := label.Draw(t, "label") + rapid.SampledFrom([]string{".example", ".com", ".co.uk", ".de."}).Draw(t, "suffix")
		d, err := domain.Parse(written)
		if err != nil {
			return
		}
		if again, err := domain.Parse(string(d)); again != d || err != nil {
			t.Fatalf("%q is %q, which is %q, %v", written, d, again, err)
		}
		if found, err := domain.Owning("mail." + string(d)); found != d || err != nil {
			t.Fatalf("mail.%s belongs to %q, %v", d, found, err)
		}
	})
}
