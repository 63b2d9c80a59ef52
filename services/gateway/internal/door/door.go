// Package door puts the REST door together: the guard before everything, and
// behind it the API, the token endpoint, the documentation and the pages on
// which customers consent and say how it was.
package door

import (
	"net/http"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/consent"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/docs"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/rest"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/survey"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Config is what the door is made of.
type Config struct {
	Bounds   guard.Config
	Guard    guard.Deps
	Services rest.Services
	Tokens   rest.TokenEndpoint
	Consents consent.Page
	Surveys  survey.Page
}

// New returns the handler of everything that is served.
func New(c Config) (http.Handler, error) {
	g, err := guard.New(c.Bounds, c.Guard)
	if err != nil {
		return nil, err
	}
	api, err := rest.New(c.Services, c.Bounds.BodyLimit)
	if err != nil {
		return nil, err
	}
	d := door{api: g.Authenticated(api), anonymous: g.Open(api), open: map[string]page{}}
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
	d.open[consent.Folder.Pattern()] = page{g.Open(c.Consents), append(reading, http.MethodPost)}
	d.open[survey.Folder.Pattern()] = page{g.Open(c.Surveys), append(reading, http.MethodPost)}
	return g.Around(d), nil
}

// door serves what anyone may have by exact paths or their pattern, and
// everything else as the API: the methods that ask for no token without
// looking at one, the others with the caller's.
type door struct {
	open           map[string]page
	api, anonymous http.Handler
}

type page struct {
	http.Handler
	methods []string
}

// ServeHTTP chooses by path and method.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := routeOf(r.URL.Path)
	p, ok := d.open[route]
	if !ok {
		d.method(route).ServeHTTP(w, r)
		return
	}
	guard.SetRoute(r.Context(), route)
	if !slices.Contains(p.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(p.methods, ", "))
		problem.Write(w, r, fault.New("METHOD_NOT_ALLOWED", "this path has no such method, but "+strings.Join(p.methods, ", ")))
		return
	}
	p.ServeHTTP(w, r)
}

// method serves the methods of the API, with or without their callers.
func (d door) method(path string) http.Handler {
	if rest.Anonymous(path) {
		return d.anonymous
	}
	return d.api
}

// routeOf is the path, or the pattern of one that holds a secret.
func routeOf(path string) string {
	for _, folder := range []link.Folder{consent.Folder, survey.Folder} {
		if folder.Serves(path) {
			return folder.Pattern()
		}
	}
	return path
}
