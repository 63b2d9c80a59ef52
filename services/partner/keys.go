package partner

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// keys signs with the key files as they are: it looks, before each use, at
// whether they have changed. Files that can't be used are logged once, and the
// old keys stay.
type keys struct {
	files []string
	log   *zap.Logger

	mu      sync.Mutex
	stamp   string
	current *auth.Signer
}

// loadKeys loads the files a first time, which must succeed.
func loadKeys(files []string, log *zap.Logger) (*keys, error) {
	k := &keys{files: files, log: log}
	k.stamp = k.look()
	var err error
	k.current, err = auth.NewSigner(files...)
	return k, err
}

// signer returns the signer of the moment.
func (k *keys) signer() *auth.Signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	stamp := k.look()
	if stamp == k.stamp {
		return k.current
	}
	k.stamp = stamp
	changed, err := auth.NewSigner(k.files...)
	if err != nil {
		k.log.Error("changed signing keys can't be used", zap.Error(err))
		return k.current
	}
	k.log.Info("signing keys reloaded")
	k.current = changed
	return changed
}

// look tells one state of the files from another.
func (k *keys) look() string {
	var b strings.Builder
	for _, file := range k.files {
		if info, err := os.Stat(file); err == nil {
			fmt.Fprintf(&b, "%s %d %d;", file, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

// source is where this service's own verifier finds the keys.
func (k *keys) source(context.Context) ([]byte, error) { return k.signer().JWKS(), nil }

// ServeHTTP answers with the key set that tokens are verified with (RFC 7517).
func (k *keys) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(k.signer().JWKS()) // the reader may have gone
}
