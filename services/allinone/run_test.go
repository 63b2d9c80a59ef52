package allinone_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

func TestRun_TheNextStartHasTheData(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for dir := data; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) { // the database's own user passes through
		if _, err := os.Stat(dir); err == nil {
			if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // see above
				t.Fatal(err)
			}
		}
	}
	first, err := e2e.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	contract := signed(t, first)
	submission := submitted(t, first, first.Partner("softcat"), submitOf(contract))
	if err := first.Stop(); err != nil {
		t.Fatalf("the first run: %v", err)
	}

	second, err := e2e.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if second.Credentials.Partners[0] != first.Credentials.Partners[0] {
		t.Error("the partners have new credentials")
	}
	var again commissionv1.Submission
	second.Get(t, second.Partner("softcat"), "/v1/submissions/"+submission.SubmissionId, &again)
	checkMargin(t, again.Calculation)
	if err := second.Stop(); err != nil {
		t.Errorf("the second run: %v", err)
	}
}

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
