// Package processes tests the services as they are deployed: each as its own
// process, configured by its environment alone, meeting the others over TCP
// with mutual TLS.
package processes

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/load"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// names are the services.
var names = []string{"customer", "partner", "commission", "gateway"}

// A fleet is all processes, or what is needed to start them.
type fleet struct {
	authority *authority
	addr      map[string]string
	admin     map[string]string
	settings  map[string]map[string]string
	running   map[string]*process
	staff     *staff.Issuer
	secret    string // of the staff
	clients   []allinone.ServiceClient
	probe     *http.Client
}

// newFleet prepares databases, certificates and settings. Nothing runs yet.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{
		authority: newAuthority(t, t.TempDir()), addr: map[string]string{}, admin: map[string]string{},
		settings: map[string]map[string]string{}, running: map[string]*process{}, secret: ident.New("sec_"),
	}
	f.authority.signingKey(t)
	for _, name := range append([]string{"tester"}, names...) {
		f.authority.sign(t, name)
	}
	for _, name := range names {
		f.addr[name], f.admin[name] = freeAddress(t), freeAddress(t)
	}
	f.probe = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: f.authority.client(t, "")}}
	f.serveStaff(t)
	f.writeClients(t)
	for _, name := range names {
		f.settings[name] = f.settingsOf(t, name)
	}
	return f
}

func freeAddress(t *testing.T) string {
	t.Helper()
	addr, err := e2e.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func (f *fleet) serveStaff(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if f.staff, err = staff.Serve(listener, f.secret); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.staff.Close(t.Context()) }) // nobody listens any more
}

// writeClients writes the identities of the services.
func (f *fleet) writeClients(t *testing.T) {
	t.Helper()
	for _, service := range []string{"gateway", "commission", "crm", "bi"} {
		f.clients = append(f.clients, allinone.ServiceClient{ClientID: "svc-" + service, Service: service, Secret: ident.New("") + ident.New("")})
	}
	if err := os.WriteFile(f.authority.file("clients.json"), []byte(text(t, f.clients)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// settingsOf is the environment of one service.
func (f *fleet) settingsOf(t *testing.T, name string) map[string]string {
	t.Helper()
	prefix := strings.ToUpper(name) + "_"
	set := map[string]string{
		"SSL_CERT_FILE":           f.authority.file("ca.pem"),
		"HOLDFAST_TOKEN_KEYS_URL": "https://" + f.admin["partner"] + "/.well-known/jwks.json",
		"HOLDFAST_OIDC_ISSUERS": text(t, []map[string]any{{
			"name": "staff", "issuer": f.staff.URL, "audience": staff.Audience, "roles_claim": "groups",
			"roles": map[string]string{"channel": "CHANNEL", "finance": "FINANCE", "experience": "EXPERIENCE", "admin": "ADMIN"},
			"human": map[string]string{"claim": "idtyp", "value": "user"},
		}}),
		prefix + "ADDR":          f.addr[name],
		prefix + "ADMIN_ADDR":    f.admin[name],
		prefix + "TLS_CERT_FILE": f.authority.file(name + ".pem"),
		prefix + "TLS_KEY_FILE":  f.authority.file(name + ".key"),
	}
	if name == "gateway" {
		set["GATEWAY_RATE_LIMIT"], set["GATEWAY_ANONYMOUS_RATE_LIMIT"] = "1000000/60s", "1000000/60s"
	} else {
		set[prefix+"TLS_CLIENT_CA_FILE"] = f.authority.file("ca.pem")
		urls := pgtest.Empty(t, name)
		set[prefix+"DATABASE_URL"], set[prefix+"DATABASE_SYSTEM_URL"], set[prefix+"DATABASE_OWNER_URL"] = urls.AppURL, urls.SystemURL, urls.OwnerURL
	}
	if name == "partner" {
		set["PARTNER_SIGNING_KEY_FILES"], set["PARTNER_SERVICE_CLIENTS_FILE"] = f.authority.file("signing.pem"), f.authority.file("clients.json")
	}
	if name != "customer" { // which calls nobody
		maps.Copy(set, f.dials(prefix, name))
	}
	return set
}

// dials are the settings of a service that calls others.
func (f *fleet) dials(prefix, name string) map[string]string {
	set := map[string]string{prefix + "CLIENT_ID": "svc-" + name}
	for _, c := range f.clients {
		if c.Service == name {
			set[prefix+"CLIENT_SECRET"] = c.Secret
		}
	}
	for _, other := range []string{"customer", "partner", "commission"} {
		if other == name {
			continue
		}
		to := prefix + strings.ToUpper(other) + "_"
		set[to+"TARGET"] = "dns:///" + f.addr[other]
		set[to+"TLS_CA_FILE"] = f.authority.file("ca.pem")
		set[to+"TLS_CERT_FILE"] = f.authority.file(name + ".pem")
		set[to+"TLS_KEY_FILE"] = f.authority.file(name + ".key")
	}
	return set
}

// start starts services in an order, without waiting for any.
func (f *fleet) start(t *testing.T, order ...string) {
	t.Helper()
	for _, name := range order {
		f.running[name] = start(t, name, f.settings[name])
	}
}

// awaitReady waits until services say that they are ready.
func (f *fleet) awaitReady(t *testing.T, services ...string) {
	t.Helper()
	for _, name := range services {
		url := "https://" + f.admin[name] + "/readyz"
		eventually(t, name+" gets ready", func() error {
			select {
			case <-f.running[name].ended:
				t.Fatalf("%s has ended", name)
			default:
			}
			response, err := f.probe.Get(url)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fmt.Errorf("status %d", response.StatusCode)
			}
			return nil
		})
	}
}

// stop stops all services; each has to end well.
func (f *fleet) stop(t *testing.T) {
	t.Helper()
	for _, name := range names {
		if code := f.running[name].stop(t); code != 0 {
			t.Errorf("%s ends with exit code %d", name, code)
		}
	}
}

// eventually tries until there is no error, for a minute.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.After(time.Minute)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: %v", what, err)
		case <-again.C:
		}
	}
}

// conn connects to a service with the tester's certificate.
func (f *fleet) conn(t *testing.T, name string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(f.addr[name], grpc.WithTransportCredentials(f.authority.transport(t, "tester")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// system loads a few customers into the fleet and returns it with everybody
// who calls it.
func (f *fleet) system(t *testing.T) *e2e.System {
	t.Helper()
	conns := map[string]*grpc.ClientConn{"customer": f.conn(t, "customer"), "partner": f.conn(t, "partner"), "commission": f.conn(t, "commission")}
	target := load.Target{Customer: conns["customer"], Partner: conns["partner"], Commission: conns["commission"], Today: e2e.Today(t)}
	for _, p := range staff.People {
		token, err := f.staff.Token(p, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		switch p.Name {
		case "admin-one":
			target.First = token
		case "channel-two":
			target.Second = token
		case "finance-one":
			target.Finance = token
		}
	}
	book := demo.Build(1, e2e.Today(t), 20)
	partners, err := load.Book(t.Context(), target, book, 1, []string{demo.Softcat}, func(int, int, string) {})
	if err != nil {
		t.Fatal(err)
	}
	running := allinone.Running{
		URL: "https://" + f.addr["gateway"], StaffURL: f.staff.URL,
		Credentials: allinone.Credentials{StaffSecret: f.secret, Services: f.clients, Partners: partners},
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: f.authority.client(t, ""), MaxIdleConnsPerHost: 20}}
	t.Cleanup(web.CloseIdleConnections)
	s := e2e.Attach(running, conns, web)
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
