package fhir

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// resource is one resource as it stands in the data: its bytes, and where in
// them the few members are that say whether it is worth decoding. Nothing of
// it is copied.
type resource struct {
	source    pathway.Source
	raw       jsontext.Value // the whole resource
	start     int64          // where it begins in what was walked
	kind      string         // resourceType; empty where it is missing
	id        span
	status    span
	code      span
	meta      span
	subject   span // the reference to whom it is about
	component span
	seen      glance // at its code
	contained bool
	deep      bool     // nested beyond MaxDepth
	foreign   bool     // about another patient
	home      []byte   // the server that fullUrl names
	masked    []string // dates given only by their extension: "_birthDate"
	again     bool     // another version of it stays beside it
	named     string   // its relative reference, once it has been asked for
}

// span is where a value stands in what was walked.
type span struct{ from, to int64 }

// at is the value of a span; nothing where the member is missing.
func (r *resource) at(s span) jsontext.Value {
	if s.to == 0 {
		return nil
	}
	return r.raw[s.from-r.start : s.to-r.start]
}

// is reports whether the resource is of that type.
func (r *resource) is(kind string) bool { return r.kind == kind }

// reference is the resource's relative reference, "Observation/42".
func (r *resource) reference() string {
	if r.named == "" && r.kind != "" {
		if id := plain(r.at(r.id)); len(id) > 0 {
			r.named = r.kind + "/" + string(id)
		}
	}
	return r.named
}

// errShape says that a value cannot be walked; it names no place, since the
// place is the whole value.
var errShape = errors.New("not a resource, a Bundle or a list")

// walker reads one value in a single pass.
type walker struct {
	dec     *jsontext.Decoder
	raw     []byte // all that dec reads
	outside int    // levels around the value
	source  pathway.Source
	terms   *Terminology
	search  bool // members that only Bundles have were seen
	deep    bool // something was nested too deeply
	found   *part
}

// lenient are the options under which a record is walked: what is odd in one
// resource must not hide another.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// part finds the resources in a value: of a Bundle, of a list, or the one that
// it is.
func (w *walker) part() error {
	switch w.dec.PeekKind() {
	case '{':
		before := len(w.found.entries)
		err := w.top()
		w.found.outcome = w.found.outcome ||
			!w.search && len(w.found.entries) == before+1 && w.found.entries[before].is("OperationOutcome")
		return err
	case '[':
		return w.elements(w.top, w.other) // in a list, what is no resource is one of many
	case 'n':
		w.found.null = true
		return w.skip()
	default:
		w.found.err = errShape
		return w.skip()
	}
}

// top reads an object that is a resource or a Bundle by itself.
func (w *walker) top() error {
	before := len(w.found.entries)
	w.search = false
	r, err := w.object(w.bundleMember)
	if err != nil {
		return err
	}
	if r.is("Bundle") || r.kind == "" && w.search { // a Bundle, or one that forgot to say so
		return nil
	}
	w.found.entries = w.found.entries[:before] // another type's entries hold no resources
	w.keep(&r)
	return nil
}

// keep takes a resource as found, if it says what it is. A Bundle inside
// another is none of those that are read.
func (w *walker) keep(r *resource) {
	if r.kind == "" || r.is("Bundle") {
		w.lost()
		return
	}
	if len(w.found.entries) >= maxEntries {
		w.found.more = true
		return
	}
	w.found.entries = append(w.found.entries, *r)
}

// maxEntries is how many resources of a key are kept. Beyond, the key is cut
// short: a body of nothing but tiny entries must not grow in memory.
const maxEntries = 20_000

// maxNamed bounds how many places of one value are named: a body of nothing
// but odd places must not grow in memory.
const maxNamed = 100

// lost counts what is no resource where one belongs, so that it never passes
// for nothing there.
func (w *walker) lost() {
	if w.found.lost++; w.found.lost <= maxNamed {
		w.note("not a resource where one belongs")
	}
}

// other passes over what is no object where a resource belongs.
func (w *walker) other() error {
	err := w.skip()
	w.lost()
	return err
}

// bundleMember reads the members that only Bundles have.
func (w *walker) bundleMember(name []byte) (bool, error) {
	switch string(name) {
	case "entry":
		w.search = true
		if w.dec.PeekKind() == '{' {
			w.note("a single entry where a list belongs")
		}
		return true, w.each(w.entry, w.other)
	case "link":
		return true, w.each(w.link, w.skip)
	case "total":
		w.search = true
		v, err := w.leaf()
		digits := w.raw[v.from:v.to]
		if len(digits) > 0 && digits[0] == '"' {
			digits = plain(digits)
		}
		if total, wrong := strconv.ParseFloat(string(digits), 64); wrong == nil && total == math.Trunc(total) {
			w.found.total = total
		}
		return true, err
	default:
		return false, nil
	}
}

// entry reads one Bundle.entry.
func (w *walker) entry() error {
	from, lost := len(w.found.entries), w.found.lost
	var fullURL span
	err := w.members(func(name []byte) (read bool, err error) {
		switch string(name) {
		case "resource":
			err = w.each(w.resource, w.other)
		case "fullUrl":
			fullURL, err = w.leaf()
		default:
			return false, nil
		}
		return true, err
	})
	found := w.found.entries[from:]
	for i := range found {
		found[i].home = home(plain(w.raw[fullURL.from:fullURL.to]))
	}
	if err == nil && len(found) == 0 && w.found.lost == lost {
		w.lost()
	}
	return err
}

