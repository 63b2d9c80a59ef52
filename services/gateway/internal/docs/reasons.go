package docs

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

//go:embed reasons.html
var reasonsText string

var reasonsTemplate = template.Must(template.New("reasons").Funcs(template.FuncMap{"statusText": statusText}).Parse(reasonsText))

// statusText names an HTTP status; 499 has no name in any standard.
func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return text
	}
	return "Client Closed Request"
}

// reasonsPage is the catalogue of reasons, each with an anchor of its name.
func reasonsPage(entries []rpcerr.Entry) ([]byte, error) {
	var b bytes.Buffer
	err := reasonsTemplate.Execute(&b, entries)
	return b.Bytes(), err
}
