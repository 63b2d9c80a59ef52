package imports

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of uploads.
var (
	ErrNotFound   = fault.New("NOT_FOUND", "there is no such import")
	ErrClosed     = fault.New("IMPORT_CLOSED", "the import is finished")
	ErrOutOfOrder = fault.New("IMPORT_ROW_OUT_OF_ORDER", "the upload does not continue where the import stands")
)

// ID identifies an import.
type ID string

// Import is a bulk import: how far it has come, and how many of its rows were
// stored and refused.
type Import struct {
	ID         ID        `json:"id"`
	Name       string    `json:"name"`
	NextRow    int64     `json:"next_row"`
	Stored     int64     `json:"stored"`
	Refused    int64     `json:"refused"`
	Finished   bool      `json:"finished"`
	CreateTime time.Time `json:"create_time"`
}

// Admit returns ErrClosed or ErrOutOfOrder unless rows that begin at first
// continue the import.
func (i Import) Admit(first int64) error {
	if i.Finished {
		return ErrClosed.Because(fmt.Sprintf("import %s is finished; start another one", i.ID), "import_id", string(i.ID))
	}
	if first != i.NextRow {
		return ErrOutOfOrder.Because(fmt.Sprintf("import %s continues at row %d, not at %d", i.ID, i.NextRow, first),
			"import_id", string(i.ID), "next_row", fmt.Sprint(i.NextRow)).On("first_row")
	}
	return nil
}

// Advance counts rows that were dealt with.
func (i Import) Advance(stored, refused int) Import {
	i.Stored += int64(stored)
	i.Refused += int64(refused)
	i.NextRow = i.Stored + i.Refused
	return i
}

// Finish closes the import; a finished one stays finished.
func (i Import) Finish() Import {
	i.Finished = true
	return i
}
