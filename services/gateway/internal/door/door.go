// Package door puts the REST door together: the guard before everything, and
// behind it the API, the token endpoint and the documentation.
package door

import (
	"net/http"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/docs"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Config is what the door is made of.
type Config struct {
	Bounds   guard.Config
	Guard    guard.Deps
	Services rest.Services
	Tokens   rest.TokenEndpoint
}

// New returns the handler of everything that is served.
func New(c Config) (http.Handler, error) {
	g, err := guard.New(c.Bounds, c.Guard)
	if err != nil {
		return nil, err
	}
	api, err := rest.New(c.Services, c.Bounds.MaxBody)
	if err != nil {
		return nil, err
	}
	d := door{api: g.Authenticated(api), open: map[string]page{}}
	reading := []string{http.MethodGet, http.MethodHead}
	pages, err := docs.Handlers()
	if err != nil {
		return nil, err
	}
	for path, h := range pages {
		d.open[path] = page{g.Open(h), reading}
	}
	d.open[rest.TokenPath] = page{g.Open(http.HandlerFunc(c.Tokens.Issue)), []string{http.MethodPost}}
	d.open[rest.KeysPath] = page{g.Open(http.HandlerFunc(c.Tokens.Keys)), reading}
	d.open[rest.MetadataPath] = page{g.Open(http.HandlerFunc(c.Tokens.Metadata)), reading}
	return g.Around(d), nil
}

// door serves what anyone may have by exact paths, and everything else as the
// API.
type door struct {
	open map[string]page
	api  http.Handler
}

type page struct {
	http.Handler
	methods []string
}

// ServeHTTP chooses by path and method.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, ok := d.open[r.URL.Path]
	if !ok {
		d.api.ServeHTTP(w, r)
		return
	}
	guard.SetRoute(r.Context(), r.URL.Path)
	if !slices.Contains(p.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(p.methods, ", "))
		problem.Write(w, r, fault.New("METHOD_NOT_ALLOWED", "this path has no such method, but "+strings.Join(p.methods, ", ")))
		return
	}
	p.ServeHTTP(w, r)
}
