package load

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/demo"
)

const answersPerCall = 500

// answers takes over what customers have said before.
func (l *loader) answers(ctx context.Context) error {
	ctx = as(ctx, l.First)
	ids, err := l.customerIDs(ctx)
	if err != nil {
		return err
	}
	service := customerv1.NewExperienceServiceClient(l.Customer)
	all := l.book.Answers(l.seed, l.Today)
	for at := 0; at < len(all); at += answersPerCall {
		batch := all[at:min(at+answersPerCall, len(all))]
		answer, err := service.BatchImportResponses(ctx, &customerv1.BatchImportResponsesRequest{
			Responses: addressed(batch, ids), RequestId: l.key("answers-%d", at),
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
