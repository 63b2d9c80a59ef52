// Package digest names a protobuf message by what it says.
//
// JSON of the same message differs between builds and is never hashed; the
// deterministic binary form is stable within a [Version] of this package, which
// goes wherever a digest is stored.
package digest

import (
	"crypto/sha256"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Version changes when the same message would get another digest.
const Version = 1

// Of returns the SHA-256 of m's full name and content, without the named
// fields of its top level. Names that m does not have are ignored.
func Of(m proto.Message, without ...protoreflect.Name) ([]byte, error) {
	name := m.ProtoReflect().Descriptor().FullName()
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(clear(m, without))
	if err != nil {
		return nil, fmt.Errorf("digest of %s: %w", name, err)
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\n", name) // a hash takes everything
	_, _ = h.Write(content)
	return h.Sum(nil), nil
}

// clear returns m without the named fields: a copy where it has any of them,
// because a request may be read by others at the same time.
func clear(m proto.Message, names []protoreflect.Name) proto.Message {
	original, reduced := m.ProtoReflect(), m
	for _, name := range names {
		field := original.Descriptor().Fields().ByName(name)
		if field == nil || !original.Has(field) {
			continue
		}
		if reduced == m {
			reduced = proto.Clone(m)
		}
		reduced.ProtoReflect().Clear(field)
	}
	return reduced
}
