// Package document writes statements as files: for programs as comma-separated
// values, for people as a page to print; and reconciliations, for programs. It
// decides nothing.
//
// A cell of a CSV never begins like a formula: a reference of the partner's such
// as "=HYPERLINK(…)" has an apostrophe before it, while amounts such as -120.00
// stay numbers. The page has no script and nothing from elsewhere, so that it can
// be kept, mailed and printed as it is.
package document

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// File is a file by its name and media type.
type File struct {
	Name, Type string
	Content    []byte
}

// Vendor is who owes: what is printed of it. Lines of the address are separated
// by commas; TaxID is its tax registration number.
type Vendor struct {
	Name, Address, TaxID string
}

// name names the file of a statement after partner, currency and month.
func name(s statement.Statement, extension string) string {
	what := "statement"
	if s.SelfBilled() {
		what = s.DocumentNumber
	}
	return fileName(what, s.PartnerID, s.Currency, s.Month, extension)
}

func fileName(what, partnerID string, c money.Currency, m statement.Month, extension string) string {
	partner := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, partnerID)
	return fmt.Sprintf("%s-%s-%s-%s.%s", what, partner, c, m, extension)
}
