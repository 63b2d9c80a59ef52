// Package ident makes the identifiers of Holdfast's own resources.
//
// An id is a prefix that tells people what it names and 26 characters that
// are a version 7 UUID in lower-case base32 (digits first, so that the text
// sorts as the bytes do): cus_06d9k4v0q1ni7b2rj5c8t3mh1g. Ids made later sort
// later, which keeps index inserts on the right-hand page; nothing else may be
// read from them.
package ident

import (
	"encoding/base32"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// sortable is base32 with the alphabet in ASCII order.
var sortable = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// New returns a new id that starts with prefix, such as "cus_". Ids of one
// process are strictly increasing. It panics if the machine has no source of
// randomness.
func New(prefix string) string {
	id := uuid.Must(uuid.NewV7())
	return written(prefix, id)
}

// Since returns a text that sorts before every id with prefix that was made less
// than age ago, on any machine whose clock is right, and after the older ones.
func Since(prefix string, age time.Duration) string {
	var earliest [8]byte
	binary.BigEndian.PutUint64(earliest[:], uint64(time.Now().Add(-age).UnixMilli())<<16) // a UUID begins with 48 bits of milliseconds
	var id uuid.UUID
	copy(id[:], earliest[:])
	return written(prefix, id)
}

func written(prefix string, id uuid.UUID) string {
	text := make([]byte, 0, len(prefix)+26)
	text = append(text, prefix...)
	return string(sortable.AppendEncode(text, id[:]))
}
