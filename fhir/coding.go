package fhir

import (
	"slices"
	"strings"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// understood is what a CodeableConcept was understood as: every concept that
// one of its codings stands for.
type understood struct {
	matches []Match
	coded   bool   // there is at least one coding with a code
	display string // the record's own name for it
	code    string // the first coding, "system|code"
}

// understand reads a CodeableConcept. Its text is only a name to show: what a
// diagnosis means is read from codes alone.
func (t *Terminology) understand(concept *model.CodeableConcept) understood {
	var u understood
	if concept == nil {
		return u
	}
	for i := range concept.Coding {
		coding := &concept.Coding[i]
		code := strings.TrimSpace(value(coding.Code))
		if code == "" {
			continue
		}
		u.coded = true
		name := value(coding.Display)
		if u.code == "" {
			u.code = value(coding.System) + "|" + code
		}
		for _, match := range t.Lookup(value(coding.System), code) {
			if name == "" {
				name = match.Display
			}
			match.System, match.Code, match.Display = value(coding.System), code, name
			if !slices.ContainsFunc(u.matches, func(m Match) bool { return m.Concept == match.Concept && !m.Misplaced }) {
				u.matches = append(u.matches, match)
			}
		}
		if u.display == "" {
			u.display = name
		}
	}
	if written := strings.TrimSpace(value(concept.Text)); written != "" {
		u.display = written
	}
	return u
}

// has reports whether one of the concepts is meant.
func (u understood) has(wanted func(pathway.Concept) bool) bool {
	return slices.ContainsFunc(u.matches, func(m Match) bool { return wanted(m.Concept) })
}

// evidence is a match as evidence, under the name the record gives it.
func (u understood) evidence(r *resource, match Match) pathway.Evidence {
	display := match.Display
	if display == "" {
		display = u.display
	}
	return pathway.Evidence{
		Reference: r.reference(), Concept: match.Concept,
		Code: match.System + "|" + match.Code, Display: display,
	}
}

// value is what a pointer points at, or nothing.
func value[T any](pointer *T) T {
	if pointer == nil {
		var none T
		return none
	}
	return *pointer
}

// isBackConcept reports whether a concept says that something is about the
// back; as a reason for an order or a contact, cauda equina says so too.
func isBackConcept(c pathway.Concept) bool {
	switch c {
	case pathway.LowBackPain, pathway.LowBackPainBroad, pathway.NonspecificStated,
		pathway.NerveRoot, pathway.DiscProlapse, pathway.CaudaEquina:
		return true
	default:
		return false
	}
}

// aboutBack says whether reason codes are about the back: No only when they
// are coded as something else.
func (t *Terminology) aboutBack(reasons []model.CodeableConcept) pathway.Answer {
	answer := pathway.Unknown
	for i := range reasons {
		u := t.understand(&reasons[i])
		switch {
		case u.has(isBackConcept):
			return pathway.Yes
		case u.coded:
			answer = pathway.No
		}
	}
	return answer
}
