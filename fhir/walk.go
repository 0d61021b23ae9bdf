package fhir

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// resource is one resource as it stands in the data: its bytes, and the few
// members that say whether it is worth decoding. Nothing of it is copied.
type resource struct {
	source    pathway.Source
	raw       jsontext.Value // the whole resource
	kind      string         // resourceType; empty where it is missing
	id        jsontext.Value
	status    jsontext.Value
	code      jsontext.Value
	meta      jsontext.Value
	subject   jsontext.Value // the reference to whom it is about
	component jsontext.Value
	contained bool
	masked    []string // dates given only by their extension: "_birthDate"
	again     bool     // another version of it stays beside it
	named     string   // its relative reference, once it has been asked for
}

// is reports whether the resource is of that type.
func (r *resource) is(kind string) bool { return r.kind == kind }

// reference is the resource's relative reference, "Observation/42".
func (r *resource) reference() string {
	if id := plain(r.id); r.named == "" && len(id) > 0 && r.kind != "" {
		r.named = r.kind + "/" + string(id)
	}
	return r.named
}

// bundle is what a prefetch value turned out to be, a Bundle or not.
type bundle struct {
	entries []resource
	lost    int  // what stood in the place of a resource and was none
	outcome bool // the value itself is an OperationOutcome
	next    bool // a link to a further page
	total   int  // Bundle.total; −1 where it is not given
	odd     []Note
}

// errShape says that a value cannot be walked; it names no place, since the
// place is the whole value.
var errShape = errors.New("not a resource, a Bundle or a list")

// walker reads one value in a single pass.
type walker struct {
	dec    *jsontext.Decoder
	buffer bytes.Buffer
	raw    jsontext.Value
	source pathway.Source
	search bool // members that only Bundles have were seen
	found  bundle
}

// lenient are the options under which a record is walked: what is odd in one
// resource must not hide another.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// walk finds the resources in a value: of a Bundle, of a list, or the one that
// it is.
func (in *reading) walk(source pathway.Source, raw jsontext.Value) (bundle, error) {
	w := in.dec.walker(raw)
	w.source = source
	other := w.other // in a list it is one of many
	if raw.Kind() != '[' {
		other = func() error { return errShape }
	}
	err := w.each(w.top, other)
	w.found.outcome = raw.Kind() == '{' && !w.search && len(w.found.entries) == 1 && w.found.entries[0].is("OperationOutcome")
	return w.found, err
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
	w.keep(r)
	return nil
}

// keep takes a resource as found, if it says what it is. A Bundle inside
// another is none of those that are read.
func (w *walker) keep(r resource) {
	if r.kind == "" || r.is("Bundle") {
		w.lost()
		return
	}
	w.found.entries = append(w.found.entries, r)
}

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
		v, err := w.dec.ReadValue()
		digits := v
		if v.Kind() == '"' {
			digits = plain(v)
		}
		if n, ok := parseInt(digits); ok {
			w.found.total = n
		}
		return true, err
	default:
		return false, nil
	}
}

// entry reads one Bundle.entry.
func (w *walker) entry() error {
	before := len(w.found.entries) + w.found.lost
	err := w.members(func(name []byte) (bool, error) {
		if string(name) != "resource" {
			return false, nil
		}
		return true, w.each(func() error {
			r, err := w.object(nil)
			if err == nil {
				w.keep(r)
			}
			return err
		}, w.other)
	})
	if err == nil && len(w.found.entries)+w.found.lost == before {
		w.lost()
	}
	return err
}

// link notices a further page.
func (w *walker) link() error {
	return w.members(func(name []byte) (bool, error) {
		if string(name) != "relation" {
			return false, nil
		}
		relation, err := w.dec.ReadValue()
		w.found.next = w.found.next || string(plain(relation)) == "next"
		return true, err
	})
}

// object reads a resource's members; extra is asked first about each of them.
func (w *walker) object(extra func(name []byte) (bool, error)) (resource, error) {
	r := resource{source: w.source}
	w.dec.PeekKind() // so that the offset lies behind space and comma
	start := w.offsetOfNext()
	err := w.members(func(name []byte) (bool, error) {
		if extra != nil {
			if read, err := extra(name); read || err != nil {
				return true, err
			}
		}
		var target *jsontext.Value
		switch string(name) {
		case "resourceType":
			v, err := w.dec.ReadValue()
			r.kind = kindName(plain(v))
			return true, err
		case "subject", "patient":
			return true, w.each(func() error { return w.reference(&r.subject) }, w.skip)
		case "id":
			target = &r.id
		case "status":
			target = &r.status
		case "code":
			target = &r.code
		case "meta":
			target = &r.meta
		case "component":
			target = &r.component
		case "contained":
			r.contained = true
			return false, nil
		case "_birthDate", "_effectiveDateTime":
			r.masked = append(r.masked, string(name))
			return false, nil
		default:
			return false, nil
		}
		v, err := w.value()
		*target = v
		return true, err
	})
	r.raw = w.raw[start:w.dec.InputOffset()]
	return r, err
}

// reference reads the literal reference of a Reference.
func (w *walker) reference(to *jsontext.Value) error {
	return w.members(func(name []byte) (bool, error) {
		if string(name) != "reference" {
			return false, nil
		}
		v, err := w.value()
		*to = v
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
		"Bundle", "OperationOutcome", "Patient", "Condition", "Observation", "Encounter", "ServiceRequest", "Procedure",
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
	kind := w.dec.PeekKind()
	if kind == '{' {
		return read()
	}
	if kind == '[' {
		return w.elements(read, other)
	}
	if kind == 'n' {
		return w.skip()
	}
	return other()
}

func (w *walker) elements(read, other func() error) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != ']' {
		next := read
		if w.dec.PeekKind() != '{' {
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
	_, err := w.dec.ReadValue()
	return err
}

// value is the next value, as a slice of the data itself.
func (w *walker) value() (jsontext.Value, error) {
	v, err := w.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := w.dec.InputOffset()
	return w.raw[end-int64(len(v)) : end], nil
}

// offsetOfNext is where the value begins that was just peeked at.
func (w *walker) offsetOfNext() int64 {
	at := w.dec.InputOffset()
	for at < int64(len(w.raw)) && w.raw[at] != '{' {
		at++
	}
	return at
}

func (w *walker) note(what string) {
	w.found.odd = append(w.found.odd, Note{Source: w.source, Pointer: string(w.dec.StackPointer()), What: what})
}

// parseInt reads a small whole number.
func parseInt(digits []byte) (n int, ok bool) {
	for _, c := range digits {
		if c < '0' || c > '9' || n > 1<<30 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(digits) > 0
}
