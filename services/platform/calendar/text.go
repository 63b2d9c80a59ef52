package calendar

import (
	"fmt"
	"time"
)

// ParseDate reads a date written as 2026-04-01, or returns ErrDateInvalid.
func ParseDate(s string) (Date, error) {
	year, month, day, ok := split(s)
	if !ok {
		return Date{}, ErrDateInvalid.Because(
			fmt.Sprintf("%.24q is not a date; write year, month and day as 2026-04-01", s), "date", fmt.Sprintf("%.24s", s))
	}
	d, ok := civil(year, time.Month(month), day)
	if !ok {
		return Date{}, ErrDateInvalid.Because(noSuchDay(s, year, time.Month(month)), "date", s)
	}
	return d, nil
}

// ParseOptional is ParseDate, where no text is no date.
func ParseOptional(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	return ParseDate(s)
}

// split takes YYYY-MM-DD apart; it is false for any other form.
func split(s string) (year, month, day int, ok bool) {
	if len(s) != len("2026-04-01") || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	year, okYear := number(s[:4])
	month, okMonth := number(s[5:7])
	day, okDay := number(s[8:])
	return year, month, day, okYear && okMonth && okDay
}

func number(digits string) (n int, ok bool) {
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = n*10 + int(digits[i]-'0')
	}
	return n, true
}

func noSuchDay(s string, year int, month time.Month) string {
	switch {
	case year < 1:
		return s + " does not exist; years are 0001 to 9999"
	case month < 1 || month > 12:
		return s + " does not exist; months are 01 to 12"
	}
	return fmt.Sprintf("%s does not exist; %s %d has the days 01 to %d", s, month, year, daysIn(year, month))
}

// String gives the date as 2026-04-01, and no date as the empty string.
func (d Date) String() string {
	var buf [10]byte
	return string(d.Append(buf[:0]))
}

// Append appends what String gives to b.
func (d Date) Append(b []byte) []byte {
	if d.IsZero() {
		return b
	}
	y, m, day := d.Civil()
	return append(b,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// MarshalText makes a date a JSON string; no date is the empty string.
func (d Date) MarshalText() ([]byte, error) {
	return d.Append(make([]byte, 0, 10)), nil
}

// UnmarshalText reads what MarshalText writes, or returns ErrDateInvalid.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