func (w *walker) resource() error {
	r, err := w.object(nil)
	if err == nil {
		w.keep(&r)
	}
	return err
}

// link notices a further page, and its address.
func (w *walker) link() error {
	var relation, address span
	err := w.members(func(name []byte) (read bool, err error) {
		switch string(name) {
		case "relation":
			relation, err = w.leaf()
		case "url":
			address, err = w.leaf()
		default:
			return false, nil
		}
		return true, err
	})
	if err == nil && string(plain(w.raw[relation.from:relation.to])) == "next" {
		w.found.more, w.found.next = true, text(w.raw[address.from:address.to])
	}
	return err
}

// object reads a resource's members; extra is asked first about each of them.
func (w *walker) object(extra func(name []byte) (bool, error)) (resource, error) {
	// A code that is missing is worth a look.
	r := resource{source: w.source, seen: glance{odd: true}}
	w.dec.PeekKind() // so that the offset lies behind space and comma
	r.start, w.deep = w.offsetOfNext(), false
	err := w.members(func(name []byte) (bool, error) {
		if extra != nil {
			if read, err := extra(name); read || err != nil {
				return true, err
			}
		}
		var err error
		switch string(name) {
		case "resourceType":
			var kind span
			kind, err = w.leaf()
			r.kind = kindName(plain(w.raw[kind.from:kind.to]))
		case "subject", "patient":
			err = w.each(func() error { return w.reference(&r.subject) }, w.skip)
		case "id":
			r.id, err = w.leaf()
		case "status":
			r.status, err = w.leaf()
		case "code":
			r.code, r.seen, err = w.code()
		case "meta":
			r.meta, err = w.leaf()
		case "component":
			r.component, err = w.leaf()
		case "contained":
			r.contained, err = true, w.skip()
		case "_birthDate", "_effectiveDateTime":
			r.masked, err = append(r.masked, string(name)), w.skip()
		default:
			return false, nil
		}
		return true, err
	})
	r.raw, r.deep = w.raw[r.start:w.dec.InputOffset()], w.deep
	return r, err
}

// reference reads the literal reference of a Reference.
func (w *walker) reference(to *span) error {
	return w.members(func(name []byte) (read bool, err error) {
		if string(name) != "reference" {
			return false, nil
		}
		*to, err = w.leaf()
		return true, err
	})
}

// members reads an object member by member; what read does not take is
// skipped.
func (w *walker) members(read func(name []byte) (bool, error)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' {
		v, err := w.dec.ReadValue() // valid until the next read: read looks at the name first
		if err != nil {
			return err
		}
		taken, err := read(plain(v))
		if err != nil {
			return err
		}
		if !taken {
			if err := w.skip(); err != nil {
				return err
			}
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

// kindName spares an allocation for the types that are read.
func kindName(name []byte) string {
	for _, known := range [...]string{
		"Observation", "Condition", "Encounter", "ServiceRequest", "Procedure", "Patient", "Bundle", "OperationOutcome",
	} {
		if string(name) == known {
			return known
		}
	}
	return string(name)
}

// each reads every element of a list, or the one thing that stands in its
// place. What is no object is left to other.
func (w *walker) each(read, other func() error) error {
	switch w.dec.PeekKind() {
	case '{':
		return read()
	case '[':
		return w.elements(read, other)
	case 'n':
		return w.skip()
	default:
		return other()
	}
}

func (w *walker) elements(read, other func() error) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for kind := w.dec.PeekKind(); kind != ']'; kind = w.dec.PeekKind() {
		next := read
		if kind != '{' {
			next = other
		}
		if err := next(); err != nil {
			return err
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

// skip passes over the next value. Reading it whole is faster than SkipValue,
// which goes through it token by token.
func (w *walker) skip() error {
	_, err := w.leaf()
	return err
}

// leaf is where the next value stands.
func (w *walker) leaf() (span, error) {
	v, err := w.dec.ReadValue()
	if err != nil {
		return span{}, err
	}
	w.deep = w.deep || TooDeep(v, w.dec.StackDepth())
	end := w.dec.InputOffset()
	return span{end - int64(len(v)), end}, nil
}

// offsetOfNext is where the value begins that was just peeked at.
func (w *walker) offsetOfNext() int64 {
	at := w.dec.InputOffset()
	if skip := bytes.IndexByte(w.raw[at:], '{'); skip > 0 {
		at += int64(skip)
	}
	return at
}

// note adds to what is odd, with its place in the value.
func (w *walker) note(what string) {
	pointer := string(w.dec.StackPointer())
	for range w.outside {
		_, pointer, _ = strings.Cut(pointer[min(1, len(pointer)):], "/")
		pointer = "/" + pointer
	}
	w.found.odd = append(w.found.odd, Note{Source: w.source, Pointer: strings.TrimSuffix(pointer, "/"), What: what})
}
