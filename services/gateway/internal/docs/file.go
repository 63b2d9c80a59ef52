package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"
)

// file serves bytes that only change with the binary. Browsers ask again each
// time and are told if they have them already.
type file struct {
	kind, policy     string
	plain, zipped    []byte
	etag, zippedETag string
}

func newFile(kind, policy string, plain []byte) *file {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(plain) // a bytes.Buffer takes every write
	_ = w.Close()
	return encoded(kind, policy, plain, b.Bytes())
}

func encoded(kind, policy string, plain, zipped []byte) *file {
	sum := sha256.Sum256(plain)
	etag := hex.EncodeToString(sum[:8])
	return &file{kind, policy, plain, zipped, `"` + etag + `"`, `"` + etag + `-gz"`}
}

// assetName is the name of a file whose content may be compressed.
func assetName(name string) string { return strings.TrimSuffix(name, ".gz") }

// assetFile serves a file of Swagger UI, compressed if its name says so.
func assetFile(kind, name string, content []byte) (*file, error) {
	if assetName(name) == name {
		return newFile(kind, "", content), nil
	}
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(r)
	return encoded(kind, "", plain, content), err
}

// ServeHTTP serves the smaller form to those that take it.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	h.Add("Vary", "Accept-Encoding")
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
	}
	content := f.plain
	if len(f.zipped) < len(f.plain) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		content = f.zipped
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", f.zippedETag)
	}
	r.Header.Del("Range") // parts of compressed bytes help nobody
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
