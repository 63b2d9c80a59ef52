package allinone

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/load"
)

// A folder keeps what outlives a run: the database, the key that signs tokens,
// and everybody's secrets.
type folder struct {
	path        string
	lock        *os.File
	databaseLog *os.File
	credentials Credentials
}

// Credentials are the secrets of one data folder, made at its first use.
type Credentials struct {
	StaffSecret string          `json:"staff_secret"`
	Services    []ServiceClient `json:"services"`
	Partners    []load.Client   `json:"partners"`
	Loaded      bool            `json:"loaded"` // the book is in
}

// ServiceClient is the identity of a service or of another program of the
// vendor.
type ServiceClient struct {
	ClientID string `json:"client_id"`
	Service  string `json:"service"`
	Secret   string `json:"secret"`
}

// identities are the programs that get a client: our own services, and those
// of the vendor that play along.
var identities = []string{"gateway", "commission", "partner", "customer", "crm", "support", "billing", "bi"}

// openFolder makes or opens the data folder and keeps others out of it.
func openFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The database runs as a user of its own when started by root, and must be
	// able to get at its part.
	if err := os.MkdirAll(path, 0o711); err != nil {
		return nil, fmt.Errorf("the data folder can't be made: %w", err)
	}
	f := &folder{path: path}
	if f.lock, err = os.OpenFile(f.file("lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("the data folder can't be written: %w", err)
	}
	if err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the data folder %s is in use by another Holdfast: stop that one, or set HOLDFAST_DATA", path), f.lock.Close())
	}
	if f.databaseLog, err = os.OpenFile(f.file("postgres.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, errors.Join(err, f.close())
	}
	if err := errors.Join(f.readCredentials(), f.makeKey(), f.writeClients()); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

func (f *folder) close() error {
	if f.databaseLog == nil {
		return f.lock.Close()
	}
	return errors.Join(f.databaseLog.Close(), f.lock.Close())
}

// readCredentials reads the secrets, or makes them.
func (f *folder) readCredentials() error {
	text, err := os.ReadFile(f.file("credentials.json"))
	if errors.Is(err, fs.ErrNotExist) {
		f.credentials = Credentials{StaffSecret: rand.Text()}
		f.credentials.complete()
		return f.saveCredentials()
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &f.credentials); err != nil {
		return fmt.Errorf("credentials.json in the data folder is damaged: restore it, or remove the folder to start anew: %w", err)
	}
	if f.credentials.complete() {
		return f.saveCredentials()
	}
	return nil
}

// complete makes a client for each program that has none yet, and tells whether
// there was one.
func (c *Credentials) complete() (made bool) {
	for _, identity := range identities {
		if c.secret(identity) == "" {
			c.Services = append(c.Services, ServiceClient{ClientID: "svc-" + identity, Service: identity, Secret: rand.Text() + rand.Text()})
			made = true
		}
	}
	return made
}

func (f *folder) saveCredentials() error {
	text, err := json.MarshalIndent(f.credentials, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(f.file("credentials.json"), text)
}

// secret returns the secret of a service.
func (c Credentials) secret(service string) string {
	for _, s := range c.Services {
		if s.Service == service {
			return s.Secret
		}
	}
	return ""
}

// makeKey makes the key that signs tokens, unless it is there.
func (f *folder) makeKey() error {
	if _, err := os.Stat(f.file("signing.pem")); err == nil {
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return replaceFile(f.file("signing.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// writeClients writes the list of service clients that partner reads.
func (f *folder) writeClients() error {
	text, err := json.Marshal(f.credentials.Services)
	if err != nil {
		return err
	}
	return replaceFile(f.file("clients.json"), text)
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
