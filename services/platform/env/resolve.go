package env

import (
	"maps"
	"os"
	"strings"
)

// resolve returns the environment with each setting found under its own name,
// in the file that NAME_FILE names, or under the shared prefix.
func resolve(settings []Setting, prefix string, environment map[string]string, problems *Problems) map[string]string {
	resolved := maps.Clone(environment)
	for _, s := range settings {
		for _, name := range []string{s.Name, Shared + strings.TrimPrefix(s.Name, prefix)} {
			if value, ok := lookup(name, environment, problems); ok {
				resolved[s.Name] = value
				break
			}
		}
	}
	return resolved
}

// lookup returns the value of name, or what the file says that NAME_FILE
// names, without the newline that editors leave at its end.
func lookup(name string, environment map[string]string, problems *Problems) (string, bool) {
	value, set := environment[name]
	path, inFile := environment[name+"_FILE"]
	if set && inFile {
		problems.list = append(problems.list, name+" and "+name+"_FILE are both set")
	}
	if set || !inFile {
		return value, set
	}
	content, err := os.ReadFile(path)
	if err != nil {
		problems.list = append(problems.list, name+"_FILE: "+err.Error())
		return "", false
	}
	return strings.TrimRight(string(content), "\r\n"), true
}
