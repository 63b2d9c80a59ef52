package allinone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// A file of the largest size passes every bound between a portal and the
// database.
func TestReconciliation_TakesAFileOfTwentyThousandRows(t *testing.T) {
	const agent = "harbour-street-agents"
	s := shared.System(t)
	var file strings.Builder
	file.WriteString("reference,date,amount,currency,rate_bps,customer\n")
	for i := range 20_000 {
		fmt.Fprintf(&file, "PO-%d,2026-01-%02d,%d.50,GBP,2000,\"%s\"\n", i, 1+i%31, i, strings.Repeat("Ä", 30))
	}
	if n := file.Len(); n < 1_800_000 || n > 2<<20 {
		t.Fatalf("%d bytes", n)
	}
	upload := func(content string) e2e.Answer {
		request := &commissionv1.CreateReconciliationRequest{Month: "2026-01", CurrencyCode: "GBP", Content: content}
		return s.Do(t, s.Partner(agent), e2e.Request{Verb: http.MethodPost, Path: "/v1/reconciliations", Key: e2e.NewKey(), Body: e2e.Body(t, request)})
	}
	var made commissionv1.Reconciliation
	upload(file.String()).Into(t, &made)
	if made.FileRowCount != 20_000 || made.FileTotal.Amount != "200000000.00" || made.PartnerId != agent {
		t.Errorf("got %v", &made)
	}
	refused := upload("reference,amount,rate_bps\nPO-1,\"1,000.00\",2000\nPO-2,1.00,20%\n")
	refused.Refused(t, http.StatusBadRequest, "FILE_INVALID")
	var problem struct {
		Errors []struct{ Field, Reason, Detail string }
	}
	if err := json.Unmarshal(refused.Body, &problem); err != nil || len(problem.Errors) != 2 {
		t.Fatal(err, string(refused.Body))
	}
	for i, want := range []struct{ field, detail string }{
		{"content[2].amount", `line 2, column "amount": "1,000.00" has a separator`}, {"content[3].rate", `line 3, column "rate_bps": "20%" is no number of basis points`},
	} {
		if got := problem.Errors[i]; got.Field != want.field || !strings.HasPrefix(got.Detail, want.detail) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
