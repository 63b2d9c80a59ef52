package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is a page as a browser reads it.
type page struct{ root *html.Node }

func parsed(t *testing.T, text string) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return page{root}
}

// all are the elements of a name, in order; every element for "".
func (p page) all(name string) (found []*html.Node) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

// text is what the page says.
func (p page) text() string { return textOf(p.all("body")[0]) }

func textOf(n *html.Node) string {
	var b strings.Builder
	for part := range n.Descendants() {
		if part.Type == html.TextNode {
			b.WriteString(part.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// styleSource is the page's own style as a policy names it.
func (p page) styleSource(t *testing.T) string {
	t.Helper()
	styles := p.all("style")
	if len(styles) != 1 {
		t.Fatalf("%d styles", len(styles))
	}
	sum := sha256.Sum256([]byte(styles[0].FirstChild.Data))
	return "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// checkAccessible checks what people need who can't see the page, can't use a
// pointer, or have a small screen.
func (p page) checkAccessible(t *testing.T) {
	t.Helper()
	if language, _ := attribute(p.all("html")[0], "lang"); language != "en" {
		t.Errorf("language %q", language)
	}
	if titles := p.all("title"); len(titles) != 1 || textOf(titles[0]) == "" {
		t.Error("the page has no title")
	}
	if len(p.all("h1")) != 1 || len(p.all("main")) != 1 {
		t.Errorf("%d headings of the first order in %d main parts", len(p.all("h1")), len(p.all("main")))
	}
	if !slices.ContainsFunc(p.all("meta"), func(m *html.Node) bool {
		name, _ := attribute(m, "name")
		content, _ := attribute(m, "content")
		return name == "viewport" && content == "width=device-width, initial-scale=1"
	}) {
		t.Error("the page does not fit itself to a phone")
	}
	p.checkReferences(t)
	p.checkControls(t)
}

// checkReferences makes sure that what one element says of another is there,
// and that the page needs nothing from elsewhere.
func (p page) checkReferences(t *testing.T) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range p.all("") {
		if id, ok := attribute(n, "id"); ok {
			if ids[id] {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = true
		}
	}
	for _, n := range p.all("") {
		for _, a := range n.Attr {
			switch {
			case a.Key == "for" || a.Key == "aria-describedby" || a.Key == "href":
				for _, id := range strings.Fields(a.Val) {
					if !ids[strings.TrimPrefix(id, "#")] {
						t.Errorf("%s of <%s> leads to %s, which is not there", a.Key, n.Data, id)
					}
				}
			case a.Key == "src" || a.Key == "style" || a.Key == "action" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	if scripts := p.all("script"); len(scripts) != 0 {
		t.Errorf("%d scripts", len(scripts))
	}
}

// checkControls makes sure that the keyboard reaches every control of a form,
// that each says what it is, and that a group of choices has a name.
func (p page) checkControls(t *testing.T) {
	t.Helper()
	labelled := map[string]bool{}
	for _, label := range p.all("label") {
		if id, _ := attribute(label, "for"); strings.TrimSpace(textOf(label)) != "" {
			labelled[id] = true
		}
	}
	for _, control := range slices.Concat(p.all("input"), p.all("textarea"), p.all("button"), p.all("select")) {
		id, _ := attribute(control, "id")
		if !labelled[id] && (control.Data != "button" || strings.TrimSpace(textOf(control)) == "") {
			t.Errorf("<%s id=%q> has no label", control.Data, id)
		}
		for _, name := range []string{"tabindex", "disabled", "hidden", "readonly", "inert"} {
			if value, ok := attribute(control, name); ok {
				t.Errorf("<%s id=%q> has %s=%q", control.Data, id, name, value)
			}
		}
	}
	for _, group := range p.all("fieldset") {
		if legend := group.FirstChild.NextSibling; legend.Data != "legend" || strings.TrimSpace(textOf(legend)) == "" {
			t.Error("a group of choices has no name")
		}
	}
	if forms := p.all("form"); len(forms) == 1 && len(p.all("button")) != 1 {
		t.Errorf("%d buttons", len(p.all("button")))
	}
}
