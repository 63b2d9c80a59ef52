// Command thirdparty writes the protos that Holdfast's contracts import but do
// not own (google/api, google/rpc, buf/validate) into the folder it is given.
//
// It prints them from the descriptors that are linked into the Go packages the
// services use anyway. So nothing is fetched from a schema registry, go.sum
// pins what they say, and the contracts are compiled against exactly what the
// services run with.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// Each import registers the descriptors of its package.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/genproto/googleapis/rpc/status"
)

// roots are the packages whose files are wanted. What those files import comes
// along, except for google/protobuf, which every compiler brings itself.
var roots = []protoreflect.FullName{"google.api", "google.rpc", "buf.validate"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "thirdparty:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: thirdparty FOLDER")
	}
	files, err := wanted()
	if err != nil {
		return err
	}
	printer := protoprint.Printer{SortElements: true}
	if err := printer.PrintProtosToFileSystem(files, args[0]); err != nil {
		return fmt.Errorf("print protos to %s: %w", args[0], err)
	}
	return nil
}

// wanted returns every linked-in file of the root packages. It fails when a
// package has none, which means that its import above has gone.
func wanted() ([]protoreflect.FileDescriptor, error) {
	var files []protoreflect.FileDescriptor
	for _, root := range roots {
		before := len(files)
		protoregistry.GlobalFiles.RangeFilesByPackage(root, func(file protoreflect.FileDescriptor) bool {
			files = append(files, file)
			return true
		})
		if len(files) == before {
			return nil, fmt.Errorf("no descriptor of package %s is linked in", root)
		}
	}
	return files, nil
}
