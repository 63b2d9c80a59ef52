package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// BookEntry is a subscription as customer's feed told it last.
type BookEntry struct {
	SubscriptionID string        `json:"subscription_id"`
	Revision       int64         `json:"revision"`
	ExternalID     string        `json:"external_id"`
	CustomerID     string        `json:"customer_id"`
	CustomerName   string        `json:"customer_name"`
	Segment        string        `json:"segment"`
	CountryCode    string        `json:"country_code"`
	ProductID      string        `json:"product_id"`
	FamilyID       string        `json:"family_id"`
	PartnerID      string        `json:"partner_id"`
	Currency       string        `json:"currency"`
	UnitPriceMinor int64         `json:"unit_price_minor"`
	Seats          int64         `json:"seats"`
	UpliftBps      int32         `json:"uplift_bps"`
	TermMonths     int           `json:"term_months"`
	Billing        string        `json:"billing"`
	TermStart      calendar.Date `json:"term_start"`
	TermEnd        calendar.Date `json:"term_end"`
	TermNetMinor   int64         `json:"term_net_minor"`
	AnchorDate     calendar.Date `json:"anchor_date"`
	TimeZone       string        `json:"time_zone"`
	CancelDate     *string       `json:"cancel_date"` // nil if it is not cancelled
	BookedBy       string        `json:"booked_by"`   // its first term; empty for what was imported
	Due            []DueTerm     `json:"-"`
	Handovers      []Handover    `json:"-"`

	Forecast ForecastContract `json:"-"`
}

// DueTerm is an uncancelled term of a subscription, whose end is a renewal.
// What it shares with its subscription stands in the BookEntry.
type DueTerm struct {
	RenewalID       string        `json:"renewal_id"`
	SubscriptionID  string        `json:"subscription_id"`
	PartnerID       string        `json:"partner_id"` // on the day after the term
	CodeVersionID   string        `json:"code_version_id"`
	TermStart       calendar.Date `json:"term_start"`
	DueDate         calendar.Date `json:"due_date"`
	OpenDate        calendar.Date `json:"open_date"`
	LapseDate       calendar.Date `json:"lapse_date"`
	ExpireDate      calendar.Date `json:"expire_date"`
	TermMonths      int           `json:"term_months"`
	Seats           int64         `json:"seats"`
	UnitPriceMinor  int64         `json:"unit_price_minor"`
	CurrentNetMinor int64         `json:"current_net_minor"`
	RenewalNetMinor int64         `json:"renewal_net_minor"`
	Renewed         bool          `json:"renewed"`
	RenewedBy       string        `json:"renewed_by"`
}

// BookCustomer is a customer as customer's feed told it last.
type BookCustomer struct {
	CustomerID  string `json:"customer_id"`
	Revision    int64  `json:"revision"`
	Name        string `json:"name"`
	Segment     string `json:"segment"`
	CountryCode string `json:"country_code"`
}

// ProjectSubscriptions brings book and renewals up to date. Entries of a
// revision that the book has, or had, change nothing; so a replay and a
// reordering are harmless. Each subscription may occur once.
func (s *Store) ProjectSubscriptions(ctx context.Context, entries []BookEntry) error {
	if len(entries) == 0 {
		return nil
	}
	rows, _ := s.tx.Query(ctx, `
		INSERT INTO book (
			subscription_id, revision, external_id, customer_id, customer_name, segment, country_code, product_id, family_id,
			partner_id, currency, unit_price_minor, seats, uplift_bps, term_months, billing, term_start, term_end, term_net_minor,
			anchor_date, time_zone, cancel_date, booked_by)
		SELECT
			e.subscription_id, e.revision, e.external_id, e.customer_id, coalesce(c.name, e.customer_name),
			coalesce(c.segment, e.segment), coalesce(c.country_code, e.country_code), e.product_id, e.family_id,
			e.partner_id, e.currency, e.unit_price_minor, e.seats, e.uplift_bps, e.term_months, e.billing, e.term_start, e.term_end,
			e.term_net_minor, e.anchor_date, e.time_zone, e.cancel_date, e.booked_by
		FROM jsonb_populate_recordset(NULL::book, $1) e
		LEFT JOIN book_customers c ON c.customer_id = e.customer_id
		ON CONFLICT (subscription_id) DO UPDATE
		SET revision = excluded.revision, external_id = excluded.external_id, customer_id = excluded.customer_id,
			customer_name = excluded.customer_name, segment = excluded.segment, country_code = excluded.country_code,
			product_id = excluded.product_id, family_id = excluded.family_id, partner_id = excluded.partner_id,
			currency = excluded.currency, unit_price_minor = excluded.unit_price_minor, seats = excluded.seats,
			uplift_bps = excluded.uplift_bps, term_months = excluded.term_months, billing = excluded.billing,
			term_start = excluded.term_start, term_end = excluded.term_end, term_net_minor = excluded.term_net_minor,
			anchor_date = excluded.anchor_date, time_zone = excluded.time_zone, cancel_date = excluded.cancel_date,
			booked_by = excluded.booked_by
		WHERE book.revision < excluded.revision
		RETURNING subscription_id`, entries) // CollectRows returns the error
	changed, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("project %d subscriptions: %w", len(entries), err)
	}
	if err := s.projectRenewals(ctx, entries, changed); err != nil {
		return err
	}
	return s.projectForecastContracts(ctx, entries)
}

