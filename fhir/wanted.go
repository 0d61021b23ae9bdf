package fhir

import (
	"bytes"

	"rygkort/pathway"
)

// wanted reports whether a resource is worth decoding, from its code alone:
// some coding of it is known, or none of it can be read so far. A record is
// mostly blood counts and blood pressures, and decoding is what a call costs.
func (in *reading) wanted(r *resource) bool {
	if r.is("Condition") && r.seen.codings > 0 && !r.seen.readable && !r.seen.odd {
		in.note(r, "/code", "a code of no code system that is known")
	}
	return r.seen.wanted()
}

// glance is what the codings of a CodeableConcept look like before decoding.
type glance struct {
	codings  int  // those with a code and a code system
	readable bool // one is of a code system that is known
	known    bool // one stands for something
	odd      bool // something of it has to be mended before it can be read
	concept  pathway.Concept
}

func (g glance) wanted() bool { return g.codings == 0 || g.known || g.odd }

// code reads the codings of the CodeableConcept that comes next.
func (w *walker) code() (span, glance, error) {
	var seen glance
	if w.dec.PeekKind() != '{' {
		s, err := w.leaf()
		return s, glance{odd: true}, err
	}
	s := span{from: w.offsetOfNext()}
	err := w.members(func(name []byte) (bool, error) {
		if string(name) != "coding" {
			return false, nil
		}
		return true, w.each(func() error { return w.coding(&seen) }, func() error {
			seen.odd = true
			return w.skip()
		})
	})
	s.to = w.dec.InputOffset()
	return s, seen, err
}

// coding reads the system and the code of one coding.
func (w *walker) coding(seen *glance) error {
	var system, code span
	err := w.members(func(name []byte) (read bool, err error) {
		switch string(name) {
		case "system":
			system, err = w.leaf()
		case "code":
			code, err = w.leaf()
		default:
			return false, nil
		}
		return true, err
	})
	if err != nil {
		return err
	}
	uri, word := w.raw[system.from:system.to], w.raw[code.from:code.to]
	seen.odd = seen.odd || len(uri) > 0 && uri[0] != '"' || len(word) > 0 && word[0] != '"'
	uri, word = bytes.TrimSpace(plain(uri)), bytes.TrimSpace(plain(word))
	if len(uri) == 0 || len(word) == 0 {
		return nil
	}
	seen.codings++
	asked, readable := w.terms.system(uri)
	seen.readable = seen.readable || readable
	if readable && !seen.known {
		seen.concept, seen.known = w.terms.knows(asked, word)
	}
	return nil
}

// holdsOurComponents reports whether an Observation that is not coded as ours
// has components that are: a local panel around them.
func (in *reading) holdsOurComponents(r *resource) bool {
	if r.component == (span{}) {
		return false
	}
	ours := false
	w := in.dec.over(r.at(r.component))
	w.terms = in.terms
	err := w.each(func() error {
		return w.members(func(name []byte) (bool, error) {
			if string(name) != "code" {
				return false, nil
			}
			_, seen, err := w.code()
			ours = ours || seen.known || seen.odd
			return true, err
		})
	}, w.skip)
	return ours || err != nil
}
