package allinone_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

func TestZZCapture(t *testing.T) {
	dir, _ := os.MkdirTemp("", "zz")
	os.Chmod(dir, 0o711)
	defer os.RemoveAll(dir)
	s, err := e2e.Start(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	pid, _ := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	c := pgcluster.Attach(strings.Split(string(pid), "\n")[4])
	conn, err := pgx.Connect(t.Context(), c.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	var cs []e2e.Contract
	for range 4 {
		cs = append(cs, s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 30, LockedBps: 2000}))
	}
	ctx := s.As(t, s.Partner("softcat"))
	client := commissionv1.NewRenewalServiceClient(s.Conn("commission"))
	time.Sleep(2 * time.Second)
	sub := func(i int) {
		began := time.Now()
		a, err := client.SubmitRenewal(ctx, &commissionv1.SubmitRenewalRequest{RenewalId: cs[i].RenewalID, RequestId: e2e.NewKey()})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(a.SubmissionId, time.Since(began))
	}
	sub(0)
	sub(1)
	for _, q := range []string{"ALTER SYSTEM SET log_line_prefix = '%m|%p|%u|%d|'", "ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second)
	before, _ := os.ReadFile(filepath.Join(dir, "postgres.log"))
	sub(2)
	time.Sleep(1 * time.Second)
	after, _ := os.ReadFile(filepath.Join(dir, "postgres.log"))
	os.WriteFile("/tmp/hfb/log.txt", after[len(before):], 0o644)
	conn.Close(context.Background())
}