// projectRenewals writes the renewals of the subscriptions that changed, and
// removes those whose term was cancelled before anything was made of them.
func (s *Store) projectRenewals(ctx context.Context, entries []BookEntry, changed []string) error {
	if len(changed) == 0 {
		return nil
	}
	var due []DueTerm
	ids := make([]string, 0, len(entries))
	for _, entry := range entries {
		due = append(due, entry.Due...)
		for _, term := range entry.Due {
			ids = append(ids, term.RenewalID)
		}
	}
	var batch pgx.Batch
	batch.Queue(upsertRenewals, due, changed)
	batch.Queue(`
		DELETE FROM renewals r
		WHERE r.subscription_id = ANY ($1)
		AND r.renewal_id <> ALL ($2)
		AND NOT EXISTS (SELECT FROM submissions s WHERE s.renewal_id = r.renewal_id)
		AND NOT EXISTS (SELECT FROM quotes q WHERE q.renewal_id = r.renewal_id)`, changed, ids)
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("project renewals of %d subscriptions: %w", len(changed), err)
	}
	return nil
}

// upsertRenewals raises a renewal's revision, and so its etag, only when it is
// another one to whoever reads it: a recorded quote is a change of the
// subscription and none of the renewal.
const upsertRenewals = `
	INSERT INTO renewals AS r (
		renewal_id, subscription_id, book_revision, partner_id, customer_id, customer_name, segment, country_code, product_id,
		family_id, time_zone, code_version_id, term_start, due_date, open_date, lapse_date, expire_date, term_months, seats,
		currency, unit_price_minor, current_net_minor, renewal_net_minor, cancel_date, renewed, renewed_by)
	SELECT
		d.renewal_id, d.subscription_id, b.revision, d.partner_id, b.customer_id, b.customer_name, b.segment, b.country_code,
		b.product_id, b.family_id, b.time_zone, d.code_version_id, d.term_start, d.due_date, d.open_date, d.lapse_date,
		d.expire_date, d.term_months, d.seats, b.currency, d.unit_price_minor, d.current_net_minor, d.renewal_net_minor,
		b.cancel_date, d.renewed, d.renewed_by
	FROM jsonb_populate_recordset(NULL::renewals, $1) d
	JOIN book b ON b.subscription_id = d.subscription_id
	WHERE d.subscription_id = ANY ($2)
	ON CONFLICT (renewal_id) DO UPDATE
	SET book_revision = excluded.book_revision, partner_id = excluded.partner_id, customer_id = excluded.customer_id,
		customer_name = excluded.customer_name, segment = excluded.segment, country_code = excluded.country_code,
		product_id = excluded.product_id, family_id = excluded.family_id, time_zone = excluded.time_zone,
		code_version_id = excluded.code_version_id, open_date = excluded.open_date, lapse_date = excluded.lapse_date,
		expire_date = excluded.expire_date, term_months = excluded.term_months, seats = excluded.seats,
		unit_price_minor = excluded.unit_price_minor, current_net_minor = excluded.current_net_minor,
		renewal_net_minor = excluded.renewal_net_minor, cancel_date = excluded.cancel_date, renewed = excluded.renewed,
		renewed_by = excluded.renewed_by, revision = r.revision + CASE WHEN
			(r.partner_id, r.customer_id, r.customer_name, r.segment, r.country_code, r.product_id, r.family_id, r.time_zone,
			 r.code_version_id, r.open_date, r.lapse_date, r.expire_date, r.term_months, r.seats, r.unit_price_minor,
			 r.current_net_minor, r.renewal_net_minor, r.cancel_date, r.renewed, r.renewed_by)
			IS DISTINCT FROM
			(excluded.partner_id, excluded.customer_id, excluded.customer_name, excluded.segment, excluded.country_code,
			 excluded.product_id, excluded.family_id, excluded.time_zone, excluded.code_version_id, excluded.open_date,
			 excluded.lapse_date, excluded.expire_date, excluded.term_months, excluded.seats, excluded.unit_price_minor,
			 excluded.current_net_minor, excluded.renewal_net_minor, excluded.cancel_date, excluded.renewed, excluded.renewed_by)
			THEN 1 ELSE 0 END
	WHERE r.book_revision < excluded.book_revision`

