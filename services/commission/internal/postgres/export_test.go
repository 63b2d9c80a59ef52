package postgres

import "github.com/holdfast-channel/holdfast/services/commission/internal/ledger"

// InsertEntries is the statement of AddEntries.
const InsertEntries = insertEntries

// EntryArgs are its parameters.
func EntryArgs(list ...ledger.Entry) []any { return entryColumnsOf(list).args() }
