package processes

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// TestProcesses_WorkTogetherAsDeployed is one story, as starting everything
// costs seconds: the processes start in any order and meet over mutual TLS, the
// first renewal goes through, they stop in good order, start in another order
// with their data, and commission dies again and again.
func TestProcesses_WorkTogetherAsDeployed(t *testing.T) {
	f := newFleet(t)
	f.start(t, "gateway", "commission", "partner", "customer")
	f.awaitReady(t, names...)
	checkDoors(t, f)

	s := f.system(t)
	contract := s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 30, LockedBps: 2000})
	submission := submit(t, s, contract)
	if submission.State != commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED || submission.Calculation.Margin.Amount != "5040.00" {
		t.Errorf("the first renewal: %s", submission)
	}
	f.stop(t)

	f.start(t, names...)
	f.awaitReady(t, names...)
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var again commissionv1.Submission
	s.Get(t, s.Partner("softcat"), "/v1/submissions/"+submission.SubmissionId, &again)
	checkCrashes(t, f, s)
	f.stop(t)
}

func submit(t *testing.T, s *e2e.System, c e2e.Contract) *commissionv1.Submission {
	t.Helper()
	var submission commissionv1.Submission
	s.Do(t, s.Partner("softcat"), submitOf(c)).Into(t, &submission)
	return &submission
}

func submitOf(c e2e.Contract) e2e.Request {
	return e2e.Request{Verb: http.MethodPost, Path: "/v1/renewals/" + c.RenewalID + ":submit", Key: e2e.NewKey(), Body: `{}`}
}

// checkDoors knocks at each service as a client in the clear, as one without a
// certificate, and as one with.
func checkDoors(t *testing.T, f *fleet) {
	t.Helper()
	for _, name := range []string{"customer", "partner", "commission"} {
		for _, client := range []struct {
			name     string
			security credentials.TransportCredentials
			want     codes.Code
		}{
			{"in the clear", insecure.NewCredentials(), codes.Unavailable},
			{"without a certificate", f.authority.transport(t, ""), codes.Unavailable},
			{"with a certificate of another authority", stranger(t, f), codes.Unavailable},
			{"with a certificate", f.authority.transport(t, "tester"), codes.OK},
		} {
			conn, err := grpc.NewClient(f.addr[name], grpc.WithTransportCredentials(client.security))
			if err != nil {
				t.Fatal(err)
			}
			_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
			if got := status.Code(err); got != client.want {
				t.Errorf("%s answers a client %s with %s, want %s: %v", name, client.name, got, client.want, err)
			}
			conn.Close()
		}
	}
	response, err := http.Get("http://" + f.addr["gateway"] + "/v1/products")
	if err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("the gateway answers in the clear: %s", response.Status)
		}
	}
}

// stranger trusts the fleet's authority, but shows another's certificate.
func stranger(t *testing.T, f *fleet) credentials.TransportCredentials {
	t.Helper()
	other := newAuthority(t, t.TempDir())
	other.sign(t, "stranger")
	c := f.authority.client(t, "")
	c.Certificates = other.client(t, "stranger").Certificates
	return credentials.NewTLS(c)
}

func TestPrograms_ListTheirSettings(t *testing.T) {
	for _, service := range names {
		text, err := exec.CommandContext(t.Context(), program(t, service), "--help").CombinedOutput()
		if err != nil {
			t.Errorf("%sd --help: %v", service, err)
		}
		for _, setting := range []string{"ADDR", "ADMIN_ADDR", "TLS_CERT_FILE", "LOG_LEVEL"} {
			if name := strings.ToUpper(service) + "_" + setting; !strings.Contains(string(text), name) {
				t.Errorf("%sd --help does not mention %s", service, name)
			}
		}
	}
}

func TestPrograms_NameWhatIsMissingAndEnd(t *testing.T) {
	f := newFleet(t)
	for service, settings := range map[string][]string{
		"customer":   {"CUSTOMER_DATABASE_URL", "CUSTOMER_ADDR"},
		"partner":    {"PARTNER_DATABASE_SYSTEM_URL", "PARTNER_SIGNING_KEY_FILES"},
		"commission": {"COMMISSION_CLIENT_SECRET", "COMMISSION_PARTNER_TARGET"},
		"gateway":    {"GATEWAY_CLIENT_SECRET", "GATEWAY_COMMISSION_TARGET"},
	} {
		for _, missing := range settings {
			environment := map[string]string{}
			for name, value := range f.settings[service] {
				if name != missing {
					environment[name] = value
				}
			}
			p := start(t, service, environment)
			<-p.ended
			lines := strings.Split(strings.TrimSpace(p.output.String()), "\n")
			if code := p.cmd.ProcessState.ExitCode(); code != 2 || len(lines) != 1 || !strings.Contains(lines[0], missing+" is empty") {
				t.Errorf("%sd without %s: exit code %d, want 2 and one sentence: %s", service, missing, code, p.output.String())
			}
		}
	}
}
