// Package selling puts together what a sale depends on.
package selling

import (
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// Terms are the partner that sells, and what is in force for it on a day: its
// agreement and the version of the code of practice, each nil where none is.
type Terms struct {
	Partner   partners.Partner
	Agreement *partners.Agreement
	Code      *code.Version
}
