package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Refusals of second submissions, while another is on its way or booked.
var (
	ErrOneLive        = fault.New("RENEWAL_ALREADY_SUBMITTED", "there is a submission for this renewal already")
	ErrRegistrationUp = fault.New("STATE_INVALID", "another order converts this deal registration").On("order.deal_registration_id")
)

const selectSubmission = `
	SELECT s.submission_id, s.kind, coalesce(s.renewal_id, ''), s.subscription_id, s.partner_id, s.state, s.rejection, s.term_start, s.term_end, s.term_months,
		s.seats, s.currency, s.unit_price_minor, s.billing, s.relationship_id, coalesce(s.quote_id, ''), s.partner_reference,
		s.subscription_etag, s.actor, s.revision, s.create_time, s.decide_time, coalesce(s.old_seats, 0), s.running_from,
		coalesce(s.customer_id, ''), s.ordered, c.calculation_id, c.body, c.create_time
	FROM submissions s
	JOIN calculations c ON c.calculation_id = s.calculation_id`

func scanSubmission(row pgx.CollectableRow) (records.Submission, error) {
	var s records.Submission
	var decided *time.Time
	var customerID string
	c := &s.Calculation
	err := row.Scan(&s.ID, &s.Kind, &s.RenewalID, &s.SubscriptionID, &s.PartnerID, &s.State, &s.Rejection, &s.Term.Start, &s.Term.End, &s.Months,
		&s.Seats, &s.UnitPrice.Currency, &s.UnitPrice.Minor, &s.Billing, &c.RelationshipID, &s.QuoteID, &s.PartnerReference,
		&s.SubscriptionEtag, &s.Actor, &s.Revision, &s.CreateTime, &decided, &s.OldSeats, &s.RunningFrom,
		&customerID, &s.Order, &c.ID, &c.Calculation, &c.CreateTime)
	if s.Order != nil {
		s.Order.CustomerID = customerID
	}
	c.PartnerID, c.SubscriptionID = s.PartnerID, s.SubscriptionID
	s.CreateTime, c.CreateTime = s.CreateTime.UTC(), c.CreateTime.UTC()
	if decided != nil {
		s.DecideTime = decided.UTC()
	}
	return s, err
}

// Submission returns records.ErrNoSubmission when there is no such submission
// in the scope.
func (s *Store) Submission(ctx context.Context, id string) (records.Submission, error) {
	rows, _ := s.tx.Query(ctx, selectSubmission+`
		WHERE s.submission_id = $1`, id) // collectSubmission returns the error
	return collectSubmission(rows, id)
}

// SubmissionForUpdate is Submission, and locks it until the transaction ends.
func (s *Store) SubmissionForUpdate(ctx context.Context, id string) (records.Submission, error) {
	rows, _ := s.tx.Query(ctx, selectSubmission+`
		WHERE s.submission_id = $1
		FOR UPDATE OF s`, id) // collectSubmission returns the error
	return collectSubmission(rows, id)
}

func collectSubmission(rows pgx.Rows, id string) (records.Submission, error) {
	submission, err := pgx.CollectExactlyOneRow(rows, scanSubmission)
	if errors.Is(err, pgx.ErrNoRows) {
		return submission, records.ErrNoSubmission
	}
	if err != nil {
		return submission, fmt.Errorf("submission %s: %w", id, err)
	}
	return submission, nil
}

// SubmissionFilter says which submissions to list; empty fields fit all.
type SubmissionFilter struct {
	RenewalID, SubscriptionID string
	Kind                      records.Kind
	State                     records.SubmissionState
}

// Submissions returns up to limit submissions before an id, newest first; ""
// begins with the newest.
func (s *Store) Submissions(ctx context.Context, f SubmissionFilter, before string, limit int) ([]records.Submission, error) {
	rows, _ := s.tx.Query(ctx, selectSubmission+`
		WHERE (@before = '' OR s.submission_id < @before)
		AND (@renewal = '' OR s.renewal_id = @renewal)
		AND (@subscription = '' OR s.subscription_id = @subscription)
		AND (@kind = '' OR s.kind = @kind)
		AND (@state = '' OR s.state = @state)
		ORDER BY s.submission_id DESC
		LIMIT @limit`,
		pgx.StrictNamedArgs{
			"before": before, "renewal": f.RenewalID, "subscription": f.SubscriptionID, "kind": string(f.Kind), "state": string(f.State), "limit": limit,
		}) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanSubmission)
	if err != nil {
		return nil, fmt.Errorf("list submissions: %w", err)
	}
	return list, nil
}

