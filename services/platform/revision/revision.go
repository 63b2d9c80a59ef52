// Package revision counts the changes of a resource, so that nobody overwrites
// what they have not seen.
//
// A resource begins at revision 1 and gains one with every change. What a
// caller reads is its etag; what a caller sends back with a change must be the
// etag of the revision that the change is made on.
package revision

import (
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrMismatch is returned for a change to a resource that has changed since
// the caller read it.
var ErrMismatch = fault.New("ETAG_MISMATCH", "the resource has changed since it was read")

// Number is how often a resource was written.
type Number int64

// Etag is the number as callers see it.
func (n Number) Etag() string { return strconv.FormatInt(int64(n), 10) }

// Check returns ErrMismatch if etag is that of another revision. An empty
// etag matches all: the caller does not ask.
func (n Number) Check(etag string) error {
	if etag == "" || etag == n.Etag() {
		return nil
	}
	return ErrMismatch.Because("the resource is at etag "+n.Etag()+" by now; read it again", "etag", n.Etag()).On("etag")
}
