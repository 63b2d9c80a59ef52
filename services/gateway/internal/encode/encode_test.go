package encode

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"pgregory.net/rapid"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	_ "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1" // for its messages
	_ "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"  // for its messages
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// TestAppend_IsProtojson fills every message of the contracts with anything
// that fits and compares byte by byte, blanks apart.
func TestAppend_IsProtojson(t *testing.T) {
	compared := 0
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if !strings.HasPrefix(string(mt.Descriptor().FullName()), "holdfast.") {
			return true
		}
		compared++
		rapid.Check(t, func(t *rapid.T) {
			m := mt.New()
			fillIn(t, m, 0)
			compare(t, m.Interface())
		})
		return true
	})
	if compared < 100 {
		t.Errorf("%d messages were compared, want all of the contracts", compared)
	}
}

type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func compare(t tester, m proto.Message) {
	t.Helper()
	want, wantErr := slow.Marshal(m)
	got, gotErr := Append(nil, m)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("errors %v and %v of %v", gotErr, wantErr, m)
	}
	if wantErr != nil {
		return
	}
	var a, b bytes.Buffer
	if err := json.Compact(&a, want); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if err := json.Compact(&b, got); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if a.String() != b.String() {
		t.Fatalf("%s: protojson says\n%s\nwe say\n%s", m.ProtoReflect().Descriptor().FullName(), a.String(), b.String())
	}
}

// fillIn sets about half of the fields.
func fillIn(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !rapid.Bool().Draw(t, string(f.Name())) || f.IsMap() {
			continue
		}
		switch {
		case f.IsList() && f.Message() != nil:
			for range rapid.IntRange(0, 2).Draw(t, "entries") {
				if depth < 3 {
					fillIn(t, m.Mutable(f).List().AppendMutable().Message(), depth+1)
				}
			}
		case f.IsList():
			for range rapid.IntRange(0, 3).Draw(t, "entries") {
				m.Mutable(f).List().Append(scalar(t, f))
			}
		case f.Message() != nil && depth < 3:
			fillIn(t, m.Mutable(f).Message(), depth+1)
		case f.Message() == nil:
			m.Set(f, scalar(t, f))
		}
	}
}

func scalar(t *rapid.T, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, "text"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32Range(0, 12).Draw(t, "enum")))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int64"))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, "uint32"))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, "uint64"))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.Float64().Draw(t, "double"))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(rapid.Float32().Draw(t, "float"))
	}
	t.Fatalf("the contracts use %s, which this test can't fill", f.Kind())
	return protoreflect.Value{}
}

func TestAppend_EscapesWhatJSONRequires(t *testing.T) {
	for _, s := range []string{
		"", "plain", "quote \" backslash \\ slash /", "\b\f\n\r\t\x00\x1f\x7f", "<&>", "é 漢 😀", "\u2028\u2029", "\xff", "a\xc3",
	} {
		compare(t, &typev1.Money{CurrencyCode: s})
	}
}

func TestAppend_WritesExtremes(t *testing.T) {
	for _, m := range []*commissionv1.Renewal{
		{Seats: math.MaxInt64, TermMonths: math.MinInt32}, {Seats: math.MinInt64, State: 99},
	} {
		compare(t, m)
	}
}
