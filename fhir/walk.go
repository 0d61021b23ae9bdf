package fhir

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// resource is one resource as it stands in the data: its bytes, and the few
// members that say whether it is worth decoding. Nothing of it is copied.
type resource struct {
	source    pathway.Source
	raw       jsontext.Value // the whole resource
	kind      jsontext.Value // resourceType, still quoted; nil where it is missing
	id        jsontext.Value
	status    jsontext.Value
	code      jsontext.Value
	meta      jsontext.Value
	component bool
	contained bool
	masked    []string // members given only by their extension: "_birthDate"
}

// is reports whether the resource is of that type. A name in quotes is
// compared as it stands, since no FHIR type needs an escape.
func (r *resource) is(kind string) bool { return text(r.kind) == kind }

// reference is the resource's relative reference, "Observation/42".
func (r *resource) reference() string {
	if id := text(r.id); id != "" && len(r.kind) > 0 {
		return text(r.kind) + "/" + id
	}
	return ""
}

// text is a JSON string's content, empty for anything else.
func text(v jsontext.Value) string {
	if len(v) < 2 || v[0] != '"' {
		return ""
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	plain, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(plain)
}

// bundle is what a prefetch value turned out to be, a Bundle or not.
type bundle struct {
	entries  []resource
	isBundle bool
	failed   bool // an OperationOutcome of an error, as the value or among the entries
	next     bool // a link to a further page
	total    int  // Bundle.total; −1 where it is not given
	odd      []Note
}

// errShape says that a value cannot be walked; it names no place, since the
// place is the whole value.
var errShape = errors.New("not a resource, a Bundle or a list")

// walker reads one prefetch value in a single pass.
type walker struct {
	dec    *jsontext.Decoder
	raw    jsontext.Value
	source pathway.Source
	found  bundle
}

// walk finds the resources in a value: of a Bundle, of a list, or the one that
// it is.
func walk(source pathway.Source, raw jsontext.Value) (bundle, error) {
	w := &walker{raw: raw, source: source, found: bundle{total: -1}}
	w.dec = jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var err error
	switch w.dec.PeekKind() {
	case '{':
		err = w.top()
	case '[':
		err = w.elements(w.top)
	default:
		err = errShape
	}
	return w.found, err
}

// top reads an object that is a resource, a Bundle or an OperationOutcome by
// itself.
func (w *walker) top() error {
	before := len(w.found.entries)
	r, err := w.object(w.bundleMember)
	if err != nil {
		return err
	}
	switch {
	case r.is("Bundle"):
		w.found.isBundle = true
	case r.is("OperationOutcome"):
		w.found.failed = true
	case len(w.found.entries) > before || r.kind == nil:
		w.found.isBundle = true // entries without a resourceType: a Bundle that forgot to say so
	default:
		w.found.entries = append(w.found.entries, r)
	}
	return nil
}

// bundleMember reads the members that only Bundles have.
func (w *walker) bundleMember(name string) (bool, error) {
	switch name {
	case "entry":
		return true, w.each(w.entry)
	case "link":
		return true, w.each(w.link)
	case "total":
		v, err := w.dec.ReadValue()
		if err == nil && v.Kind() == '0' {
			if n, numErr := parseInt(v); numErr == nil {
				w.found.total = n
			}
		}
		return true, err
	default:
		return false, nil
	}
}

// entry reads one Bundle.entry.
func (w *walker) entry() error {
	if w.dec.PeekKind() != '{' {
		w.note("entry is not an object")
		return w.dec.SkipValue()
	}
	seen := false
	err := w.members(func(name string) (bool, error) {
		if name != "resource" {
			return false, nil
		}
		seen = true
		if w.dec.PeekKind() != '{' {
			w.note("entry.resource is not an object")
			w.found.entries = append(w.found.entries, resource{source: w.source})
			return true, w.dec.SkipValue()
		}
		r, err := w.object(nil)
		if err != nil {
			return true, err
		}
		w.found.entries = append(w.found.entries, r)
		return true, nil
	})
	if err == nil && !seen {
		w.note("entry without a resource")
	}
	return err
}

// link notices a further page.
func (w *walker) link() error {
	v, err := w.value()
	if err != nil {
		return err
	}
	var relation string
	inner := &walker{raw: v, dec: jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	if v.Kind() != '{' {
		return nil
	}
	err = inner.members(func(name string) (bool, error) {
		if name != "relation" {
			return false, nil
		}
		value, readErr := inner.value()
		relation = text(value)
		return true, readErr
	})
	w.found.next = w.found.next || relation == "next"
	return err
}

// object reads a resource's members; extra is asked first about each of them.
func (w *walker) object(extra func(name string) (bool, error)) (resource, error) {
	r := resource{source: w.source}
	w.dec.PeekKind() // so that the offset lies behind space and comma
	start := w.offsetOfNext()
	err := w.members(func(name string) (bool, error) {
		if extra != nil {
			if read, err := extra(name); read || err != nil {
				return true, err
			}
		}
		var target *jsontext.Value
		switch name {
		case "resourceType":
			target = &r.kind
		case "id":
			target = &r.id
		case "status":
			target = &r.status
		case "code":
			target = &r.code
		case "meta":
			target = &r.meta
		case "component":
			r.component = true
			return false, nil
		case "contained":
			r.contained = true
			return false, nil
		default:
			if name[0] == '_' {
				r.masked = append(r.masked, name)
			}
			return false, nil
		}
		v, err := w.value()
		*target = v
		return true, err
	})
	r.raw = w.raw[start:w.dec.InputOffset()]
	return r, err
}

// members reads an object member by member; what read does not take is
// skipped.
func (w *walker) members(read func(name string) (bool, error)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' {
		v, err := w.dec.ReadValue()
		if err != nil {
			return err
		}
		name := "?"
		if len(v) > 2 {
			name = memberName(v[1 : len(v)-1])
		}
		taken, err := read(name)
		if err != nil {
			return err
		}
		if !taken {
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

// memberName spares an allocation for the names that are looked at.
func memberName(name []byte) string {
	switch string(name) {
	case "resourceType":
		return "resourceType"
	case "resource":
		return "resource"
	case "id":
		return "id"
	case "status":
		return "status"
	case "code":
		return "code"
	case "meta":
		return "meta"
	case "component":
		return "component"
	case "contained":
		return "contained"
	case "entry":
		return "entry"
	case "link":
		return "link"
	case "total":
		return "total"
	case "coding":
		return "coding"
	case "system":
		return "system"
	case "relation":
		return "relation"
	default:
		if name[0] == '_' {
			return string(name)
		}
		return "?"
	}
}

// each reads every element of a list, or the one thing that stands in its
// place.
func (w *walker) each(read func() error) error {
	if w.dec.PeekKind() != '[' {
		if w.dec.PeekKind() != '{' {
			return w.dec.SkipValue()
		}
		w.note("a single object where a list belongs")
		return read()
	}
	return w.elements(read)
}

func (w *walker) elements(read func() error) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != ']' {
		if w.dec.PeekKind() != '{' {
			w.note("a list element that is not an object")
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if err := read(); err != nil {
			return err
		}
	}
	_, err := w.dec.ReadToken()
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
	w.found.odd = append(w.found.odd, Note{Source: w.source, What: what})
}

// parseInt reads a JSON number that is a small whole number.
func parseInt(v jsontext.Value) (int, error) {
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' || n > 1<<30 {
			return 0, errShape
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}
