package gateway

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var reference = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

// TestDocs_NeedNoOtherHost follows every reference of the pages.
func TestDocs_NeedNoOtherHost(t *testing.T) {
	g := open(t)
	nobody := with("Authorization", "")
	for _, page := range []string{"/docs", "/docs/reasons"} {
		answer := g.do(ask{path: page, header: nobody})
		if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Fatalf("%s: status %d", page, answer.StatusCode)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "script-src 'unsafe") {
			t.Errorf("%s: policy %s", page, policy)
		}
		for _, found := range reference.FindAllStringSubmatch(answer.body, -1) {
			if strings.HasPrefix(found[1], "#") {
				continue
			}
			if !strings.HasPrefix(found[1], "/") || strings.HasPrefix(found[1], "//") {
				t.Errorf("%s refers to %s", page, found[1])
				continue
			}
			asset := g.do(ask{path: found[1], header: nobody})
			if asset.StatusCode != http.StatusOK || len(asset.body) == 0 {
				t.Errorf("%s: status %d, %d bytes", found[1], asset.StatusCode, len(asset.body))
			}
			if strings.HasSuffix(found[1], ".js") && !strings.Contains(asset.Header.Get("Content-Type"), "charset=utf-8") {
				t.Errorf("%s: content type %s, want UTF-8", found[1], asset.Header.Get("Content-Type"))
			}
		}
		if strings.Contains(answer.body, "<script>") || strings.Contains(answer.body, "style=") {
			t.Errorf("%s holds scripts or styles, which its policy forbids", page)
		}
	}
}

func TestDocs_ServeNothingElse(t *testing.T) {
	g := open(t)
	for _, path := range []string{"/docs/", "/docs/index.html", "/docs/docs.go", "/docs/../gateway.go", "/docs/oauth2-redirect.html"} {
		if answer := g.do(ask{path: path, header: with("Authorization", "")}); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, answer.StatusCode)
		}
	}
}
