package main

import (
	"slices"
	"strings"
)

// admitNull says where null may stand: the gateway shows an empty message or
// instant as null. What is required is never empty, and of alternatives only
// the one that was chosen is shown.
func admitNull(schemas object) {
	for _, schema := range schemas {
		required, _ := schema.(object)["required"].([]any)
		for name, property := range child(schema.(object), "properties") {
			if !slices.Contains(required, any(name)) && !isAlternative(schema.(object), name) {
				orNull(schemas, property.(object))
			}
		}
	}
}

// orNull widens the schema of a property that is a message or an instant.
func orNull(schemas, property object) {
	if property["format"] == "date-time" {
		property["type"] = []any{"string", "null"}
		return
	}
	ref, key := property["$ref"], "$ref"
	if all, _ := property["allOf"].([]any); len(all) == 1 {
		ref, key = all[0].(object)["$ref"], "allOf"
	}
	name, _ := ref.(string)
	if child(schemas, name[strings.LastIndex(name, "/")+1:])["type"] != "object" {
		return // an enum, or no reference at all
	}
	delete(property, key)
	property["anyOf"] = []any{object{"$ref": ref}, object{"type": "null"}}
}

func isAlternative(schema object, name string) bool {
	alternatives, _ := schema["oneOf"].([]any)
	return slices.ContainsFunc(alternatives, func(a any) bool {
		_, ok := child(a.(object), "properties")[name]
		return ok
	})
}