// ProjectCustomers brings the customers' facts up to date, in the same way.
// Each customer may occur once.
func (s *Store) ProjectCustomers(ctx context.Context, customers []BookCustomer) error {
	if len(customers) == 0 {
		return nil
	}
	_, err := s.tx.Exec(ctx, `
		WITH changed AS (
			INSERT INTO book_customers (customer_id, revision, name, segment, country_code)
			SELECT customer_id, revision, name, segment, country_code
			FROM jsonb_populate_recordset(NULL::book_customers, $1)
			ON CONFLICT (customer_id) DO UPDATE
			SET revision = excluded.revision, name = excluded.name, segment = excluded.segment, country_code = excluded.country_code
			WHERE book_customers.revision < excluded.revision
			RETURNING customer_id, name, segment, country_code
		), entries AS (
			UPDATE book b
			SET customer_name = c.name, segment = c.segment, country_code = c.country_code
			FROM changed c
			WHERE b.customer_id = c.customer_id
			AND (b.customer_name, b.segment, b.country_code) IS DISTINCT FROM (c.name, c.segment, c.country_code)
		)
		UPDATE renewals r
		SET customer_name = c.name, segment = c.segment, country_code = c.country_code, revision = r.revision + 1
		FROM changed c
		WHERE r.customer_id = c.customer_id
		AND (r.customer_name, r.segment, r.country_code) IS DISTINCT FROM (c.name, c.segment, c.country_code)`, customers)
	if err != nil {
		return fmt.Errorf("project %d customers: %w", len(customers), err)
	}
	return nil
}

// CodeWindow are the windows of a code version for the terms that start from
// one day and before another; no day leaves that side open.
type CodeWindow struct {
	CodeVersionID                   string
	From, Until                     calendar.Date
	OpenDays, GraceDays, LapsedDays int
}

// MoveWindows gives each renewal the windows of the code version in force at
// its term's start, and returns how many had others: those of terms that had
// not begun when a newer version was approved.
func (s *Store) MoveWindows(ctx context.Context, windows []CodeWindow) (moved int, err error) {
	for _, w := range windows {
		tag, err := s.tx.Exec(ctx, `
			UPDATE renewals
			SET code_version_id = @version, open_date = due_date - @open::int, lapse_date = due_date + @grace::int,
				expire_date = due_date + @grace::int + @lapsed::int, revision = revision + 1
			WHERE code_version_id <> @version
			AND (@from::date IS NULL OR term_start >= @from)
			AND (@until::date IS NULL OR term_start < @until)`, pgx.StrictNamedArgs{
			"version": w.CodeVersionID, "from": w.From, "until": w.Until,
			"open": w.OpenDays, "grace": w.GraceDays, "lapsed": w.LapsedDays,
		})
		if err != nil {
			return 0, fmt.Errorf("move windows to code version %s: %w", w.CodeVersionID, err)
		}
		moved += int(tag.RowsAffected())
	}
	return moved, nil
}
