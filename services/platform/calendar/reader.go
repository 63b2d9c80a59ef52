package calendar

// Reader reads many dates and keeps the first error. No text is no date.
type Reader struct{ Err error }

// Read returns the date that text gives.
func (r *Reader) Read(text string) Date {
	d, err := ParseOptional(text)
	if err != nil && r.Err == nil {
		r.Err = err
	}
	return d
}
