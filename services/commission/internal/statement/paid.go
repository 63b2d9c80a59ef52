package statement

// Settle returns the statement as the bank has paid it.
func (s Statement) Settle() Statement {
	s.State = Paid
	s.Revision++
	return s
}

// Return returns the statement after its payment came back: what was paid stays
// so, and is due again by a line of the open statement.
func (s Statement) Return() Statement {
	s.State = Carried
	s.Revision++
	return s
}
