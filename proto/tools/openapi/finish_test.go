package main

import (
	"encoding/json"
	"reflect"
	"testing"
)

const update = `{
  "tags": [{"name": "ThingService"}],
  "paths": {
    "/v1/things/{thing_id}": {
      "delete": {
        "operationId": "ThingService_DeleteThing",
        "tags": ["ThingService"],
        "parameters": [
          {"in": "path", "name": "thing_id"},
          {"in": "query", "name": "etag"},
          {"in": "query", "name": "requestId"}
        ],
        "responses": {"200": {}}
      }
    },
    "/v1/things/{thing.thing_id}": {
      "patch": {
        "operationId": "ThingService_UpdateThing",
        "tags": ["ThingService"],
        "parameters": [{"in": "path", "name": "thing.thing_id"}],
        "requestBody": {"content": {"application/json": {"schema": {
          "properties": {"requestId": {}, "size": {}},
          "required": ["requestId"]
        }}}},
        "responses": {"200": {}}
      }
    }
  }
}`

const finished = `{
  "tags": [{"name": "shop.ThingService"}],
  "paths": {
    "/v1/things/{thing_id}": {
      "delete": {
        "operationId": "shop.ThingService_DeleteThing",
        "tags": ["shop.ThingService"],
        "parameters": [
          {"in": "path", "name": "thing_id"},
          {"$ref": "#/components/parameters/IdempotencyKey"},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "responses": {"200": {}, "default": {"$ref": "#/components/responses/Problem"}}
      },
      "patch": {
        "operationId": "shop.ThingService_UpdateThing",
        "tags": ["shop.ThingService"],
        "parameters": [
          {"in": "path", "name": "thing_id"},
          {"$ref": "#/components/parameters/IdempotencyKey"},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "requestBody": {"content": {"application/json": {"schema": {
          "properties": {"size": {}}
        }}}},
        "responses": {"200": {}, "default": {"$ref": "#/components/responses/Problem"}}
      }
    }
  }
}`

func TestFinish_MovesHeadersAndJoinsPaths(t *testing.T) {
	got, want := parse(t, update), parse(t, finished)
	finish("shop", got)
	if !reflect.DeepEqual(got, want) {
		indented, _ := json.MarshalIndent(got, "", "  ")
		t.Errorf("finished document differs from the expected one:\n%s", indented)
	}
}

func TestFinish_DescribesAFileAsOne(t *testing.T) {
	got := parse(t, `{
  "tags": [],
  "components": {"schemas": {"holdfast.type.v1.File": {"type": "object"}, "Other": {"type": "object"}}},
  "paths": {"/v1/things/{thing_id}:export": {"get": {
    "operationId": "ThingService_ExportThing", "tags": [],
    "responses": {"200": {"description": "A file.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/holdfast.type.v1.File"}}}}}
  }}}
}`)
	finish("shop", got)
	answer := child(child(child(child(child(got, "paths"), "/v1/things/{thing_id}:export"), "get"), "responses"), "200")
	want := object{"*/*": object{"schema": object{"type": "string", "format": "binary"}}}
	if !reflect.DeepEqual(answer["content"], want) || child(answer, "headers")["Content-Disposition"] == nil {
		t.Errorf("the answer is described as %v", answer)
	}
	if schemas := child(child(got, "components"), "schemas"); schemas["holdfast.type.v1.File"] != nil || schemas["Other"] == nil {
		t.Errorf("the schemas are %v", schemas)
	}
}

func TestBase_HasEveryComponentThatIsReferredTo(t *testing.T) {
	components := child(parse(t, string(base)), "components")
	for _, header := range headers {
		if len(child(child(components, "parameters"), header.component)) == 0 {
			t.Errorf("the base document lacks the parameter %s", header.component)
		}
	}
	if len(child(child(components, "responses"), "Problem")) == 0 {
		t.Error("the base document lacks the response Problem")
	}
}

func TestExamples_AreAdded(t *testing.T) {
	operation := parse(t, `{
	  "operationId": "commission.RenewalService_SubmitRenewal",
	  "requestBody": {"content": {"application/json": {"schema": {}}}},
	  "responses": {"200": {"content": {"application/json": {"schema": {}}}}}
	}`)
	exemplify(operation)
	request := child(child(child(operation, "requestBody"), "content"), "application/json")["example"]
	response := child(child(child(child(operation, "responses"), "200"), "content"), "application/json")["example"]
	if request == nil || response == nil {
		t.Errorf("request %v, response %v: want both examples", request, response)
	}
}

func TestFinish_AsksForNoTokenWhereTheContractAsksForNone(t *testing.T) {
	for id, want := range map[string]string{
		"partner.TransferService_GetConsent":  `{"operationId": "partner.TransferService_GetConsent", "security": []}`,
		"partner.TransferService_GetTransfer": `{"operationId": "partner.TransferService_GetTransfer"}`,
	} {
		operation := object{"operationId": id}
		unlock(operation)
		if !reflect.DeepEqual(operation, parse(t, want)) {
			t.Errorf("%s becomes %v", id, operation)
		}
	}
}

func parse(t *testing.T, text string) object {
	t.Helper()
	var document object
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}
