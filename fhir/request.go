package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// request reads one ServiceRequest of the record.
func (in *reading) request(r *resource) {
	s, ok := typed[model.ServiceRequest](in, r, "")
	if !ok || in.foreign(r, &s.Subject) || value(s.DoNotPerform) {
		return
	}
	status := text(r.status)
	open := slices.Contains([]string{"draft", "active", "on-hold"}, status)
	if !open && status != "completed" {
		return
	}
	concept, evidence := in.order(r, s.Code)
	if concept == pathway.OrderUnrecognised {
		return
	}
	evidence.When = when(s.AuthoredOn, in.zone)
	in.Chart.Requests = append(in.Chart.Requests, pathway.Request{
		Reference: r.reference(), Concept: concept, Open: open, Done: status == "completed",
		AboutBack: in.terms.aboutBack(s.ReasonCode), Authored: when(s.AuthoredOn, in.zone),
		Start: in.start(s.OccurrencePeriod), End: in.end(s.OccurrencePeriod), Evidence: evidence,
	})
}

// order understands what is ordered, from its codes or, failing those, from
// its text (decision C-02).
func (in *reading) order(r *resource, codes ...*model.CodeableConcept) (pathway.Concept, pathway.Evidence) {
	var words []string
	var first pathway.Evidence
	for _, concept := range codes {
		u := in.terms.understand(concept)
		for _, match := range u.matches {
			if isOrder(match.Concept) && !match.Misplaced {
				return match.Concept, u.evidence(r, match)
			}
		}
		if u.display != "" && first.Display == "" {
			first = pathway.Evidence{Reference: r.reference(), Code: u.code, Display: u.display}
		}
		words = append(words, texts(concept)...)
	}
	first.Reference = r.reference()
	first.Concept = OrderFromText(words...)
	return first.Concept, first
}

// texts are the words of a CodeableConcept: its text and every display.
func texts(concept *model.CodeableConcept) []string {
	if concept == nil {
		return nil
	}
	words := make([]string, 0, 1+len(concept.Coding))
	words = append(words, value(concept.Text))
	for i := range concept.Coding {
		words = append(words, value(concept.Coding[i].Display))
	}
	return words
}

// isOrder reports whether a concept is something that can be ordered.
func isOrder(c pathway.Concept) bool {
	switch c {
	case pathway.OrderCTLumbar, pathway.OrderXRayLumbar, pathway.OrderNeurosurgery,
		pathway.OrderRheumatology, pathway.OrderSpineExamination, pathway.OrderOpioid:
		return true
	default:
		return slices.Contains(orderConcepts(), c)
	}
}
