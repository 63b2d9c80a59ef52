package main

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAdmitNull_WhereTheGatewayShowsIt(t *testing.T) {
	const message, enum = `{"$ref": "#/components/schemas/Size"}`, `{"$ref": "#/components/schemas/Colour"}`
	got := parse(t, `{
	  "Size": {"type": "object"},
	  "Colour": {"type": "string", "enum": ["RED"]},
	  "Shirt": {"type": "object", "required": ["must"], "properties": {
	    "may": {"$ref": "#/components/schemas/Size", "description": "Its size."},
	    "shown": {"allOf": [`+message+`], "readOnly": true},
	    "sold": {"type": "string", "format": "date-time"},
	    "must": `+message+`, "colour": `+enum+`, "name": {"type": "string"}, "sizes": {"type": "array", "items": `+message+`}
	  }},
	  "Either": {"type": "object", "oneOf": [{"properties": {"size": `+message+`}}], "properties": {"size": `+message+`}}
	}`)
	want := parse(t, `{
	  "Size": {"type": "object"},
	  "Colour": {"type": "string", "enum": ["RED"]},
	  "Shirt": {"type": "object", "required": ["must"], "properties": {
	    "may": {"anyOf": [`+message+`, {"type": "null"}], "description": "Its size."},
	    "shown": {"anyOf": [`+message+`, {"type": "null"}], "readOnly": true},
	    "sold": {"type": ["string", "null"], "format": "date-time"},
	    "must": `+message+`, "colour": `+enum+`, "name": {"type": "string"}, "sizes": {"type": "array", "items": `+message+`}
	  }},
	  "Either": {"type": "object", "oneOf": [{"properties": {"size": `+message+`}}], "properties": {"size": `+message+`}}
	}`)
	admitNull(got)
	if !reflect.DeepEqual(got, want) {
		indented, _ := json.MarshalIndent(got, "", "  ")
		t.Errorf("schemas differ from the expected ones:\n%s", indented)
	}
}
