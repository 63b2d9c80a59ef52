package calendar

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// Scan reads a database's date: a time of which the date counts, a text, or
// NULL, which is no date. Infinite dates are refused.
func (d *Date) Scan(source any) error {
	switch v := source.(type) {
	case nil:
		*d = Date{}
		return nil
	case time.Time:
		return d.scanTime(v)
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	}
	return fmt.Errorf("scan %T into a calendar date", source)
}

// Value gives midnight UTC, or NULL for no date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.Time(), nil
}

// ScanDate reads PostgreSQL's binary date for pgx, as Scan does.
func (d *Date) ScanDate(v pgtype.Date) error {
	if !v.Valid {
		*d = Date{}
		return nil
	}
	if v.InfinityModifier != pgtype.Finite {
		return ErrDateInvalid.Because(v.InfinityModifier.String() + " is not a day of the calendar; use a date or NULL")
	}
	return d.scanTime(v.Time)
}

// DateValue gives PostgreSQL's binary date for pgx, as Value does.
func (d Date) DateValue() (pgtype.Date, error) {
	return pgtype.Date{Time: d.Time(), Valid: !d.IsZero()}, nil
}

func (d *Date) scanTime(t time.Time) error {
	y, m, day := t.Date()
	scanned, ok := civil(y, m, day)
	if !ok {
		return ErrDateInvalid.Because(t.Format(time.DateOnly) + " lies outside the years 0001 to 9999")
	}
	*d = scanned
	return nil
}
