package journey

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Compare says where a JSON answer differs from the one that the text shows,
// or returns nothing. What changes from run to run only has to be of the same
// kind: ids, dates, instants, tokens, fingerprints. An answer in the text may
// leave members out; it may not show any that are not there.
func Compare(shown, given string) []string {
	var want, got any
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		return []string{"the text shows no JSON: " + err.Error()}
	}
	if err := json.Unmarshal([]byte(given), &got); err != nil {
		return []string{"the answer is no JSON: " + given}
	}
	return differences("", want, got)
}

func differences(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: want an object, got %v", path, got)}
		}
		var all []string
		for name, member := range w {
			all = append(all, differences(path+"."+name, member, g[name])...)
		}
		slices.Sort(all)
		return all
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: want %d elements, got %v", path, len(w), got)}
		}
		var all []string
		for i := range w {
			all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])...)
		}
		return all
	case string:
		if g, ok := got.(string); ok && kind(w) == kind(g) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: the text shows %v, the answer has %v", path, want, got)}
}

// changing are the parts of a text that differ from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`eyJ[\w.-]+|…`), "TOKEN"},
	{regexp.MustCompile(`\d{4}-\d{2}-\d{2}T[\d:.]+Z`), "INSTANT"},
	{regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`), "DATE"},
	{regexp.MustCompile(`\brnw_[0-9a-z]+_\d{8}`), "RENEWAL"},
	{regexp.MustCompile(`\b[a-z]{3}_[0-9a-z]{20,}`), "ID"},
	{regexp.MustCompile(`\b[0-9a-f]{32,64}\b`), "HASH"},
}

// kind replaces what changes by its kind.
func kind(text string) string {
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.name)
	}
	return strings.TrimSpace(text)
}
