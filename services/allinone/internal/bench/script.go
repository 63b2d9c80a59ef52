package bench

import (
	"fmt"
	"regexp"
	"strings"
)

// A Script is a transaction for pgbench, that does it again for other renewals.
type Script struct {
	Role, Database string
	Text           string
	Variables      map[string]string // what every transaction sends alike
}

// counting gives each transaction of each client a renewal of its own: the ones
// that the services submitted in their round.
const counting = `\set i :i + 1
\set n :first + :client_id * :each + :i
`

// newScript writes the transaction of the call that submitted the renewal of a
// number and made ids from mark on.
func newScript(t Transaction, number int, mark string) Script {
	s := Script{Role: t.Role, Database: t.Database, Variables: map[string]string{}}
	text := strings.Builder{}
	text.WriteString(counting)
	for _, statement := range t.Statements {
		sql := s.filled(statement, number, mark)
		for part := range strings.SplitSeq(sql, ";\x20") { // BEGIN comes with SET LOCAL
			fmt.Fprintf(&text, "%s;\n", strings.TrimSpace(part))
		}
	}
	s.Text = text.String()
	return s
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// filled puts the script's variables where the statement has parameters.
func (s *Script) filled(statement Statement, number int, mark string) string {
	return placeholder.ReplaceAllStringFunc(statement.SQL, func(p string) string {
		var at int
		if _, err := fmt.Sscanf(p, "$%d", &at); err != nil || at > len(statement.Parameters) {
			return p
		}
		value := statement.Parameters[at-1]
		switch {
		case value == nil:
			return "NULL"
		case *value == "":
			return "''" // pgbench knows no empty variables
		case varies(*value, number, mark):
			return variable(*value, number, mark)
		}
		name := fmt.Sprintf("v%d", len(s.Variables))
		s.Variables[name] = *value
		return ":" + name
	})
}

// lockKey is the number of an advisory lock: the hash of an id.
var lockKey = regexp.MustCompile(`^-?\d{13,}$`)

// varies reports whether a parameter names what is of this renewal alone.
// Documents have such names too, but nothing looks into them.
func varies(value string, number int, mark string) bool {
	document := strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[")
	return lockKey.MatchString(value) || !document && concerns(value, number, mark)
}

// variable is an expression that makes the value for the renewal :n.
func variable(value string, number int, mark string) string {
	if lockKey.MatchString(value) {
		return ":n"
	}
	text := word.ReplaceAllStringFunc(value, func(w string) string {
		switch {
		case w == fmt.Sprint(seededFiller, number):
			return seededFiller + "' || :n || '"
		case len(w) == wordLength && w >= mark:
			return createdFiller + "' || :n || '"
		default:
			return w
		}
	})
	return "(" + strings.TrimSuffix("'"+text+"'", " || ''") + ")"
}
