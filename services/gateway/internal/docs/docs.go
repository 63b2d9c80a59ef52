// Package docs serves the documentation of the REST API: the OpenAPI document,
// a page to read and try it, and the catalogue of reasons. Everything comes
// from the binary; no page refers to another host.
package docs

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/swaggest/swgui/v5emb"

	"github.com/holdfast-channel/holdfast/gen/openapi"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Paths of the documentation. ReasonsPath is problem.ReasonsPath.
const (
	DocumentPath = "/openapi.json"
	Path         = "/docs"
	ReasonsPath  = Path + "/reasons"
)

// assets are the files of Swagger UI that the page loads.
var assets = []string{"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "favicon-16x16.png"}

var (
	//go:embed page.html
	page []byte
	//go:embed page.js
	script []byte
	//go:embed docs.css
	style []byte
)

const (
	// Swagger UI sets styles on its elements and shows images of its own.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	reasonsPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// Handlers returns what is served, by path.
func Handlers() map[string]http.Handler {
	all := map[string]http.Handler{
		DocumentPath:       file("application/json", "", openapi.Document),
		Path:               file("text/html; charset=utf-8", pagePolicy, page),
		Path + "/page.js":  file("text/javascript; charset=utf-8", "", script),
		Path + "/docs.css": file("text/css; charset=utf-8", "", style),
		ReasonsPath:        file("text/html; charset=utf-8", reasonsPolicy, reasonsPage(rpcerr.Catalogue())),
	}
	ui := cached(v5emb.New("Holdfast", DocumentPath, Path+"/"))
	for _, name := range assets {
		all[Path+"/"+name] = ui
	}
	return all
}

// file serves bytes that only change with the binary. Browsers ask again each
// time and are told if they have them already.
func file(kind, policy string, content []byte) http.Handler {
	sum := sha256.Sum256(content)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		if policy != "" {
			h.Set("Content-Security-Policy", policy)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
