package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

type object = map[string]any

// headers are the request fields that travel as headers by REST, and the
// component of the base document that describes each header.
var headers = []struct{ field, component string }{
	{"requestId", "IdempotencyKey"},
	{"etag", "IfMatch"},
}

// nested matches a path parameter that is bound to a field of the body, such as
// {customer.customer_id}.
var nested = regexp.MustCompile(`\{[^}]+\.([^}.]+)\}`)

// finish changes the document of a package in place: its tags, its schemas and
// every operation. Methods on one path must share its parameters' names, so nested
// ones lose their prefix.
func finish(pkg string, document object) {
	tags, _ := document["tags"].([]any)
	for _, tag := range tags {
		tag.(object)["name"] = pkg + "." + tag.(object)["name"].(string)
	}
	schemas := child(child(document, "components"), "schemas")
	admitNull(schemas)
	delete(schemas, fileSchema) // nobody sees it
	finished := object{}
	for path, operations := range child(document, "paths") {
		name := nested.ReplaceAllString(path, "{$1}")
		if _, ok := finished[name]; !ok {
			finished[name] = object{}
		}
		for method, operation := range operations.(object) {
			qualify(pkg, operation.(object))
			finishOperation(method, operation.(object))
			download(operation.(object))
			exemplify(operation.(object))
			unlock(operation.(object))
			finished[name].(object)[method] = operation
		}
	}
	document["paths"] = finished
}

// qualify names an operation and its tags with their package, since every
// service has an EventService.
func qualify(pkg string, operation object) {
	operation["operationId"] = pkg + "." + operation["operationId"].(string)
	tags := operation["tags"].([]any)
	for i, tag := range tags {
		tags[i] = pkg + "." + tag.(string)
	}
}

func finishOperation(method string, operation object) {
	child(operation, "responses")["default"] = reference("responses", "Problem")
	parameters, _ := operation["parameters"].([]any)
	for _, parameter := range parameters {
		shorten(parameter.(object))
	}
	for _, header := range headers {
		before := len(parameters)
		parameters = slices.DeleteFunc(parameters, func(parameter any) bool {
			return parameter.(object)["in"] == "query" && parameter.(object)["name"] == header.field
		})
		moved := len(parameters) < before || dropProperty(bodySchema(operation), header.field)
		// A resource sent as the whole body keeps its own etag; the header may
		// carry it instead.
		if moved || method == "patch" && header.field == "etag" {
			parameters = append(parameters, reference("parameters", header.component))
		}
	}
	if len(parameters) > 0 {
		operation["parameters"] = parameters
	} else {
		delete(operation, "parameters")
	}
}

// fileSchema is the message that the gateway serves as the file itself.
const fileSchema = "holdfast.type.v1.File"

// download describes the answer of an operation that is a file.
func download(operation object) {
	answer := child(child(operation, "responses"), "200")
	schema := child(child(child(answer, "content"), "application/json"), "schema")
	if schema["$ref"] != "#/components/schemas/"+fileSchema {
		return
	}
	answer["description"] = "The file."
	answer["content"] = object{"*/*": object{"schema": object{"type": "string", "format": "binary"}}}
	answer["headers"] = object{"Content-Disposition": object{
		"description": "What to call the file, such as attachment; filename=statement.csv.", "schema": object{"type": "string"},
	}}
}

//go:embed examples.json
var examplesText []byte

// examples are requests and responses by operation.
var examples = readExamples()

type example struct {
	Query             map[string]any
	Request, Response any
}

func readExamples() map[string]example {
	var all map[string]example
	if err := json.Unmarshal(examplesText, &all); err != nil {
		panic(fmt.Sprintf("examples.json: %v", err)) // it is part of the binary, and tested
	}
	return all
}

// exemplify adds an operation's examples, if there are any.
func exemplify(operation object) {
	e := examples[operation["operationId"].(string)]
	parameters, _ := operation["parameters"].([]any)
	for _, parameter := range parameters {
		if value := e.Query[fmt.Sprint(parameter.(object)["name"])]; value != nil {
			parameter.(object)["example"] = value
		}
	}
	if body := child(child(child(operation, "requestBody"), "content"), "application/json"); e.Request != nil {
		body["example"] = e.Request
	}
	answer := child(child(operation, "responses"), "200")
	if body := child(child(answer, "content"), "application/json"); e.Response != nil {
		body["example"] = e.Response
	}
}

// anonymous are the operations that ask for no token, of which the generator
// knows nothing. A test of the gateway holds them against the contracts.
var anonymous = []string{
	"partner.TransferService_GetConsent", "partner.TransferService_GiveConsent",
	"customer.ExperienceService_GetSurvey", "customer.ExperienceService_SubmitSurveyResponse", "customer.ExperienceService_LeaveSurveys",
}

// unlock says of an anonymous operation that it asks for no token.
func unlock(operation object) {
	if slices.Contains(anonymous, operation["operationId"].(string)) {
		operation["security"] = []any{}
	}
}

// shorten cuts a nested path parameter's name as its path is cut.
func shorten(parameter object) {
	if name, ok := parameter["name"].(string); ok && parameter["in"] == "path" {
		parameter["name"] = name[strings.LastIndex(name, ".")+1:]
	}
}

// bodySchema returns the schema of the request body, and an empty one where
// there is no body.
func bodySchema(operation object) object {
	content := child(child(operation, "requestBody"), "content")
	return child(child(content, "application/json"), "schema")
}

// dropProperty removes a property and tells whether it was there.
func dropProperty(schema object, name string) bool {
	properties := child(schema, "properties")
	if _, ok := properties[name]; !ok {
		return false
	}
	delete(properties, name)
	required, _ := schema["required"].([]any)
	required = slices.DeleteFunc(required, func(field any) bool { return field == name })
	if len(required) == 0 {
		delete(schema, "required")
	} else {
		schema["required"] = required
	}
	return true
}

// child returns the object at a key, and an empty one, not attached, where
// there is none.
func child(parent object, key string) object {
	if value, ok := parent[key].(object); ok {
		return value
	}
	return object{}
}

func reference(kind, name string) object {
	return object{"$ref": "#/components/" + kind + "/" + name}
}
