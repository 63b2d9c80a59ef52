package env

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Reference returns the table of cfg's settings as --help shows it.
func Reference(cfg any, prefix string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTYPE\tDEFAULT\tMEANING")
	for _, s := range Settings(cfg, prefix) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Type, s.def(), s.Meaning)
	}
	_ = w.Flush() // a strings.Builder takes every write
	return b.String()
}

// Markdown returns the same table for documentation pages.
func Markdown(cfg any, prefix string) string {
	var b strings.Builder
	b.WriteString("| name | type | default | meaning |\n|---|---|---|---|\n")
	for _, s := range Settings(cfg, prefix) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, s.Type, s.def(), strings.ReplaceAll(s.Meaning, "|", `\|`))
	}
	return b.String()
}

// def is the default as the table shows it.
func (s Setting) def() string {
	if s.Required {
		return "required"
	}
	if s.Default == "" {
		return "–"
	}
	return s.Default
}