// AddSubmission adds a submission with the end of the transaction, and with it
// its calculation, which is there already if a quote brought it along. InTx returns ErrOneLive if
// the renewal has a live one, and ErrRegistrationUp if the registration has.
func (s *Store) AddSubmission(ctx context.Context, sub records.Submission) error {
	if err := s.addCalculation(ctx, sub.Calculation); err != nil {
		return err
	}
	o := orderColumns(sub.Order)
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO submissions (
				submission_id, renewal_id, subscription_id, partner_id, state, term_start, term_end, term_months, seats, currency,
				unit_price_minor, billing, calculation_id, relationship_id, quote_id, partner_reference, subscription_etag, actor, revision,
				create_time, kind, old_seats, running_from, customer_id, deal_registration_id, ordered)
			VALUES ($1, nullif($2, ''), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, nullif($15, ''), $16, $17, $18, $19, $20, $21,
				nullif($22::bigint, 0), $23, nullif($24, ''), nullif($25, ''), $26)`,
		Args: []any{
			sub.ID, sub.RenewalID, sub.SubscriptionID, sub.PartnerID, sub.State, sub.Term.Start, sub.Term.End, sub.Months, sub.Seats,
			sub.UnitPrice.Currency, sub.UnitPrice.Minor, sub.Billing, sub.Calculation.ID, sub.Calculation.RelationshipID, sub.QuoteID,
			sub.PartnerReference, sub.SubscriptionEtag, sub.Actor, sub.Revision, sub.CreateTime, sub.Kind, sub.OldSeats, sub.RunningFrom,
			o.CustomerID, o.DealRegistrationID, sub.Order,
		},
		Refused: func(err error) error {
			switch pg.Constraint(err) {
			case "submissions_one_live":
				return ErrOneLive
			case "submissions_one_live_per_registration":
				return ErrRegistrationUp
			}
			return err
		},
	})
}

// orderColumns is the zero value for what is no order.
func orderColumns(o *records.Order) records.Order {
	if o == nil {
		return records.Order{}
	}
	return *o
}

// addCalculation is InsertCalculation with the end of the transaction.
func (s *Store) addCalculation(ctx context.Context, c records.Calculation) error {
	body, err := json.Marshal(c.Calculation)
	if err != nil {
		return fmt.Errorf("write calculation %s: %w", c.ID, err)
	}
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO calculations (calculation_id, partner_id, subscription_id, relationship_id, fingerprint, body, create_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (calculation_id) DO NOTHING`,
		Args: []any{c.ID, c.PartnerID, c.SubscriptionID, c.RelationshipID, c.Fingerprint, body, c.CreateTime},
	})
}

// SaveSubmissionEtag saves what the next call to the commit point has to check.
func (s *Store) SaveSubmissionEtag(ctx context.Context, id, etag string) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE submissions
		SET subscription_etag = $2
		WHERE submission_id = $1 AND state = 'SUBMITTED'`, id, etag)
	if err != nil {
		return fmt.Errorf("save etag of submission %s: %w", id, err)
	}
	return nil
}

// SaveSubmissionCustomer saves for which customer the next call to the commit
// point is.
func (s *Store) SaveSubmissionCustomer(ctx context.Context, id, customerID string) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE submissions
		SET customer_id = $2
		WHERE submission_id = $1 AND kind = 'ORDER' AND state = 'SUBMITTED'`, id, customerID)
	if err != nil {
		return fmt.Errorf("save customer of submission %s: %w", id, err)
	}
	return nil
}

