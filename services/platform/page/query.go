package page

import "google.golang.org/protobuf/proto"

// Query is a request for a page of a list.
type Query interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// Begin returns the size of the page and fills key with where it begins.
func Begin(q Query, key any) (size int, err error) {
	if size, err = Size(q.GetPageSize()); err != nil {
		return 0, err
	}
	return size, Decode(q.GetPageToken(), q, key)
}

// Cut takes what was read beyond the page off again, and returns the token of
// the next page if there was something.
func Cut[T any](q Query, found []T, size int, key func(T) any) (shown []T, next string) {
	if len(found) <= size {
		return found, ""
	}
	return found[:size], Encode(q, key(found[size-1]))
}
