package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

var (
	customerFields = []string{
		"customer_id", "display_name", "primary_domain", "domains", "segment", "sector", "country_code", "time_zone",
		"group_id", "external_id", "revision", "create_time", "update_time",
	}
	domainFields       = []string{"domain", "customer_id"}
	subscriptionFields = []string{
		"subscription_id", "customer_id", "product_id", "uplift_bps", "anchor", "time_zone", "first_start",
		"term_start", "term_end", "term_months", "seats", "currency", "unit_price_minor", "term_net_minor", "billing",
		"state", "cancel_date", "cancellation_cause", "last_quote", "external_id", "revision", "create_time", "update_time",
	}
	termFields = []string{
		"term_id", "subscription_id", "start_date", "end_date", "months", "seats", "final_seats", "currency",
		"unit_price_minor", "net_minor", "billing", "booked_by", "cancelled",
	}
	partnerFields = []string{"subscription_id", "partner_id", "from_date", "until_date", "begins_at", "ends_at", "transfer_id"}
)

// CopyCustomers stores many new customers with their domains, with the refusals
// of InsertCustomer for the first that breaks a rule.
func (s *Store) CopyCustomers(ctx context.Context, list []customers.Customer) error {
	rows, domains := make([][]any, 0, len(list)), make([][]any, 0, len(list))
	for _, c := range list {
		names := make([]string, len(c.Domains))
		for i, d := range c.Domains {
			names[i] = string(d)
			domains = append(domains, []any{string(d), string(c.ID)})
		}
		rows = append(rows, []any{
			string(c.ID), c.Name, string(c.PrimaryDomain), names, string(c.Segment), string(c.Sector), string(c.Country), c.TimeZone,
			orNull(string(c.Group)), orNull(c.ExternalID), c.Revision, c.CreateTime, c.UpdateTime,
		})
	}
	if err := s.copy(ctx, "customers", customerFields, rows); err != nil {
		return err
	}
	return s.copy(ctx, "customer_domains", domainFields, domains)
}

// CopySubscriptions stores many new subscriptions with their terms and
// partners, with the refusals of InsertSubscription for the first that breaks a
// rule.
func (s *Store) CopySubscriptions(ctx context.Context, list []subscriptions.Subscription) error {
	rows, terms, partners := make([][]any, 0, len(list)), make([][]any, 0, len(list)), make([][]any, 0, len(list))
	zones := map[string]*time.Location{}
	for _, sub := range list {
		rows = append(rows, subscriptionRow(sub))
		for _, t := range sub.Terms {
			terms = append(terms, termRow(sub.ID, t))
		}
		if zones[sub.TimeZone] == nil {
			zones[sub.TimeZone] = zoneOf(sub)
		}
		for _, p := range sub.Partners {
			partners = append(partners, partnerRow(sub, p, zones[sub.TimeZone]))
		}
	}
	if err := s.copy(ctx, "subscriptions", subscriptionFields, rows); err != nil {
		return err
	}
	if err := s.copy(ctx, "terms", termFields, terms); err != nil {
		return err
	}
	return s.copy(ctx, "partners_of_record", partnerFields, partners)
}

func (s *Store) copy(ctx context.Context, table string, fields []string, rows [][]any) error {
	_, err := pg.Copy(ctx, s.tx, table, fields, pgx.CopyFromRows(rows))
	return explain(err, "copy "+table)
}
