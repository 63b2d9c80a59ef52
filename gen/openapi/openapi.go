// Package openapi holds the OpenAPI document of the REST API, generated from
// the contracts by `make gen`.
package openapi

import _ "embed"

// Document is the merged OpenAPI 3.1 document in JSON.
//
//go:embed openapi.json
var Document []byte
