package fhir

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"hash/maphash"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	model "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// decoder reads resources into the typed models without losing a whole one to
// a single odd member. What it had to mend or drop it notes by JSON pointer.
//
// It holds its options, since building them costs as much as reading with
// them, and is pooled for the same reason.
type decoder struct {
	options json.Options
	mended  json.Options // the same for a resource with a member given twice
	notes   []Note
	twice   bool // the resource has one: which of the two is meant cannot be known
	lenient json.Options
	inner   jsontext.Decoder // goes over values that a walk has passed
	buffer  bytes.Buffer
	all     []*resource
	seen    map[uint64]int
	seed    maphash.Seed
}

// over begins a walk over a value; it ends with the beginning of the next.
func (d *decoder) over(raw jsontext.Value) *walker {
	d.buffer = *bytes.NewBuffer(raw)
	d.inner.Reset(&d.buffer, d.lenient)
	return &walker{dec: &d.inner, raw: raw}
}

// rest puts the decoder back. What waits in the pool holds on to no record,
// and to no more room than an ordinary one takes.
func (d *decoder) rest() {
	d.over(nil)
	if clear(d.all[:cap(d.all)]); cap(d.all) > 1<<10 {
		d.all, d.seen = nil, map[uint64]int{}
	}
	clear(d.seen)
	d.notes = nil
	decoders.Put(d)
}

// maxMends bounds how often one resource is mended and read again.
const maxMends = 32

// dropped is what is noted of a member that could not be read in any way.
const dropped = "dropped: wrong type"

// coded is what every code type of the models has: a number in Go, a word in
// JSON, and an UnmarshalJSON that refuses words of another release.
type coded interface {
	UnmarshalJSON([]byte) error
	Code() string
	Display() string
}

var decoders = sync.Pool{New: func() any { return newDecoder() }}

func newDecoder() *decoder {
	d := &decoder{lenient: lenient(), seen: map[uint64]int{}, seed: maphash.MakeSeed()}
	d.options = json.JoinOptions(
		json.WithUnmarshalers(json.JoinUnmarshalers(
			json.UnmarshalFromFunc(d.unmarshalCode),
			json.UnmarshalFromFunc(d.unmarshalNumber),
			listOf[model.Coding](d),
			listOf[model.CodeableConcept](d),
			listOf[model.Reference](d),
			listOf[model.ObservationComponent](d),
			unread[*model.Meta](),
			unread[*model.Narrative](),
			unread[[]model.Identifier](),
			unread[[]model.Extension](),
			unread[[]model.Annotation](),
			unread[[]model.EncounterParticipant](),
		)),
		jsontext.AllowInvalidUTF8(true),
	)
	d.mended = json.JoinOptions(d.options, jsontext.AllowDuplicateNames(true))
	return d
}

// listOf reads a list of T, or the one T that stands in its place: a client
// that writes objects for lists does so everywhere, and more often than mend
// would bear.
func listOf[T any](d *decoder) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(dec *jsontext.Decoder, target *[]T) error {
		if dec.PeekKind() != '{' {
			return errors.ErrUnsupported // a list, as it should be: read as usual
		}
		d.note(string(dec.StackPointer()), "a single value where a list belongs")
		*target = make([]T, 1)
		return json.UnmarshalDecode(dec, &(*target)[0])
	})
}

// unread passes over members of a type from which no fact is read: they cost
// no memory, and whatever is odd in them is in nobody's way.
func unread[T any]() *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(dec *jsontext.Decoder, _ *T) error { return new(skipped).UnmarshalJSONFrom(dec) })
}

// skipped does the same for a single member: it stands in the place of the
// model's.
type skipped struct{}

// UnmarshalJSONFrom passes over the value.
func (*skipped) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	_, err := dec.ReadValue()
	return err
}

// plain is what a JSON string says, nothing for any other value. It is a part
// of the value itself, so that a look costs no memory, unless the string is
// written with escapes.
func plain(v jsontext.Value) []byte {
	if len(v) < 2 || v[0] != '"' {
		return nil
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	unquoted, _ := jsontext.AppendUnquote(nil, v) // broken UTF-8 is replaced, and no reason to lose the rest
	return unquoted
}

// text is what a JSON string says, as a string of its own.
func text(v jsontext.Value) string { return string(plain(v)) }

// unmarshalCode reads a code; one that the release does not know becomes −1
// instead of sinking the resource.
func (d *decoder) unmarshalCode(dec *jsontext.Decoder, target coded) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if v.Kind() == '"' {
		if bytes.IndexByte(v, '\\') >= 0 { // the models do not undo escapes
			v = []byte(`"` + text(v) + `"`)
		}
		if target.UnmarshalJSON(v) == nil {
			return nil
		}
	}
	reflect.ValueOf(target).Elem().SetInt(-1)
	if v.Kind() != 'n' {
		d.note(string(dec.StackPointer()), "unknown code")
	}
	return nil
}

// unmarshalNumber reads a decimal, also one written as a string.
func (d *decoder) unmarshalNumber(dec *jsontext.Decoder, target *stdjson.Number) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	_, wrong := strconv.ParseFloat(text(v), 64)
	switch kind := v.Kind(); {
	case kind == '0':
		*target = stdjson.Number(v)
	case kind == '"' && wrong == nil:
		*target = stdjson.Number(text(v))
		d.note(string(dec.StackPointer()), "a number written as a string")
	case kind != 'n':
		d.note(string(dec.StackPointer()), "not a number")
	}
	return nil
}

