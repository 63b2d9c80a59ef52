// Package page makes the page tokens of list methods.
//
// A token holds the key of the last row of its page and a digest of the query
// it belongs to, so that the next page continues the same list and a token of
// another query is refused. It is no secret and grants nothing: what a caller
// may see is decided anew for every page.
package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-channel/holdfast/services/platform/digest"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

const (
	defaultSize = 50
	maxSize     = 1000
)

var (
	// ErrSizeInvalid is returned for a negative page size.
	ErrSizeInvalid = fault.New("PAGE_SIZE_INVALID", "page_size must not be negative")
	// ErrTokenInvalid is returned for a token that this query did not give.
	ErrTokenInvalid = fault.New("PAGE_TOKEN_INVALID",
		"page_token must be the next_page_token of the same query, with everything but page_size unchanged")
)

// Size returns the number of rows to read: 50 for 0, at most 1,000, and
// ErrSizeInvalid for a negative number.
func Size(requested int32) (int, error) {
	switch {
	case requested < 0:
		return 0, ErrSizeInvalid.Because(fmt.Sprintf("page_size is %d; leave it out or ask for 1 to %d", requested, maxSize)).On("page_size")
	case requested == 0:
		return defaultSize, nil
	default:
		return min(int(requested), maxSize), nil
	}
}

type token struct {
	Query []byte          `json:"q"`
	Key   json.RawMessage `json:"k"`
}

// Encode returns the token of the page after the row with key, a struct that
// JSON can express. It panics where JSON cannot, or query is no valid message:
// both are mistakes in the program.
func Encode(query proto.Message, key any) string {
	content, err := json.Marshal(key)
	if err != nil {
		panic(fmt.Sprintf("page key %T: %v", key, err))
	}
	text, err := json.Marshal(token{Query: identify(query), Key: content})
	if err != nil {
		panic(fmt.Sprintf("page token: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Decode fills key, a pointer, from the token of query and leaves it alone for
// the empty token of a first page. It returns ErrTokenInvalid for any token
// that Encode did not make for the same query.
func Decode(encoded string, query proto.Message, key any) error {
	if encoded == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return ErrTokenInvalid.On("page_token")
	}
	var t token
	if strict(text, &t) != nil || !bytes.Equal(t.Query, identify(query)) || strict(t.Key, key) != nil {
		return ErrTokenInvalid.On("page_token")
	}
	return nil
}

// identify returns what is the same for all pages of a query.
func identify(query proto.Message) []byte {
	sum, err := digest.Of(query, "page_token", "page_size")
	if err != nil {
		panic(err.Error())
	}
	return sum[:16]
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
