package rest

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// updated is the field of an update that holds the resource, or nil for
// requests of another kind.
func updated(request protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	fields := request.Fields()
	if fields.ByName("update_mask") == nil {
		return nil
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Kind() == protoreflect.MessageKind && !f.IsList() && f.Message().Fields().ByName("etag") != nil {
			return f
		}
	}
	return nil
}

// named puts the fields of an update mask, which clients write as in JSON, into
// the names of the contract.
func named(m protoreflect.Message) {
	request, ok := m.Interface().(interface{ GetUpdateMask() *fieldmaskpb.FieldMask })
	resource := updated(m.Descriptor())
	if !ok || resource == nil {
		return
	}
	paths := request.GetUpdateMask().GetPaths()
	for i, path := range paths {
		paths[i] = inContract(resource.Message(), path)
	}
}

// inContract leaves a path as it is that leads to no field: the service refuses
// it.
func inContract(m protoreflect.MessageDescriptor, path string) string {
	words := strings.Split(path, ".")
	for i, word := range words {
		f := fieldNamed(m, word)
		if f == nil {
			return path
		}
		words[i], m = string(f.Name()), f.Message()
	}
	return strings.Join(words, ".")
}
