package env_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/platform/env"
)

type listener struct {
	Addr  string        `env:"ADDR" envDefault:"127.0.0.1:1" help:"where to listen"`
	Grace time.Duration `env:"GRACE" envDefault:"5s" help:"how long a stop may take"`
}

func (l listener) Validate(p *env.Problems) {
	if l.Grace < 0 {
		p.Add("GRACE", "is negative")
	}
}

type colour struct{ name string }

func (c *colour) UnmarshalText(text []byte) error {
	if string(text) == "mauve" {
		return os.ErrInvalid
	}
	c.name = string(text)
	return nil
}

type config struct {
	DatabaseURL string   `env:"DATABASE_URL,required" help:"the database"`
	Admin       listener `envPrefix:"ADMIN_"`
	Colour      colour   `env:"COLOUR" help:"the colour of the shed"`
}

func (c config) Validate(p *env.Problems) {
	if c.Colour.name == "red" {
		p.Add("COLOUR", "is red")
	}
}

func TestFrom_PrefersTheServicesOwnSettingToTheSharedOne(t *testing.T) {
	got, err := env.From[config]("CUSTOMER_", map[string]string{
		"CUSTOMER_DATABASE_URL": "postgres://own", "HOLDFAST_DATABASE_URL": "postgres://shared",
		"HOLDFAST_ADMIN_GRACE": "7s", "HOLDFAST_COLOUR": "blue",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.DatabaseURL != "postgres://own" || got.Admin.Grace != 7*time.Second || got.Colour.name != "blue" {
		t.Errorf("got %+v", got)
	}
	if got.Admin.Addr != "127.0.0.1:1" {
		t.Errorf("default of ADDR: got %q", got.Admin.Addr)
	}
}

func TestFrom_ReadsSecretsFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := env.From[config]("CUSTOMER_", map[string]string{"CUSTOMER_DATABASE_URL_FILE": path})
	if err != nil {
		t.Fatal(err)
	}
	if got.DatabaseURL != "postgres://secret" {
		t.Errorf("got %q", got.DatabaseURL)
	}
}

func TestFrom_NamesEveryProblemAtOnce(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		want        string
	}{
		{
			"types and missing settings", map[string]string{"C_ADMIN_GRACE": "soon", "C_COLOUR": "mauve"},
			"C_DATABASE_URL is empty; C_ADMIN_GRACE is not of type duration; C_COLOUR is not of type colour: invalid argument",
		},
		{
			"the structs' own rules", map[string]string{"C_DATABASE_URL": "x", "C_ADMIN_GRACE": "-1s", "C_COLOUR": "red"},
			"C_COLOUR is red; C_ADMIN_GRACE is negative",
		},
		{
			"both at once", map[string]string{"C_ADMIN_GRACE": "-1s"},
			"C_DATABASE_URL is empty; C_ADMIN_GRACE is negative",
		},
		{
			"a value said twice", map[string]string{"C_DATABASE_URL": "x", "C_DATABASE_URL_FILE": "/y"},
			"C_DATABASE_URL and C_DATABASE_URL_FILE are both set",
		},
		{
			"a file that is not there", map[string]string{"C_DATABASE_URL_FILE": "/does/not/exist"},
			"C_DATABASE_URL_FILE: open /does/not/exist: no such file or directory; C_DATABASE_URL is empty",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := env.From[config]("C_", tt.environment)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFrom_NeverQuotesAValue(t *testing.T) {
	_, err := env.From[config]("C_", map[string]string{"C_DATABASE_URL": "x", "C_ADMIN_GRACE": "hunter2"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestReference_ListsEverySetting(t *testing.T) {
	want := `NAME            TYPE      DEFAULT      MEANING
C_DATABASE_URL  text      required     the database
C_ADMIN_ADDR    text      127.0.0.1:1  where to listen
C_ADMIN_GRACE   duration  5s           how long a stop may take
C_COLOUR        colour    –            the colour of the shed
`
	if diff := cmp.Diff(want, env.Reference(config{}, "C_")); diff != "" {
		t.Error(diff)
	}
	if got := env.Markdown(config{}, "C_"); !strings.Contains(got, "| `C_ADMIN_GRACE` | duration | 5s | how long a stop may take |") {
		t.Errorf("markdown:\n%s", got)
	}
}
