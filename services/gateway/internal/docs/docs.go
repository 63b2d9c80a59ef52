// Package docs serves the documentation of the REST API: the OpenAPI document,
// a page to read and try it, and the catalogue of reasons. Everything comes
// from the binary; no page refers to another host.
package docs

import (
	_ "embed"
	"fmt"
	"net/http"

	"github.com/swaggest/swgui/v5/static"

	"github.com/holdfast-channel/holdfast/gen/openapi"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Paths of the documentation, beside problem.ReasonsPath.
const (
	DocumentPath = "/openapi.json"
	Path         = "/docs"
)

var (
	//go:embed page.html
	page []byte
	//go:embed page.js
	script []byte
	//go:embed docs.css
	style []byte
)

// Media types.
const (
	html       = "text/html; charset=utf-8"
	css        = "text/css; charset=utf-8"
	javascript = "text/javascript; charset=utf-8"
)

const (
	// Swagger UI sets styles on its elements and shows images of its own.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	reasonsPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// Handlers returns what is served, by path.
func Handlers() (map[string]http.Handler, error) {
	reasons, err := reasonsPage(rpcerr.Catalogue())
	if err != nil {
		return nil, fmt.Errorf("catalogue of reasons: %w", err)
	}
	all := map[string]http.Handler{
		DocumentPath:        newFile("application/json", "", openapi.Document),
		Path:                newFile(html, pagePolicy, page),
		Path + "/page.js":   newFile(javascript, "", script),
		Path + "/docs.css":  newFile(css, "", style),
		problem.ReasonsPath: newFile(html, reasonsPolicy, reasons),
	}
	for name, kind := range map[string]string{
		"swagger-ui-bundle.js.gz": javascript, "swagger-ui.css.gz": css, "favicon-32x32.png": "image/png",
	} {
		content, err := static.FS.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("swagger ui: %w", err)
		}
		f, err := assetFile(kind, name, content)
		if err != nil {
			return nil, fmt.Errorf("swagger ui: %s: %w", name, err)
		}
		all[Path+"/"+assetName(name)] = f
	}
	return all, nil
}
