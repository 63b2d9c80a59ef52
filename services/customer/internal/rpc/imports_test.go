package rpc_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// refusedRows says which rows an import refused, and why.
func (h *harness) refusedRows(id string) (got []string) {
	h.t.Helper()
	request := &customerv1.ListImportErrorsRequest{ImportId: id, PageSize: 3}
	for {
		page, err := h.imports(admin).ListImportErrors(h.ctx, request)
		must(h.t, err)
		for _, e := range page.GetErrors() {
			if e.GetMessage() == "" {
				h.t.Errorf("row %d is refused without a word", e.GetRow())
			}
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", e.GetRow(), e.GetExternalId(), e.GetReason(), e.GetField())))
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return got
		}
	}
}

func (h *harness) newImport() string {
	h.t.Helper()
	created, err := h.imports(admin).CreateImport(h.ctx, &customerv1.CreateImportRequest{DisplayName: "book", RequestId: rid()})
	must(h.t, err)
	return created.GetImportId()
}

func (h *harness) count(table string) (n int) {
	h.t.Helper()
	must(h.t, h.db.SystemPool().QueryRow(h.ctx, "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func TestImport_TakesABookOver(t *testing.T) {
	h := start(t)
	h.stock()
	done := h.upload(book(300, 400), 64)
	if done.GetNextRow() != 700 || done.GetImportedRows() != 700 || done.GetRefusedRows() != 0 {
		t.Fatalf("got %v", done)
	}
	h.sequence()
	list, err := h.subscriptions(channel).ListSubscriptions(h.ctx, &customerv1.ListSubscriptionsRequest{PageSize: 1})
	must(t, err)
	s := h.get(list.GetSubscriptions()[0].GetSubscriptionId())
	if len(s.GetTerms()) == 0 || s.GetRevision() != 1 || s.GetTerms()[0].GetBookedBy() != "" || s.GetPartnerId() == "" || s.GetFamilyId() != "email-security" {
		t.Errorf("got %v", s)
	}
	var imported, customers int
	after := int64(0)
	for {
		page, err := h.events(commission).ListEvents(h.ctx, &customerv1.ListEventsRequest{After: after, PageSize: 1000})
		must(t, err)
		if len(page.GetEvents()) == 0 {
			break
		}
		for _, e := range page.GetEvents() {
			switch e.GetKind() {
			case "subscription.imported":
				imported++
			case "customer.imported":
				customers++
			}
			after = e.GetPosition()
		}
	}
	if imported != 400 || customers != 300 {
		t.Errorf("%d subscriptions and %d customers in the feed", imported, customers)
	}
	_, err = h.subscriptions(commission).RenewSubscription(h.ctx, renewal(s))
	must(t, err)
}

func TestImport_OneBadRowNeverLosesAGoodOne(t *testing.T) {
	h := start(t)
	h.stock()
	h.customer("customer-000007.example") // there already, under no external id
	rows := book(20, 20)                  // customer n is row 2n, its subscription row 2n+1
	sub := func(n int) *customerv1.ImportSubscription { return rows[2*n+1].GetSubscription() }
	sub(0).UnitPrice = &typev1.Money{CurrencyCode: "gbp", Amount: "1"}
	sub(1).TermMonths = 18
	sub(2).ProductId = "unheard-of"
	sub(3).FirstStartDate = "2023-02-29"
	sub(4).Seats = 0
	sub(5).CustomerExternalId = "C-999999"
	sub(6).PartnerId = "a\x00b"
	sub(8).ExternalId = sub(9).GetExternalId()
	sub(10).UpliftBps = -1
	rows[22].GetCustomer().CountryCode = "XX" // customer 11, and with it its subscription
	rows[24] = &customerv1.ImportRow{}
	id := h.newImport()
	done, err := h.send(id, 0, rows, 7)
	must(t, err)
	want := []string{
		"1 S-000000 CURRENCY_UNSUPPORTED unit_price", "3 S-000001 TERM_UNSUPPORTED term_months", "5 S-000002 PRODUCT_UNKNOWN product_id",
		"7 S-000003 DATE_INVALID first_start_date", "9 S-000004 SEATS_NOT_POSITIVE seats", "11 S-000005 NOT_FOUND customer_external_id",
		"13 S-000006 REQUEST_INVALID partner_id", "14 C-000007 DOMAIN_TAKEN primary_domain", "15 S-000007 NOT_FOUND customer_external_id",
		"19 S-000009 ALREADY_EXISTS external_id", "21 S-000010 UPLIFT_BPS_OUT_OF_RANGE uplift_bps", "22 C-000011 COUNTRY_UNKNOWN country_code",
		"23 S-000011 NOT_FOUND customer_external_id", "24  REQUEST_INVALID", "25 S-000012 NOT_FOUND customer_external_id",
	}
	if diff := cmp.Diff(want, h.refusedRows(id)); diff != "" {
		t.Error(diff)
	}
	if int(done.GetRefusedRows()) != len(want) || done.GetImportedRows() != int64(40-len(want)) || done.GetNextRow() != 40 {
		t.Errorf("got %v", done)
	}
	if customers, subscriptions := h.count("customers"), h.count("subscriptions"); customers != 1+17 || subscriptions != 8 {
		t.Errorf("stored %d customers and %d subscriptions", customers, subscriptions)
	}
}

func TestImport_ContinuesWhereItStands(t *testing.T) {
	h := start(t)
	h.stock()
	rows, id := book(30, 30), h.newImport()
	_, err := h.send(id, 0, rows[:24], 10)
	must(t, err)
	for _, first := range []int{0, 20, 25} {
		_, err := h.send(id, first, rows[first:], 10)
		wantReason(t, err, "IMPORT_ROW_OUT_OF_ORDER first_row")
	}
	done, err := h.send(id, 24, rows[24:], 10)
	must(t, err)
	if done.GetImportedRows() != 60 || h.count("subscriptions") != 30 || h.count("customers") != 30 {
		t.Errorf("got %v", done)
	}
	finished, err := h.imports(admin).FinishImport(h.ctx, &customerv1.FinishImportRequest{ImportId: id, RequestId: rid()})
	must(t, err)
	if _, err := h.send(id, 60, rows[:1], 1); !finished.GetFinished() || err == nil {
		t.Errorf("got %v, %v", finished, err)
	} else {
		wantReason(t, err, "IMPORT_CLOSED")
	}
	_, err = h.send("imp_0", 0, rows, 10)
	wantReason(t, err, "NOT_FOUND")
}

func TestImport_AGapInAnUploadKeepsWhatCameBefore(t *testing.T) {
	h := start(t)
	h.stock()
	rows, id := book(10, 10), h.newImport()
	stream, err := h.imports(admin).UploadRows(h.ctx)
	must(t, err)
	must(t, stream.Send(&customerv1.UploadRowsRequest{ImportId: id, FirstRow: 0, Rows: rows[:8]}))
	must(t, stream.Send(&customerv1.UploadRowsRequest{FirstRow: 10, Rows: rows[10:]}))
	_, err = stream.CloseAndRecv()
	wantReason(t, err, "IMPORT_ROW_OUT_OF_ORDER first_row")
	stands, err := h.imports(admin).GetImport(h.ctx, &customerv1.GetImportRequest{ImportId: id})
	must(t, err)
	if stands.GetNextRow() != 8 {
		t.Errorf("got %v", stands)
	}
}

func TestImport_ASecondImportOfTheSameBookStoresNothing(t *testing.T) {
	h := start(t)
	h.stock()
	rows := book(200, 250)
	h.upload(rows, 100)
	again := h.upload(append(rows, subscriptionRow(999, 7)), 100)
	if again.GetRefusedRows() != 450 || again.GetImportedRows() != 1 || h.count("subscriptions") != 251 || h.count("customers") != 200 {
		t.Errorf("got %v", again)
	}
	for _, line := range h.refusedRows(again.GetImportId()) {
		if !strings.HasSuffix(line, "ALREADY_EXISTS external_id") {
			t.Fatal(line)
		}
	}
}

func TestImport_OfTwoUploadsAtOnceOneIsRefused(t *testing.T) {
	h := start(t)
	h.stock()
	rows, id := book(60, 60), h.newImport()
	var wg sync.WaitGroup
	answers := make([]error, 2)
	for n := range answers {
		wg.Go(func() { _, answers[n] = h.send(id, 0, rows, 50) })
	}
	wg.Wait()
	if answers[0] != nil {
		answers[0], answers[1] = answers[1], answers[0]
	}
	must(t, answers[0])
	wantReason(t, answers[1], "IMPORT_ROW_OUT_OF_ORDER first_row")
	if h.count("subscriptions") != 60 || h.count("events") != 2+120 {
		t.Errorf("stored %d subscriptions with %d events", h.count("subscriptions"), h.count("events"))
	}
}

func TestImport_TwoImportsOfOneBookAtOnceStoreEachRowOnce(t *testing.T) {
	h := start(t)
	h.stock()
	rows := book(150, 200)
	ids := []string{h.newImport(), h.newImport(), h.newImport()}
	var wg sync.WaitGroup
	done, answers := make([]*customerv1.Import, len(ids)), make([]error, len(ids))
	for n, id := range ids {
		wg.Go(func() { done[n], answers[n] = h.send(id, 0, rows, 50) })
	}
	wg.Wait()
	stored := int64(0)
	for n := range ids {
		must(t, answers[n])
		stored += done[n].GetImportedRows()
	}
	if stored != 350 || h.count("customers") != 150 || h.count("subscriptions") != 200 || h.count("partners_of_record") != 200 {
		t.Errorf("stored %d rows: %d customers, %d subscriptions", stored, h.count("customers"), h.count("subscriptions"))
	}
}

func TestImport_IsForOneImport(t *testing.T) {
	h := start(t)
	stream, err := h.imports(admin).UploadRows(h.ctx)
	must(t, err)
	_, err = stream.CloseAndRecv()
	wantReason(t, err, "NOT_FOUND")

	id := h.newImport()
	stream, err = h.imports(admin).UploadRows(h.ctx)
	must(t, err)
	must(t, stream.Send(&customerv1.UploadRowsRequest{ImportId: id, Rows: []*customerv1.ImportRow{customerRow(1)}}))
	must(t, stream.Send(&customerv1.UploadRowsRequest{ImportId: "imp_0", FirstRow: 1, Rows: []*customerv1.ImportRow{customerRow(2)}}))
	_, err = stream.CloseAndRecv()
	wantReason(t, err, "REQUEST_INVALID import_id")
	stream, err = h.imports(softcat).UploadRows(h.ctx)
	must(t, err)
	_, err = stream.CloseAndRecv()
	wantReason(t, err, "PERMISSION_DENIED")
}