// lost reports whether the value of a member whose pointer begins so could not
// be read.
func (d *decoder) lost(pointer string) bool {
	return slices.ContainsFunc(d.notes, func(n Note) bool { return n.What == dropped && strings.HasPrefix(n.Pointer, pointer) })
}

func (d *decoder) note(pointer, what string) {
	d.notes = append(d.notes, Note{Pointer: pointer, What: what})
}

// decode fills v, a pointer to a model. A member of the wrong shape is read
// another way where its meaning is plain, else dropped.
func decode[T any](d *decoder, raw jsontext.Value) (T, error) {
	d.notes, d.twice = d.notes[:0], false
	for range maxMends {
		var v T
		before := len(d.notes)
		options := d.options
		if d.twice {
			options = d.mended
		}
		err := json.Unmarshal(raw, &v, options)
		if err == nil {
			return v, nil
		}
		d.notes = d.notes[:before] // the next round notes them again
		if errors.Is(err, jsontext.ErrDuplicateName) && !d.twice {
			d.note("", "a member given twice")
			d.twice = true
			continue
		}
		var wrong *json.SemanticError
		if !errors.As(err, &wrong) || wrong.JSONPointer == "" {
			return v, err
		}
		mended, what, ok := mend(raw, wrong)
		if !ok {
			return v, err
		}
		d.note(string(wrong.JSONPointer), what)
		raw = mended
	}
	var none T
	return none, errShape
}

// mend replaces the value that an error points at: by the list, the first
// element, the number, boolean or string that it plainly stands for, else by
// null.
func mend(raw jsontext.Value, wrong *json.SemanticError) (mended jsontext.Value, what string, ok bool) {
	start, end, ok := locateValue(raw, wrong.JSONPointer)
	if !ok || string(raw[start:end]) == "null" {
		return nil, "", false
	}
	value := raw[start:end]
	replacement, what := []byte("null"), dropped
	wanted := wrong.GoType
	for wanted != nil && wanted.Kind() == reflect.Pointer {
		wanted = wanted.Elem()
	}
	if wanted != nil {
		if better, how := readAs(wanted.Kind(), value); better != nil {
			replacement, what = better, how
		}
	}
	return bytes.Join([][]byte{raw[:start], replacement, raw[end:]}, nil), what, true
}

// readAs is the value in the kind that is wanted, where its meaning is plain.
func readAs(wanted reflect.Kind, value jsontext.Value) (better []byte, how string) {
	kind := value.Kind()
	switch {
	case wanted == reflect.Slice && kind != '[' && kind != 'n':
		return bytes.Join([][]byte{[]byte("["), value, []byte("]")}, nil), "a single value where a list belongs"
	case wanted == reflect.Struct && kind == '[':
		var elements []jsontext.Value
		if json.Unmarshal(value, &elements, lenient()) == nil && len(elements) > 0 && elements[0].Kind() == '{' {
			return elements[0], "a list where a single value belongs: the first one is read"
		}
	case wanted == reflect.String && kind == '0':
		return []byte(strconv.Quote(string(value))), "a number where a string belongs"
	case wanted == reflect.Int && kind == '"':
		if _, err := strconv.Atoi(text(value)); err == nil {
			return []byte(text(value)), "a number written as a string"
		}
	case wanted == reflect.Int && kind == '0':
		// As with quantities, a part of a whole is rounded down.
		if f, err := strconv.ParseFloat(string(value), 64); err == nil && math.Abs(f) < 1e9 {
			return strconv.AppendInt(nil, int64(math.Floor(f)), 10), "a decimal where a whole number belongs"
		}
	case wanted == reflect.Bool && kind == '"':
		if word := text(value); word == "true" || word == "false" {
			return []byte(word), "a boolean written as a string"
		}
	}
	return nil, ""
}

// locateValue finds the bytes of the value that a JSON pointer names.
func locateValue(raw jsontext.Value, pointer jsontext.Pointer) (start, end int64, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient())
	for {
		if kind := dec.PeekKind(); kind == 0 {
			return 0, 0, false
		}
		at := dec.StackPointer()
		kind := dec.PeekKind()
		_, length := dec.StackIndex(dec.StackDepth())
		parent, _ := dec.StackIndex(dec.StackDepth())
		isName := parent == '{' && length%2 == 0
		if !isName && kind != '}' && kind != ']' && nextPointer(at, parent, length) == pointer {
			v, err := dec.ReadValue()
			if err != nil {
				return 0, 0, false
			}
			end = dec.InputOffset()
			return end - int64(len(v)), end, true
		}
		if _, err := dec.ReadToken(); err != nil {
			return 0, 0, false
		}
	}
}

// nextPointer is the pointer of the value that is about to be read: the
// decoder's own names the last one that was.
func nextPointer(last jsontext.Pointer, parent jsontext.Kind, length int64) jsontext.Pointer {
	switch {
	case parent != '[':
		return last // behind a name, the pointer is already the member's
	case length == 0:
		return last.AppendToken("0")
	default:
		return last.Parent().AppendToken(strconv.FormatInt(length, 10))
	}
}
