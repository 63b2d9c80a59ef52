// Package link is what the pages have in common that people reach by a link from
// a mail and by nothing else: no account, perhaps a phone, perhaps a screen
// reader. So they are plain HTML without scripts.
//
// The token in the link is all the authority there is. It stands in no text of a
// page, and the answer's headers keep it from other hosts and from caches.
// Looking at a page changes nothing, so that scanners of mail may follow the
// link: only its form does.
package link

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var (
	//go:embed link.html
	common string
	//go:embed link.css
	commonStyle string
)

// Folder is the beginning of the paths of a page, such as "/consent/".
type Folder string

// Pattern is what logs and metrics know of the page's paths.
func (f Folder) Pattern() string { return string(f) + "{token}" }

// Serves reports whether a path is that of a page.
func (f Folder) Serves(path string) bool {
	token, ok := strings.CutPrefix(path, string(f))
	return ok && token != "" && !strings.Contains(token, "/")
}

// Token is the token in a path.
func (f Folder) Token(path string) string { return strings.TrimPrefix(path, string(f)) }

// Sheet is how the answers of a page look.
type Sheet struct {
	pages  *template.Template
	style  template.CSS
	policy string
}

// NewSheet returns the sheet of a page's own template and style, which come
// after what all pages have.
func NewSheet(text, style string) *Sheet {
	style = commonStyle + style
	sum := sha256.Sum256([]byte(style))
	return &Sheet{
		pages: template.Must(template.Must(template.New("page").Parse(common)).Parse(text)),
		style: template.CSS(style), //nolint:gosec // it is ours
		// The page's own style and its own form are allowed, and nothing else.
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
}

// Frame is what the template of every page shows. Notice is a page's only text,
// or nil.
type Frame struct {
	Title  string
	Style  template.CSS
	Notice *Notice
}

// Frame returns the frame of a page with a title.
func (s *Sheet) Frame(title string) Frame { return Frame{Title: title, Style: s.style} }

// Announce returns the frame of a notice.
func (s *Sheet) Announce(n Notice) Frame { return Frame{Title: n.Title, Style: s.style, Notice: &n} }

// Write answers with a page, and keeps it out of search engines.
func (s *Sheet) Write(w http.ResponseWriter, status int, page any) {
	var b bytes.Buffer
	if err := s.pages.Execute(&b, page); err != nil {
		panic(err) // the template is part of the binary, and tested
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client is gone if this fails
}

// Day writes a date as people do: 2 January 2026.
func Day(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return d.Format("2 January 2006")
}
