package postgres

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrBooked is returned when a request id was booked by another transaction
// meanwhile: look it up and answer what it booked.
var ErrBooked = errors.New("the request was booked meanwhile")

// errUnfit is the refusal of a value that PostgreSQL can't hold, such as a text
// with a zero character.
var errUnfit = fault.New("REQUEST_INVALID", "a text or number can't be stored; send plain text without control characters")

// refusals are the rules that the constraints guard.
var refusals = map[string]error{
	"customers_one_external_id":     customers.ErrTaken.On("external_id"),
	"customers_group_exists":        customers.ErrGroupNotFound.On("group_id"),
	"customer_domains_one_owner":    customers.ErrDomainTaken.On("domains"),
	"contacts_one_per_address":      customers.ErrContactTaken.On("email"),
	"product_families_pkey":         catalogue.ErrFamilyTaken.On("family_id"),
	"products_pkey":                 catalogue.ErrProductTaken.On("product_id"),
	"products_family_exists":        catalogue.ErrFamilyUnknown.On("family_id"),
	"prices_product_exists":         catalogue.ErrProductNotFound,
	"prices_one_per_band_and_day":   catalogue.ErrPriceOverlaps.On("valid_from"),
	"fx_sets_one_per_day":           catalogue.ErrFxSetTaken.On("valid_from"),
	"subscriptions_pkey":            subscriptions.ErrTaken.Because("the id belongs to another subscription; choose another one").On("subscription_id"),
	"subscriptions_one_external_id": subscriptions.ErrTaken.On("external_id"),
	"subscriptions_customer_exists": customers.ErrNotFound.On("customer_id"),
	"subscriptions_product_exists":  catalogue.ErrProductUnknown.On("product_id"),
	"terms_one_per_start":           subscriptions.ErrAlreadyRenewed.On("start_date"),
	"terms_booked_once":             ErrBooked,
	"bookings_one_per_request":      ErrBooked,
	"responses_one_per_event":       surveys.ErrDuplicate,
}

// explain turns a database's error about a deed into the refusal of the rule
// that it guards, or wraps it.
func explain(err error, deed string) error {
	if err == nil {
		return nil
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		if refusal, known := refusals[refused.ConstraintName]; known {
			return refusal
		}
		if strings.HasPrefix(refused.Code, dataException) {
			return errUnfit
		}
	}
	return fmt.Errorf("%s: %w", deed, err)
}

// dataException is the class of SQLSTATEs for values that a type can't hold.
const dataException = "22"

// missing is explain for a statement that finds one row or none.
func missing(err error, notFound *fault.Error, deed string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return notFound
	}
	return explain(err, deed)
}
