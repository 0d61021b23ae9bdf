package fhir

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// wanted reports whether a resource is worth decoding, from its code alone:
// some coding of it is known, or none of it can be read so far. A record is
// mostly blood counts and blood pressures, and decoding is what a call costs.
func (in *reading) wanted(r *resource) bool {
	seen := in.look(r.code)
	if r.is("Condition") && seen.codings > 0 && !seen.readable && !seen.odd {
		in.note(r, "/code", "a code of no code system that is known")
	}
	return seen.codings == 0 || seen.known || seen.odd
}

// glance is what the codings of a CodeableConcept look like before decoding.
type glance struct {
	codings  int  // those with a code and a code system
	readable bool // one is of a code system that is known
	known    bool // one stands for something
	odd      bool // something of it has to be mended before it can be read
	concept  pathway.Concept
}

// look reads the codings of a CodeableConcept where they stand.
func (in *reading) look(concept jsontext.Value) (seen glance) {
	if concept.Kind() != '{' {
		return glance{odd: true}
	}
	w := in.dec.walker(concept)
	odd := func() error {
		seen.odd = true
		return w.skip()
	}
	err := w.members(func(name []byte) (bool, error) {
		if string(name) != "coding" {
			return false, nil
		}
		return true, w.each(func() error {
			system, code, err := w.coding()
			seen.odd = seen.odd || code != nil && code.Kind() != '"' || system != nil && system.Kind() != '"'
			if len(bytes.TrimSpace(plain(code))) > 0 && len(bytes.TrimSpace(plain(system))) > 0 {
				seen.codings++
				seen.readable = seen.readable || in.terms.reads(string(plain(system)))
				if !seen.known {
					seen.concept, seen.known = in.terms.knows(string(plain(system)), string(plain(code)))
				}
			}
			return err
		}, odd)
	})
	seen.odd = seen.odd || err != nil
	return seen
}

// coding reads the system and the code of one coding.
func (w *walker) coding() (system, code jsontext.Value, err error) {
	err = w.members(func(name []byte) (bool, error) {
		var err error
		switch string(name) {
		case "system":
			system, err = w.value()
		case "code":
			code, err = w.value()
		default:
			return false, nil
		}
		return true, err
	})
	return system, code, err
}

// reads reports whether a code system is one that is known, so that a code of
// it that stands for nothing is known to say something else.
func (t *Terminology) reads(system string) bool {
	_, known := t.systems[bareURI(system)]
	return known
}

// knows reports whether a code stands for anything at all, and for what first.
func (t *Terminology) knows(system, code string) (pathway.Concept, bool) {
	if matches := t.Lookup(system, code); len(matches) > 0 {
		return matches[0].Concept, true
	}
	if _, muscle := t.MuscleGroup(system, code); muscle {
		return pathway.LegStrength, true
	}
	return "", false
}

// holdsOurComponents reports whether an Observation that is not coded as ours
// has components that are: a local panel around them.
func (in *reading) holdsOurComponents(r *resource) bool {
	if r.component == nil {
		return false
	}
	var codes []jsontext.Value
	w := in.dec.walker(r.component)
	err := w.each(func() error {
		return w.members(func(name []byte) (bool, error) {
			if string(name) != "code" {
				return false, nil
			}
			code, err := w.value()
			codes = append(codes, code)
			return true, err
		})
	}, w.skip)
	for _, code := range codes {
		seen := in.look(code)
		if seen.known || seen.odd {
			return true
		}
	}
	return err != nil
}
