package rpc

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func (s *importService) UploadRows(stream grpc.ClientStreamingServer[customerv1.UploadRowsRequest, customerv1.Import]) error {
	first, err := stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	done, err := s.app.UploadRows(stream.Context(), imports.ID(first.GetImportId()), receiver(stream, first))
	if err != nil {
		return err
	}
	return stream.SendAndClose(importProto(done))
}

// receiver returns the chunks of a stream, of which the first message was
// received already.
func receiver(stream grpc.ClientStreamingServer[customerv1.UploadRowsRequest, customerv1.Import], first *customerv1.UploadRowsRequest) func() (app.Chunk, error) {
	importID, next := first.GetImportId(), first
	return func() (app.Chunk, error) {
		r := next
		next = nil
		if r == nil {
			var err error
			if r, err = stream.Recv(); err != nil {
				return app.Chunk{}, err
			}
		}
		if id := r.GetImportId(); id != "" && id != importID {
			return app.Chunk{}, imports.ErrRowInvalid.Because("an upload is for one import; start another stream for another one").On("import_id")
		}
		return app.Chunk{First: r.GetFirstRow(), Rows: rowsFrom(r.GetRows())}, nil
	}
}

func rowsFrom(list []*customerv1.ImportRow) []imports.Row {
	rows := make([]imports.Row, len(list))
	for i, r := range list {
		switch {
		case r.GetCustomer() != nil:
			rows[i] = customerRowFrom(r.GetCustomer())
		case r.GetSubscription() != nil:
			rows[i] = subscriptionRowFrom(r.GetSubscription())
		}
	}
	return rows
}

func customerRowFrom(r *customerv1.ImportCustomer) imports.Row {
	return imports.Row{ExternalID: r.GetExternalId(), Customer: &customers.Draft{
		Name: r.GetDisplayName(), PrimaryDomain: r.GetPrimaryDomain(), Segment: segmentFrom(r.GetSegment()), Sector: sectorFrom(r.GetSector()),
		Country: r.GetCountryCode(), TimeZone: r.GetTimeZone(),
	}}
}

// subscriptionRowFrom reads a row. What can't be read is the row's refusal, not
// the call's.
func subscriptionRowFrom(r *customerv1.ImportSubscription) imports.Row {
	s, err := runningFrom(r)
	return imports.Row{ExternalID: r.GetExternalId(), Subscription: &s, Broken: err}
}

func runningFrom(r *customerv1.ImportSubscription) (s imports.Subscription, err error) {
	s = imports.Subscription{
		Customer: r.GetCustomerExternalId(), Product: catalogue.ProductID(r.GetProductId()), Partner: subscriptions.PartnerID(r.GetPartnerId()),
		Seats: r.GetSeats(), UpliftBps: money.Bps(r.GetUpliftBps()), Months: int(r.GetTermMonths()), Billing: billingFrom(r.GetBilling()),
	}
	if s.UnitPrice, err = amount("unit_price", r.GetUnitPrice()); err != nil {
		return s, err
	}
	if s.PartnerFrom, err = date("partner_from_date", r.GetPartnerFromDate()); err != nil {
		return s, err
	}
	if s.FirstStart, err = requiredDate("first_start_date", r.GetFirstStartDate()); err != nil {
		return s, err
	}
	if s.Start, err = requiredDate("term_start_date", r.GetTermStartDate()); err != nil {
		return s, err
	}
	s.Previous, err = previousFrom(r.GetPreviousTerms())
	return s, err
}

func previousFrom(list []*customerv1.ImportTerm) ([]subscriptions.Past, error) {
	terms := make([]subscriptions.Past, len(list))
	for i, t := range list {
		var err error
		if terms[i], err = pastFrom(t); err != nil {
			return nil, within(fmt.Sprintf("previous_terms[%d]", i), err)
		}
	}
	return terms, nil
}

func pastFrom(t *customerv1.ImportTerm) (p subscriptions.Past, err error) {
	p = subscriptions.Past{Months: int(t.GetTermMonths()), Seats: t.GetSeats(), Billing: billingFrom(t.GetBilling())}
	if p.UnitPrice, err = amount("unit_price", t.GetUnitPrice()); err != nil {
		return p, err
	}
	p.Start, err = requiredDate("start_date", t.GetStartDate())
	return p, err
}
