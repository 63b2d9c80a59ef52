package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/guard"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

// BenchmarkREST_AgainstPlainHandler asks the whole gateway, with everything
// that it does by default, for the margin of a sale, and a plain net/http
// handler for the same JSON, by turns. The ratio is that of the throughputs:
// the goal is 0.30.
func BenchmarkREST_AgainstPlainHandler(b *testing.B) {
	answer := exampleCalculation(b)
	gateway := request(b, serveGateway(b, answer)+calculate)
	gateway.header.Set("Authorization", "Bearer "+servertest.NewIssuer(b).Token(b, servertest.Partner("softcat", scopes...)))
	plain := request(b, servePlain(b, answer)+calculate)

	gateway.ask(b)
	plain.ask(b)
	b.ReportAllocs()
	b.ResetTimer()
	var spent [2]time.Duration
	const turns = 10
	for turn := range turns {
		n := (b.N*(turn+1))/turns - (b.N*turn)/turns
		spent[0] += gateway.repeat(b, n)
		spent[1] += plain.repeat(b, n)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[0].Nanoseconds())/float64(b.N), "gateway-ns/op")
	b.ReportMetric(float64(spent[1].Nanoseconds())/float64(b.N), "plain-ns/op")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "ratio")
}

// exampleCalculation is the one that the documentation shows.
func exampleCalculation(b *testing.B) *commissionv1.Calculation {
	b.Helper()
	text := readDocument(b).Paths[calculate]["post"].Responses["200"].Content["application/json"].Example
	answer := &commissionv1.Calculation{}
	if err := protojson.Unmarshal(text, answer); err != nil {
		b.Fatal(err)
	}
	return answer
}

// margins answers every calculation alike.
type margins struct {
	commissionv1.UnimplementedMarginServiceServer
	answer *commissionv1.Calculation
}

func (m margins) CalculateMargin(context.Context, *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	return m.answer, nil
}

// serveGateway serves the gateway in front of a bare gRPC server at a unix
// socket.
func serveGateway(b *testing.B, answer *commissionv1.Calculation) string {
	b.Helper()
	socket := filepath.Join(b.TempDir(), "back")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	back := grpc.NewServer()
	commissionv1.RegisterMarginServiceServer(back, margins{answer: answer})
	go func() { _ = back.Serve(listener) }()
	b.Cleanup(back.Stop)

	cfg, err := env.From[Config]("GATEWAY_", settings)
	if err != nil {
		b.Fatal(err)
	}
	cfg.RateLimit.Requests = 1 << 40 // everything but running out of it
	log, flush := telemetry.NewLogger(telemetry.LogConfig{}, io.Discard)
	observed, err := telemetry.Start(context.Background(), "gateway", "bench")
	if err != nil {
		b.Fatal(err)
	}
	issuer := servertest.NewIssuer(b)
	conn, err := server.Dial(server.DefaultDial("unix://"+socket), server.DialDeps{
		Log: log, Telemetry: observed, Tokens: issuer.Tokens(b, auth.Gateway), Forward: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	handler, err := assemble(cfg, &backends{customer: conn, partner: conn, commission: conn, anonymous: conn}, guard.Deps{
		Log: log, Telemetry: observed, Verifier: issuer.Verifier(b), Now: time.Now, Revoked: func(auth.Caller) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(handler)
	b.Cleanup(func() {
		web.Close()
		_ = conn.Close()
		flush()
	})
	return web.URL
}

// servePlain serves the same JSON by nothing but the standard library.
func servePlain(b *testing.B, answer *commissionv1.Calculation) string {
	b.Helper()
	text, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(answer)
	if err != nil {
		b.Fatal(err)
	}
	var c plainCalculation
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sale plainSale
		if err := json.NewDecoder(r.Body).Decode(&sale); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&c)
	}))
	b.Cleanup(web.Close)
	return web.URL
}

type (
	plainMoney struct {
		CurrencyCode string `json:"currencyCode"`
		Amount       string `json:"amount"`
	}
	plainSale struct {
		Net       plainMoney `json:"net"`
		FamilyID  string     `json:"familyId"`
		Segment   string     `json:"segment"`
		PartnerID string     `json:"partnerId"`
	}
	plainCalculation struct {
		CalculationID  string            `json:"calculationId"`
		PartnerID      string            `json:"partnerId"`
		SubscriptionID string            `json:"subscriptionId"`
		RelationshipID string            `json:"relationshipId"`
		TermStartDate  string            `json:"termStartDate"`
		TermEndDate    string            `json:"termEndDate"`
		Net            *plainMoney       `json:"net"`
		LockedBps      int32             `json:"lockedBps"`
		CapBps         *int32            `json:"capBps,omitempty"`
		EffectiveBps   int32             `json:"effectiveBps"`
		Margin         *plainMoney       `json:"margin"`
		BuyPrice       *plainMoney       `json:"buyPrice"`
		SettlementMode string            `json:"settlementMode"`
		Lines          []plainLine       `json:"lines"`
		Instalments    []plainInstalment `json:"instalments"`
		Steps          []plainStep       `json:"steps"`
		Fingerprint    string            `json:"fingerprint"`
		CreateTime     *time.Time        `json:"createTime"`
		Reward         *plainReward      `json:"reward"`
	}
	plainReward struct {
		Base               *plainMoney `json:"base"`
		Bps                int32       `json:"bps"`
		Amount             *plainMoney `json:"amount"`
		DealRegistrationID string      `json:"dealRegistrationId"`
		CodeVersionID      string      `json:"codeVersionId"`
	}
	plainLine struct {
		Kind      string      `json:"kind"`
		Seats     string      `json:"seats"`
		UnitPrice *plainMoney `json:"unitPrice"`
		Net       *plainMoney `json:"net"`
		Margin    *plainMoney `json:"margin"`
	}
	plainInstalment struct {
		Number    int32       `json:"number"`
		StartDate string      `json:"startDate"`
		Net       *plainMoney `json:"net"`
		Margin    *plainMoney `json:"margin"`
		Reward    *plainMoney `json:"reward"`
	}
	plainStep struct {
		Number        int32        `json:"number"`
		Rule          string       `json:"rule"`
		Clause        string       `json:"clause"`
		PolicyVersion string       `json:"policyVersion"`
		Inputs        []plainInput `json:"inputs"`
		BpsBefore     *int32       `json:"bpsBefore,omitempty"`
		BpsAfter      *int32       `json:"bpsAfter,omitempty"`
		AmountBefore  *plainMoney  `json:"amountBefore"`
		AmountAfter   *plainMoney  `json:"amountAfter"`
		Sentence      string       `json:"sentence"`
	}
	plainInput struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// asker sends one request again and again over kept connections.
type asker struct {
	client *http.Client
	url    string
	header http.Header
}

func request(b *testing.B, url string) *asker {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	b.Cleanup(transport.CloseIdleConnections)
	return &asker{client: &http.Client{Transport: transport}, url: url, header: with("Content-Type", "application/json")}
}

func (a *asker) ask(b *testing.B) {
	if err := a.once(); err != nil {
		b.Error(err)
	}
}

func (a *asker) once() error {
	r, err := http.NewRequest(http.MethodPost, a.url, bytes.NewReader([]byte(sale)))
	if err != nil {
		return err
	}
	r.Header = a.header
	answer, err := a.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// workers is how many clients ask at a time, as many portals do.
const workers = 64

// repeat asks n times from several goroutines and returns how long that took.
func (a *asker) repeat(b *testing.B, n int) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	began := time.Now()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				a.ask(b)
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}
