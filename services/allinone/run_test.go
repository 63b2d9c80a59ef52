package allinone_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// refusal is what Run says instead of starting.
func refusal(t *testing.T, cfg allinone.Config) string {
	t.Helper()
	err := allinone.Run(t.Context(), cfg, zap.NewNop(), &strings.Builder{}, func(allinone.Running) { t.Error("it runs") })
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one sentence: %s", err)
	}
	return err.Error()
}

// fresh are the settings of an all-in-one that nothing keeps from starting.
func fresh(t *testing.T) allinone.Config {
	t.Helper()
	cfg := allinone.Config{Data: filepath.Join(t.TempDir(), "data"), Book: "none"}
	for _, addr := range []*string{&cfg.Addr, &cfg.StaffAddr} {
		var err error
		if *addr, err = e2e.FreeAddress(); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

func TestRun_NamesATakenAddressAndItsSetting(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cfg := fresh(t)
	cfg.Addr = listener.Addr().String()
	if got := refusal(t, cfg); !strings.Contains(got, cfg.Addr+" is taken") || !strings.Contains(got, "HOLDFAST_ADDR") {
		t.Error(got)
	}
}

func TestRun_NamesWhatIsWrongWithTheDataFolder(t *testing.T) {
	file := fresh(t)
	if err := os.WriteFile(file.Data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refusal(t, file); !strings.Contains(got, "data folder") {
		t.Error(got)
	}

	damaged := fresh(t)
	if err := os.MkdirAll(damaged.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged.Data, "credentials.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refusal(t, damaged); !strings.Contains(got, "credentials.json") {
		t.Error(got)
	}

	busy := fresh(t)
	busy.Data = filepath.Dir(shared.System(t).EnvFile)
	if got := refusal(t, busy); !strings.Contains(got, "in use by another Holdfast") {
		t.Error(got)
	}
}
