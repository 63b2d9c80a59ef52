package bench

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// A Transaction is what a service sent from BEGIN to COMMIT.
type Transaction struct {
	Role, Database string
	Statements     []Statement
}

// A Statement has its parameters as the log shows them; nil is NULL.
type Statement struct {
	SQL        string
	Parameters []*string
}

// record submits a renewal and returns the transactions that the services ran
// for it, as the server logged them.
func (s *Stage) record(b *testing.B) (transactions []Transaction, mark string) {
	b.Helper()
	ctx, portal := b.Context(), s.system.As(b, s.system.Partner(partner))
	must(b, execute(ctx, s.cluster, "postgres",
		"ALTER SYSTEM SET log_line_prefix = '%p|%u|%d|'", "ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()"))
	s.submit(portal, b, s.next(b, 1), e2e.NewKey()) // by then every connection has heard of it
	begun := s.logged(b)
	key := e2e.NewKey()
	number := s.next(b, 1)
	s.submit(portal, b, number, key)
	text := s.logged(b)[len(begun):]
	must(b, execute(ctx, s.cluster, "postgres",
		"ALTER SYSTEM RESET log_statement", "ALTER SYSTEM RESET log_line_prefix", "SELECT pg_reload_conf()"))

	mark = strings.TrimPrefix(key, "key_")
	own := func(value string) bool { return concerns(value, number, mark) }
	transactions = ofOneCall(parseLog(text), own)
	if len(transactions) == 0 {
		b.Fatal("the log shows no transaction of the submission")
	}
	return transactions, mark
}

// logged returns the server's log up to now.
func (s *Stage) logged(b *testing.B) string {
	b.Helper()
	mark := e2e.NewKey()
	for {
		must(b, execute(b.Context(), s.cluster, "postgres", "SELECT '"+mark+"'"))
		text, err := os.ReadFile(s.file("postgres.log"))
		must(b, err)
		if at := strings.Index(string(text), mark); at >= 0 {
			return string(text[:at])
		}
	}
}

var (
	logLine   = regexp.MustCompile(`(?m)^(\d+)\|(\w*)\|(\w*)\|([A-Z]+):  `)
	logged    = regexp.MustCompile(`(?s)^(?:statement|execute [^:]+): (.*)$`)
	parameter = regexp.MustCompile(`(?s)\$\d+ = (NULL|'(?:[^']|'')*')`)
	comment   = regexp.MustCompile(`(?m)--.*$`)
)

// parseLog returns the transactions that the log shows whole, in the order of
// their beginnings.
func parseLog(text string) []Transaction {
	var begun []*Transaction
	open := map[string]*Transaction{} // by process
	ended := map[*Transaction]bool{}
	heads := logLine.FindAllStringSubmatchIndex(text, -1)
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		process, kind, message := text[h[2]:h[3]], text[h[8]:h[9]], text[h[1]:end]
		current := open[process]
		if kind == "DETAIL" && current != nil && len(current.Statements) > 0 {
			current.Statements[len(current.Statements)-1].Parameters = parameters(message)
			continue
		}
		m := logged.FindStringSubmatch(message)
		if kind != "LOG" || m == nil {
			continue
		}
		sql := strings.TrimSpace(comment.ReplaceAllString(m[1], ""))
		switch verb, _, _ := strings.Cut(strings.ToUpper(sql), " "); {
		case verb == "BEGIN":
			current = &Transaction{Role: text[h[4]:h[5]], Database: text[h[6]:h[7]]}
			open[process] = current
			begun = append(begun, current)
		case current == nil:
			continue
		case verb == "COMMIT" || verb == "ROLLBACK":
			ended[current] = true
			delete(open, process)
		}
		current.Statements = append(current.Statements, Statement{SQL: sql})
	}
	var whole []Transaction
	for _, t := range begun {
		if ended[t] {
			whole = append(whole, *t)
		}
	}
	return whole
}

func parameters(detail string) []*string {
	var list []*string
	for _, m := range parameter.FindAllStringSubmatch(detail, -1) {
		if m[1] == "NULL" {
			list = append(list, nil)
			continue
		}
		value := strings.ReplaceAll(m[1][1:len(m[1])-1], "''", "'")
		list = append(list, &value)
	}
	return list
}

// ofOneCall keeps what a caller waits for: what the app roles do, as nobody
// else calls, and what the system roles do with ids of the call. The job that
// projects the book writes its position and is left out.
func ofOneCall(all []Transaction, own func(string) bool) []Transaction {
	var kept []Transaction
	for _, t := range all {
		concerned, feed := strings.HasSuffix(t.Role, "_app"), false
		for _, s := range t.Statements {
			feed = feed || strings.Contains(s.SQL, "feed_positions")
			for _, p := range s.Parameters {
				concerned = concerned || p != nil && own(*p)
			}
		}
		if concerned && !feed {
			kept = append(kept, t)
		}
	}
	return kept
}

// concerns reports whether value holds an id of the copy with this number, or
// one made after mark.
func concerns(value string, number int, mark string) bool {
	for _, w := range word.FindAllString(value, -1) {
		if w == fmt.Sprint(seededFiller, number) || len(w) == wordLength && w >= mark {
			return true
		}
	}
	return false
}
