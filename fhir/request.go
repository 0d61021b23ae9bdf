package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// serviceRequest is a ServiceRequest of R4, with what R5 writes in its place.
type serviceRequest struct {
	serviceRequestR4
	ID        skipped             `json:"id"`
	Encounter skipped             `json:"encounter"`
	Subject   skipped             `json:"subject"`
	Category  skipped             `json:"category"`
	Requester skipped             `json:"requester"`
	Performer skipped             `json:"performer"`
	Code      *codeableOrder      `json:"code"`
	Reason    []codeableReference `json:"reason"`
}

// serviceRequestR4 is the model without its methods, so that it can be
// embedded.
type serviceRequestR4 model.ServiceRequest

// request reads one ServiceRequest of the record. One that was withdrawn is no
// order; one that does not say whether it was is a gap, since it is not known
// to be none.
func (in *reading) request(r *resource) {
	s, ok := typed[serviceRequest](in, r)
	status := text(r.at(r.status))
	if !ok || value(s.DoNotPerform) || status == "revoked" || status == "entered-in-error" {
		return
	}
	concept, evidence := in.order(r, s.Code.concept())
	if concept == pathway.OrderUnrecognised {
		if evidence.Code == "" && evidence.Display == "" {
			in.gap(r, "", ReasonNoCode)
		}
		return
	}
	open := slices.Contains([]string{"draft", "active", "on-hold"}, status)
	if !open && status != "completed" {
		in.gap(r, concept, ReasonNoStatus)
		return
	}
	reasons, conditions := reasonsOf(s.ReasonCode, s.ReasonReference, s.Reason)
	start, end := in.period(r, "/occurrencePeriod", s.OccurrencePeriod)
	evidence.When = in.date(r, "/authoredOn", s.AuthoredOn)
	in.Chart.Requests = append(in.Chart.Requests, pathway.Request{
		Reference: r.reference(), Concept: concept, Open: open, Done: !open,
		AboutBack: in.terms.aboutBack(reasons), Reasons: conditions,
		Authored: evidence.When, Start: start, End: end, Evidence: evidence,
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
		if (u.coded || u.display != "") && first.Code == "" && first.Display == "" {
			first = pathway.Evidence{Reference: r.reference(), Code: u.first(), Display: u.display}
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
