package rpc

import (
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/platform/page"
)

// query is a request for a page of a list.
type query interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// begin returns the size of the page and fills key with where it begins.
func begin(q query, key any) (size int, err error) {
	if size, err = page.Size(q.GetPageSize()); err != nil {
		return 0, err
	}
	return size, page.Decode(q.GetPageToken(), q, key)
}

// cut takes what was read beyond the page off again, and returns the token of
// the next page if there was something.
func cut[T any](q query, found []T, size int, key func(T) any) (shown []T, next string) {
	if len(found) <= size {
		return found, ""
	}
	return found[:size], page.Encode(q, key(found[size-1]))
}

// each converts a list.
func each[T, P any](found []T, to func(T) *P) []*P {
	converted := make([]*P, len(found))
	for i, one := range found {
		converted[i] = to(one)
	}
	return converted
}
