package fhir

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// wanted reports whether a resource is worth decoding, from its code alone:
// some coding of it is known, or none of it can be read so far. A record is
// mostly blood counts and blood pressures, and decoding is what a call costs.
func (in *reading) wanted(r *resource) bool {
	if r.code.Kind() != '{' {
		return true
	}
	codings, known, odd := 0, false, false
	w := &walker{raw: r.code, dec: jsontext.NewDecoder(bytes.NewBuffer(r.code), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	err := w.members(func(name string) (bool, error) {
		if name != "coding" {
			return false, nil
		}
		return true, w.each(func() error {
			var system, code jsontext.Value
			err := w.members(func(name string) (bool, error) {
				var v jsontext.Value
				var err error
				switch name {
				case "system":
					v, err = w.value()
					system = v
				case "code":
					v, err = w.value()
					code = v
					odd = odd || v.Kind() != '"'
				default:
					return false, nil
				}
				return true, err
			})
			if text(code) != "" {
				codings++
				known = known || in.terms.knows(text(system), text(code))
			}
			return err
		})
	})
	return err != nil || odd || known || codings == 0
}

// knows reports whether a code stands for anything at all.
func (t *Terminology) knows(system, code string) bool {
	if len(t.Lookup(system, code)) > 0 {
		return true
	}
	_, muscle := t.MuscleGroup(system, code)
	return muscle
}

// holdsOurComponents reports whether an Observation that is not coded as ours
// has components in our finding codes: a local panel around them.
func (in *reading) holdsOurComponents(r *resource) bool {
	if !r.component {
		return false
	}
	for _, base := range []string{DefaultCanonical, in.terms.canonical} {
		if bytes.Contains(r.raw, []byte(base+"/CodeSystem/finding")) {
			return true
		}
	}
	return false
}
