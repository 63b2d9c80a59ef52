package rest

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// Methods that answer with holdfast.type.v1.File are served as the file itself.

// largestFile bounds a file, which may be larger than other answers: a statement
// has a line for each instalment of a month.
const largestFile = 64 << 20

// pagePolicy keeps a page that is a file from running, fetching and sending
// anything, wherever it is opened.
const pagePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// ContentType is that of JSON, or of the file.
func (c *codec) ContentType(v any) string {
	f, ok := v.(*typev1.File)
	if !ok {
		return c.JSONPb.ContentType(v)
	}
	if f.GetContentType() == "" {
		return "application/octet-stream"
	}
	return f.GetContentType()
}

// setFile names a file, to be kept and not shown: browsers would show a page as
// one of ours.
func setFile(_ context.Context, w http.ResponseWriter, m proto.Message) error {
	f, ok := m.(*typev1.File)
	if !ok {
		return nil
	}
	named := map[string]string{}
	if f.GetFileName() != "" {
		named["filename"] = f.GetFileName()
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", named))
	if strings.HasPrefix(f.GetContentType(), "text/html") {
		w.Header().Set("Content-Security-Policy", pagePolicy)
	}
	return nil
}
