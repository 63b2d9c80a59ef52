// Command openapi finishes the OpenAPI documents that the generator made, one
// per proto, in place and before they are merged. It says what the generator
// cannot know: the gateway answers errors as problem documents, it takes
// request_id and etag from headers, and several packages have a service of the
// same name. It adds the examples of examples.json, by operation; a test of the
// gateway runs them.
//
//	openapi FOLDER/holdfast/customer/v1/customer.openapi.json …
//	openapi base
//
// The second form prints the document that is merged first: title, security
// schemes and the components that the finished documents refer to.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed base.json
var base []byte

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: openapi base | FILE …")
	}
	if args[0] == "base" {
		_, err := os.Stdout.Write(base)
		return err
	}
	for _, path := range args {
		if err := rewrite(path); err != nil {
			return fmt.Errorf("finish %s: %w", path, err)
		}
	}
	return nil
}

// rewrite finishes one document. Its folder tells the package: customer for
// holdfast/customer/v1.
func rewrite(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document object
	if err := json.Unmarshal(content, &document); err != nil {
		return err
	}
	finish(filepath.Base(filepath.Dir(filepath.Dir(path))), document)
	if content, err = json.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
