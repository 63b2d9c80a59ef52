package postgres

import (
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
)

// filter collects the conditions of a list, so that each combination of filters
// is a statement of its own with a plan of its own.
type filter struct {
	conditions []string
	args       pgx.StrictNamedArgs
}

// with adds a condition and its arguments if wanted is true.
func (f *filter) with(wanted bool, condition string, args pgx.StrictNamedArgs) {
	if !wanted {
		return
	}
	if f.args == nil {
		f.args = pgx.StrictNamedArgs{}
	}
	f.conditions = append(f.conditions, condition)
	maps.Copy(f.args, args)
}

// where returns the WHERE clause, or nothing where there is no condition.
func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// texts are the plain texts of ids or words, as pgx takes them in arrays.
func texts[T ~string](list []T) []string {
	plain := make([]string, len(list))
	for i, one := range list {
		plain[i] = string(one)
	}
	return plain
}