// SaveTold saves that partner knows of a booked order.
func (s *Store) SaveTold(ctx context.Context, id string) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE submissions
		SET told = true
		WHERE submission_id = $1 AND state = 'BOOKED'`, id)
	if err != nil {
		return fmt.Errorf("save that partner knows of submission %s: %w", id, err)
	}
	return nil
}

// Told reports whether partner knows of a booked order.
func (s *Store) Told(ctx context.Context, id string) (told bool, err error) {
	err = s.tx.QueryRow(ctx, "SELECT told FROM submissions WHERE submission_id = $1", id).Scan(&told)
	if err != nil {
		return false, fmt.Errorf("whether partner knows of submission %s: %w", id, err)
	}
	return told, nil
}

// OrderedBy returns the partners whose orders created the subscriptions, or are
// about to, by the subscriptions' ids.
func (s *Store) OrderedBy(ctx context.Context, subscriptions ...string) (map[string]string, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT subscription_id, partner_id
		FROM submissions
		WHERE kind = 'ORDER'
		AND state <> 'REJECTED'
		AND subscription_id = ANY ($1)`, subscriptions) // ForEachRow returns the error
	ordered := map[string]string{}
	var id, partner string
	_, err := pgx.ForEachRow(rows, []any{&id, &partner}, func() error {
		ordered[id] = partner
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("who ordered subscriptions: %w", err)
	}
	return ordered, nil
}

// SaveRejection saves that a submission was refused.
func (s *Store) SaveRejection(ctx context.Context, sub records.Submission) error {
	return pg.AtEnd(ctx, s.tx, decision(sub))
}

// SaveBooking saves that a submission is booked, and fixes its margin.
func (s *Store) SaveBooking(ctx context.Context, sub records.Submission) error {
	if err := pg.AtEnd(ctx, s.tx, decision(sub)); err != nil {
		return err
	}
	c := sub.Calculation
	return pg.AtEnd(ctx, s.tx, pg.Statement{
		SQL: `
			INSERT INTO booked_terms (
				submission_id, subscription_id, partner_id, relationship_id, calculation_id, term_start, term_end, settlement_mode, currency,
				net_minor, margin_minor, locked_bps, cap_bps, effective_bps, create_time, kind, running_from)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		Args: []any{
			sub.ID, sub.SubscriptionID, sub.PartnerID, c.RelationshipID, c.ID, sub.Term.Start, sub.Term.End, c.Mode, c.Net.Currency,
			c.Net.Minor, c.Margin.Minor, c.Locked, c.Cap, c.Effective, sub.DecideTime, sub.Kind, sub.RunningFrom,
		},
	})
}

func decision(sub records.Submission) pg.Statement {
	return pg.Statement{
		SQL: `
			UPDATE submissions
			SET state = $2, rejection = $3, revision = $4, decide_time = $5
			WHERE submission_id = $1`,
		Args: []any{sub.ID, sub.State, sub.Rejection, sub.Revision, sub.DecideTime},
	}
}

// BookedTerm is a booked term, or a change of seats within one, with its fixed
// margin.
type BookedTerm struct {
	Kind                                                    records.Kind
	SubmissionID, SubscriptionID, PartnerID, RelationshipID string
	Term                                                    calendar.Term
	Net, Margin                                             money.Amount
	Effective                                               money.Bps
}

// BookedTerms returns the booked terms of a subscription, oldest first.
func (s *Store) BookedTerms(ctx context.Context, subscriptionID string) ([]BookedTerm, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT kind, submission_id, subscription_id, partner_id, relationship_id, term_start, term_end, currency, net_minor, margin_minor, effective_bps
		FROM booked_terms
		WHERE subscription_id = $1
		ORDER BY term_start, kind = 'SEAT_CHANGE', submission_id`, subscriptionID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (BookedTerm, error) {
		var b BookedTerm
		err := row.Scan(&b.Kind, &b.SubmissionID, &b.SubscriptionID, &b.PartnerID, &b.RelationshipID, &b.Term.Start, &b.Term.End,
			&b.Net.Currency, &b.Net.Minor, &b.Margin.Minor, &b.Effective)
		b.Margin.Currency = b.Net.Currency
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("booked terms of subscription %s: %w", subscriptionID, err)
	}
	return list, nil
}
