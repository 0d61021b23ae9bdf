package hooks

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/fhir"
	"rygkort/pathway"
)

// shape is what a member of a request has to be.
type shape int

const (
	ignored  shape = iota // not ours: skipped, whatever it is (R46, V3-38, I-model-5)
	textual               // a string
	numeric               // a number
	object                // an object whose members are read too
	anything              // kept as it stands, for a later look
	record                // a part of the patient's record: package fhir walks over it
)

// shapeOf is what the request says at a place, which is a member's name behind
// those of the objects around it.
func shapeOf(place string) shape {
	switch place {
	case "hook", "hookInstance", "fhirServer",
		"fhirAuthorization.access_token", "fhirAuthorization.token_type",
		"fhirAuthorization.scope", "fhirAuthorization.subject", "fhirAuthorization.patient",
		"context.userId", "context.patientId", "context.encounterId":
		return textual
	case "fhirAuthorization.expires_in":
		return numeric
	case "fhirAuthorization", "context", "prefetch":
		return object
	case "context.selections":
		return anything
	}
	if sourceOf(place) != "" {
		return record
	}
	return ignored
}

// sourceOf is the part of the record that stands at a place.
func sourceOf(place string) pathway.Source {
	if place == "context.draftOrders" {
		return pathway.FromDrafts
	}
	// R29: what is read is what discovery asks for.
	key, found := strings.CutPrefix(place, "prefetch.")
	if i := slices.Index(fhir.Keys(), pathway.Source(key)); found && i >= 0 {
		return fhir.Keys()[i]
	}
	return ""
}

// walk reads a request in one pass. What it keeps are slices of the body: the
// record in prefetch is most of it, is walked over by package fhir where it
// stands, and is not copied.
//
// What is wrong with one member is noted and the walk goes on, so that an
// integrator sees all of it at once and the answer can carry the hookInstance,
// wherever that stands. Only what is not JSON ends it.
//
// Of the members that are read, each may stand once: two values for one
// patientId would leave it to chance which patient is meant. Those that are
// skipped may repeat. Repeated names and wrong UTF-8 inside the record are left
// to package fhir, which sets the one resource aside instead of losing all.
type walk struct {
	body   []byte
	dec    *jsontext.Decoder
	at     string // the place being read
	values map[string]jsontext.Value
	record *fhir.Record
	issues []Issue
}

// What is wrong with a body that may well be JSON.
var (
	errNotObject = errors.New("not an object")
	errTooDeep   = errors.New("nested too deeply")
)

// byteOrderMark is put before JSON by some .NET clients; RFC 8259 lets a reader
// pass over it.
const byteOrderMark = "\ufeff"

// read walks through a body.
func (w *walk) read(body []byte) error {
	w.body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	w.values = map[string]jsontext.Value{}
	w.dec = jsontext.NewDecoder(bytes.NewBuffer(w.body),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

	if kind := w.dec.PeekKind(); kind != '{' {
		if _, err := w.value(); err != nil {
			return err
		}
		return errNotObject
	}
	if err := w.members(""); err != nil {
		return err
	}
	w.at = ""
	if _, err := w.dec.ReadToken(); !errors.Is(err, io.EOF) {
		w.note("", "structure", "something follows the JSON object", "One request is one object and nothing behind it.")
	}
	return nil
}

// members reads the object that comes next.
func (w *walk) members(around string) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' {
		name, err := w.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := w.member(placeOf(around, name.String())); err != nil {
			return err
		}
		w.at = around
	}
	_, err := w.dec.ReadToken()
	return err
}

// placeOf is where a member stands; empty, which is no place we read, for a
// name that only looks like one of an inner object ("context.patientId").
func placeOf(around, name string) string {
	switch {
	case strings.Contains(name, "."):
		return ""
	case around == "":
		return name
	default:
		return around + "." + name
	}
}

// member reads the value that stands at a place.
func (w *walk) member(place string) error {
	w.at = place
	want := shapeOf(place)
	if want == ignored {
		w.at = "" // the client's own name for it may be anything
		_, err := w.value()
		return err
	}
	if _, repeated := w.values[place]; repeated {
		w.note(place, "structure", place+" is given twice", "Give each member once: which of the two is meant cannot be known.")
		_, err := w.value()
		return err
	}
	kind := w.dec.PeekKind()
	switch {
	case want == object && kind == '{':
		w.values[place] = jsontext.Value("{}") // its members stand at their own places
		return w.members(place)
	case want == record:
		w.values[place] = jsontext.Value{byte(kind)} // of which its kind is all that is asked
		return w.record.Walk(sourceOf(place), w.dec, w.body)
	}
	value, err := w.value()
	if err != nil {
		return err
	}
	w.values[place] = value
	if kind != 'n' && !want.fits(kind) {
		w.note(place, "structure", place+" has to be "+want.String(), "")
		w.values[place] = nil // neither a value nor missing
	}
	return nil
}

// value is the value that comes next, whole.
func (w *walk) value() (jsontext.Value, error) {
	value, err := w.dec.ReadValue()
	if err == nil && fhir.TooDeep(value, w.dec.StackDepth()) {
		err = errTooDeep
	}
	end := w.dec.InputOffset()
	return jsontext.Value(w.body[end-int64(len(value)) : end]), err
}

func (s shape) fits(kind jsontext.Kind) bool {
	switch s {
	case textual:
		return kind == '"'
	case numeric:
		return kind == '0'
	case object:
		return kind == '{'
	case anything, record, ignored:
	}
	return true
}

// String is the shape as a refusal names it.
func (s shape) String() string {
	switch s {
	case textual:
		return "a string"
	case numeric:
		return "a number"
	case object:
		return "an object"
	case anything, record, ignored:
	}
	return "anything"
}

// given is the value at a place; null is as good as nothing there. known is
// false where a wrong one is noted already.
func (w *walk) given(place string) (value jsontext.Value, given, known bool) {
	value, came := w.values[place]
	switch {
	case came && value == nil:
		return nil, true, false
	case !came || value.Kind() == 'n':
		return nil, false, true
	default:
		return value, true, true
	}
}

// text is the string at a place. One that is not UTF-8 is noted: an id with a
// replaced letter is another id.
func (w *walk) text(place string) (text string, given, known bool) {
	value, given, known := w.given(place)
	if !given || !known {
		return "", given, known
	}
	plain, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		w.note(place, "structure", place+" is not UTF-8", "")
		return "", true, false
	}
	return string(plain), true, true
}

// note adds to what is wrong.
func (w *walk) note(place, code, what, hint string) {
	w.issues = append(w.issues, Issue{Code: code, Text: what, Hint: hint, Field: place})
}

// notJSON is what is wrong with a body that cannot be walked. It names the
// place and the byte, never what stands there.
func (w *walk) notJSON(err error) Issue {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errNotObject):
		return Issue{Code: "structure", Text: "the body is not a JSON object"}
	case len(bytes.TrimSpace(w.body)) == 0:
		return Issue{Code: "structure", Text: "the body is empty"}
	case errors.Is(err, errTooDeep), fhir.TooDeep(w.body, 0): // it may be that, and break off too
		return Issue{Code: "structure", Text: "the body is nested too deeply", Hint: tooDeep()}
	case errors.As(err, &syntax):
		return Issue{Code: "structure", Text: "the body is not JSON", Hint: syntaxAt(syntax.ByteOffset), Field: w.at}
	default:
		return Issue{Code: "structure", Text: "the body is not JSON", Field: w.at}
	}
}
