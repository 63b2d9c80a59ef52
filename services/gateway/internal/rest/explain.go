package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Texts of errors that grpc-gateway passes on as texts only; own reads them.
const (
	tooLarge   = "the body is too large"
	unreadable = "the body can't be read"
)

// position is where protojson found something wrong. The rest of its texts
// varies, so that nobody compares it.
var position = regexp.MustCompile(`\(line (\d+):(\d+)\)`)

// explain says which field of a body is wrong and what would be right, in the
// form at "field": message.
func explain(body []byte, message protoreflect.MessageDescriptor, err error) error {
	if !json.Valid(body) || !utf8.Valid(body) {
		return errors.New(`at "": the body is not JSON: ` + syntaxOf(body))
	}
	found := position.FindStringSubmatch(err.Error())
	if found == nil {
		return errors.New(`at "": the body does not have the shape that the method takes`)
	}
	path := pathAt(body, offsetOf(body, found[1], found[2]))
	field := strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
	switch {
	case strings.Contains(err.Error(), "unknown field"):
		return fmt.Errorf("at %q: there is no field %s: check its spelling, or leave it out", clip(field), quoted(field))
	case strings.Contains(err.Error(), "duplicate field"):
		return fmt.Errorf("at %q: the field %s is there twice", clip(field), quoted(field))
	case field == "":
		return errors.New(`at "": the body must be ` + expected(message, path))
	default:
		return fmt.Errorf("at %q: the value of %s must be %s", clip(field), quoted(field), expected(message, path))
	}
}

// syntaxOf says where JSON ends to be JSON.
func syntaxOf(body []byte) string {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, new(any)); errors.As(err, &syntax) {
		return fmt.Sprintf("%s (at byte %d)", syntax.Error(), syntax.Offset)
	}
	return "it is not UTF-8"
}

// offsetOf turns a line and a column, in characters from 1, into bytes.
func offsetOf(body []byte, line, column string) int {
	lines, _ := strconv.Atoi(line)
	columns, _ := strconv.Atoi(column)
	at := 0
	for ; lines > 1; lines-- {
		at += bytes.IndexByte(body[at:], '\n') + 1
	}
	for ; columns > 1 && at < len(body); columns-- {
		_, size := utf8.DecodeRune(body[at:])
		at += size
	}
	return at
}

// pathAt names the fields that lead to an offset in valid JSON. Places in lists
// count from 0, as in lines[0].
func pathAt(body []byte, offset int) []string {
	f := finder{d: json.NewDecoder(bytes.NewReader(body)), target: int64(offset)}
	f.d.UseNumber()
	f.value()
	return f.path
}

type finder struct {
	d      *json.Decoder
	target int64
	path   []string
}

// value reads the next value, and reports whether the target is in it.
func (f *finder) value() bool {
	token, err := f.d.Token()
	switch {
	case err != nil || f.d.InputOffset() > f.target:
		return true
	case token == json.Delim('{'):
		return f.object()
	case token == json.Delim('['):
		return f.list()
	}
	return false
}

func (f *finder) object() bool {
	for f.d.More() {
		key, _ := f.d.Token()
		f.path = append(f.path, fmt.Sprint(key))
		if f.d.InputOffset() > f.target || f.value() {
			return true
		}
		f.path = f.path[:len(f.path)-1]
	}
	_, err := f.d.Token()
	return err != nil
}

func (f *finder) list() bool {
	outer := f.path
	for i := 0; f.d.More(); i++ {
		f.path = append(slices.Clone(outer), "["+strconv.Itoa(i)+"]")
		if f.value() {
			return true
		}
	}
	f.path = outer
	_, err := f.d.Token()
	return err != nil
}
