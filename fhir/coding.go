package fhir

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// understood is what a CodeableConcept was understood as: every concept that
// one of its codings stands for.
type understood struct {
	matches  []Match
	coded    bool   // there is at least one coding with a code and a code system
	readable bool   // one of its codings is of a code system that is known
	display  string // the record's own name for it
	system   string // of the first coding
	code     string // likewise
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
		system, code, name := strings.TrimSpace(value(coding.System)), strings.TrimSpace(value(coding.Code)), value(coding.Display)
		if system == "" || code == "" {
			if u.display == "" {
				u.display = name
			}
			continue
		}
		u.coded = true
		asked, readable := t.systems[bareURI(system)]
		u.readable = u.readable || readable
		if u.code == "" {
			u.system, u.code = system, code
		}
		var matches []Match
		if readable {
			matches = t.lookup(asked, code)
		}
		for _, match := range matches {
			if name == "" {
				name = match.Display
			}
			match.System, match.Code, match.Display = system, code, name
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

// first is the first coding, "system|code".
func (u understood) first() string {
	if u.code == "" {
		return ""
	}
	return u.system + "|" + u.code
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

// codeableReference is what R5 writes where R4 has a concept or a reference.
type codeableReference struct {
	Concept   *model.CodeableConcept `json:"concept"`
	Reference *model.Reference       `json:"reference"`
}

// codeableOrder is what is ordered: a concept in R4, in R5 one level deeper.
type codeableOrder struct {
	model.CodeableConcept
	Concept *model.CodeableConcept `json:"concept"`
}

func (c *codeableOrder) concept() *model.CodeableConcept {
	switch {
	case c == nil:
		return nil
	case c.Concept != nil:
		return c.Concept
	default:
		return &c.CodeableConcept
	}
}

// reasonsOf adds R5's reasons to R4's: those that are concepts, and the
// conditions that the others refer to.
func reasonsOf(concepts []model.CodeableConcept, references []model.Reference, r5 []codeableReference) (reasons []model.CodeableConcept, conditions []string) {
	for i := range references {
		if id := target(&references[i], "Condition"); id != "" {
			conditions = append(conditions, "Condition/"+id)
		}
	}
	for i := range r5 {
		if r5[i].Concept != nil {
			concepts = append(concepts, *r5[i].Concept)
		}
		if id := target(r5[i].Reference, "Condition"); id != "" {
			conditions = append(conditions, "Condition/"+id)
		}
	}
	return concepts, conditions
}

// aboutBack says whether reason codes are about the back: No only when they
// are coded as something else, in a code system that we know.
func (t *Terminology) aboutBack(reasons []model.CodeableConcept) pathway.Answer {
	answer := pathway.Unknown
	for i := range reasons {
		u := t.understand(&reasons[i])
		switch {
		case u.has(isBackConcept):
			return pathway.Yes
		case u.readable:
			answer = pathway.No
		}
	}
	return answer
}

// present tells of a member only whether there is something in it.
type present bool

// UnmarshalJSONFrom looks at the value, and no further.
func (p *present) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	*p = v.Kind() != 'n' && len(bytes.Trim(v, "{}[] \t\r\n")) > 0
	return err
}

// modified reports whether a resource may say the opposite of what it seems to:
// it carries a modifier, none of which is understood, or a member twice.
func (in *reading) modified(r *resource, modifiers present) bool {
	if modifiers {
		in.note(r, "/modifierExtension", "a modifier that is not understood")
	}
	return bool(modifiers) || in.dec.twice
}
