package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/pgcluster"
)

// deadline is what a caller gives its submission.
const deadline = 30 * time.Second

// A Round is how many submissions a second there were.
type Round struct{ Services, Limit float64 }

// Round lets so many clients submit so many renewals, all different, first by
// the services and then the same ones by pgbench.
func (s *Stage) Round(b *testing.B, clients, renewals int) Round {
	b.Helper()
	if s.limits == nil {
		s.prepareLimit(b)
	}
	first := s.next(b, renewals)
	must(b, execute(b.Context(), s.cluster, "postgres", "CHECKPOINT"))
	took := s.submitAll(b, clients, first, renewals)
	s.settle(b)
	must(b, execute(b.Context(), s.cluster, "postgres", "CHECKPOINT"))
	var seconds float64 // that pgbench needs for one submission
	for _, script := range s.limits {
		seconds += 1 / s.run(b, script, clients, first, renewals)
	}
	s.check(b, first, renewals)
	return Round{Services: float64(renewals) / took.Seconds(), Limit: 1 / seconds}
}

// prepareLimit makes pgbench's scripts of what the services send.
func (s *Stage) prepareLimit(b *testing.B) {
	b.Helper()
	s.submitAll(b, 8, s.next(b, 100), 100) // so that all is prepared and cached
	transactions, mark := s.record(b)
	for _, t := range transactions {
		s.limits = append(s.limits, newScript(t, firstCopy+s.used-1, mark))
		b.Logf("pgbench runs %d statements as %s", len(t.Statements), t.Role)
	}
	s.settle(b)
}

// next takes so many renewals that were not submitted yet.
func (s *Stage) next(b *testing.B, renewals int) (first int) {
	b.Helper()
	first = firstCopy + s.used
	if s.used += renewals; s.used > s.renewals {
		b.Fatalf("the stage was set for %d renewals only", s.renewals)
	}
	return first
}

// submitAll submits renewals from several goroutines, as partner's portal.
func (s *Stage) submitAll(b *testing.B, clients, first, renewals int) time.Duration {
	b.Helper()
	numbers := make(chan int, renewals)
	for i := range renewals {
		numbers <- first + i
	}
	close(numbers)
	portal := s.system.As(b, s.system.Partner(partner))
	began := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for number := range numbers {
				s.submit(portal, b, number, e2e.NewKey())
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if b.Failed() {
		b.FailNow()
	}
	return took
}

func (s *Stage) submit(ctx context.Context, b *testing.B, number int, key string) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	submission, err := commissionv1.NewRenewalServiceClient(s.system.Conn("commission")).SubmitRenewal(ctx, &commissionv1.SubmitRenewalRequest{
		RenewalId: fmt.Sprintf("rnw_%s%d_%s", seededFiller, number, s.due), RequestId: key,
	})
	if err != nil || submission.State != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED {
		b.Errorf("renewal %d: %v, %v", number, submission.GetState(), err)
	}
}

// settle waits until nothing that the services have left to do can disturb
// pgbench, and takes the jobs away that would look after submissions which are
// booked already.
func (s *Stage) settle(b *testing.B) {
	b.Helper()
	for _, database := range databases {
		s.await(b, database, "SELECT NOT EXISTS (SELECT FROM events WHERE position IS NULL)")
	}
	var last int64
	s.read(b, "customer", "SELECT max(position) FROM events", &last)
	s.await(b, "commission", fmt.Sprintf("SELECT position >= %d FROM feed_positions WHERE feed = 'customer'", last))
	s.await(b, "commission", "SELECT NOT EXISTS (SELECT FROM forecast_marks)")
	must(b, execute(b.Context(), s.cluster, "commission", "DELETE FROM river_job WHERE state IN ('scheduled', 'available')"))
}

// await asks the database until it says yes.
func (s *Stage) await(b *testing.B, database, question string) {
	b.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for yes := false; !yes; <-again.C {
		s.read(b, database, question, &yes)
	}
}

var (
	processed = regexp.MustCompile(`actually processed: (\d+)`)
	tps       = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)
)

// run lets pgbench do a script in the twin for the renewals from first on, and
// returns the transactions a second.
func (s *Stage) run(b *testing.B, script Script, clients, first, renewals int) float64 {
	b.Helper()
	bin, err := pgcluster.Find()
	must(b, err)
	file := s.file("script.sql")
	must(b, os.WriteFile(file, []byte(script.Text), 0o600))
	each := renewals / clients
	args := []string{
		"--no-vacuum", "--protocol=prepared", "--file=" + file,
		fmt.Sprint("--client=", clients), fmt.Sprint("--jobs=", min(clients, 2)), fmt.Sprint("--transactions=", each),
		fmt.Sprint("--define=first=", first), fmt.Sprint("--define=each=", each), "--define=i=-1",
		"--host=" + s.cluster.SocketDir(), "--username=" + script.Role,
	}
	for name, value := range script.Variables {
		args = append(args, "--define="+name+"="+value)
	}
	out, err := exec.CommandContext(b.Context(), filepath.Join(bin, "pgbench"), append(args, script.Database+twinSuffix)...).CombinedOutput()
	if err != nil {
		b.Fatalf("pgbench as %s: %v: %s\n%s", script.Role, err, bytes.TrimSpace(out), script.Text)
	}
	if done := processed.FindSubmatch(out); done == nil || string(done[1]) != fmt.Sprint(renewals) {
		b.Fatalf("pgbench as %s did not do all: %s", script.Role, out)
	}
	rate, err := strconv.ParseFloat(string(tps.FindSubmatch(out)[1]), 64)
	must(b, err)
	return rate
}
