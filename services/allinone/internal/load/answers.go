package load

import (
	"context"
	"fmt"
	"slices"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const answersPerCall = 500

// answers takes over what people have said before, month by month, and has the
// report of each month that is over published, as the vendor's own people would.
func (l *loader) answers(ctx context.Context) error {
	ctx = as(ctx, l.First)
	ids, err := l.customerIDs(ctx)
	if err != nil {
		return err
	}
	all := l.book.Answers(l.seed, l.Today)
	for len(all) > 0 {
		month := monthOf(all[0])
		count := slices.IndexFunc(all, func(a demo.Answer) bool { return monthOf(a) != month })
		if count < 0 {
			count = len(all)
		}
		if err := l.takeOver(ctx, all[:count], month, ids); err != nil {
			return err
		}
		all = all[count:]
		// On the first of the next one it may not be over in UTC.
		if month.AddMonths(1).Before(l.Today) {
			if err := l.report(ctx, month); err != nil {
				return err
			}
		}
	}
	return nil
}

// monthOf is the first day of the month in UTC in which an answer was given.
func monthOf(a demo.Answer) calendar.Date {
	year, month, _ := a.AnswerTime.AsTime().Date()
	return calendar.On(year, month, 1)
}

// takeOver imports the answers of a month.
func (l *loader) takeOver(ctx context.Context, list []demo.Answer, month calendar.Date, ids map[string]string) error {
	service := customerv1.NewExperienceServiceClient(l.Customer)
	for at := 0; at < len(list); at += answersPerCall {
		batch := list[at:min(at+answersPerCall, len(list))]
		answer, err := service.BatchImportResponses(ctx, &customerv1.BatchImportResponsesRequest{
			Responses: addressed(batch, ids), RequestId: l.key("answers-%s-%d", month, at),
		})
		if err != nil {
			return fmt.Errorf("take over answers: %w", err)
		}
		for i, r := range answer.Results {
			if refused := r.GetError(); refused != nil {
				return fmt.Errorf("answer %s was refused: %s: %s", batch[i].TouchpointEvent.ExternalId, refused.Reason, refused.Message)
			}
		}
		l.advance(len(batch), "answers")
	}
	return nil
}

// report publishes a month's report. The service publishes last month's by itself
// when its day has come: if it was faster, there may be nothing left to say.
func (l *loader) report(ctx context.Context, month calendar.Date) error {
	service := customerv1.NewReportServiceClient(l.Customer)
	draft, err := service.GenerateReport(ctx, &customerv1.GenerateReportRequest{
		Month: month.String()[:len("2006-01")], RequestId: l.key("report-%s", month),
	})
	if refusal, ok := fault.Of(rpcerr.FromStatus(err)); ok && refusal.Reason == "REPORT_NOTHING_NEW" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("generate the report of %s: %w", month, err)
	}
	if _, err := service.PublishReport(ctx, &customerv1.PublishReportRequest{
		ReportId: draft.ReportId, Etag: draft.Etag, RequestId: l.key("report-publish-%s", month),
	}); err != nil {
		return fmt.Errorf("publish the report of %s: %w", month, err)
	}
	return nil
}

// addressed are answers with the ids of their customers.
func addressed(batch []demo.Answer, ids map[string]string) []*customerv1.ImportedResponse {
	list := make([]*customerv1.ImportedResponse, len(batch))
	for i, a := range batch {
		a.TouchpointEvent.CustomerId = ids[a.Customer]
		list[i] = a.ImportedResponse
	}
	return list
}

// customerIDs are the customers' ids by those of the book.
func (l *loader) customerIDs(ctx context.Context) (map[string]string, error) {
	service := customerv1.NewCustomerServiceClient(l.Customer)
	ids := make(map[string]string, len(l.book.Customers))
	for request := (&customerv1.ListCustomersRequest{PageSize: 1000}); ; {
		page, err := service.ListCustomers(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list customers: %w", err)
		}
		for _, c := range page.Customers {
			ids[c.ExternalId] = c.CustomerId
		}
		if request.PageToken = page.NextPageToken; request.PageToken == "" {
			return ids, nil
		}
	}
}
