package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// encounter reads one Encounter as a contact (rules.md section 5). The words
// of R5 for an encounter that is over are understood too; a class that is not
// a visit, a video call or a home visit leaves open whether it counts.
func (in *reading) encounter(r *resource) {
	e, ok := typed[model.Encounter](in, r, "")
	if !ok || in.foreign(r, e.Subject) {
		return
	}
	status := text(r.status)
	if status == "entered-in-error" {
		return
	}
	inPractice := pathway.Unknown
	if slices.Contains([]string{"AMB", "VR", "HH"}, value(e.Class.Code)) {
		inPractice = pathway.Yes
	}
	contact := pathway.Encounter{
		ID:         text(r.id),
		TookPlace:  !slices.Contains([]string{"planned", "cancelled"}, status),
		InPractice: inPractice,
		Provider:   value(value(e.ServiceProvider).Reference),
		Start:      in.start(e.Period),
		About:      in.terms.aboutBack(e.ReasonCode),
		Evidence:   pathway.Evidence{Reference: r.reference(), When: in.start(e.Period)},
	}
	if !slices.Contains([]string{"arrived", "triaged", "in-progress", "onleave", "finished", "discharged", "completed"}, status) {
		contact.InPractice = pathway.Unknown
	}
	for i := range e.ReasonCode {
		u := in.terms.understand(&e.ReasonCode[i])
		for _, match := range u.matches {
			if isBackConcept(match.Concept) && contact.Evidence.Concept == "" {
				evidence := u.evidence(r, match)
				evidence.When = contact.Start
				contact.Evidence = evidence
			}
		}
	}
	for i := range e.Diagnosis {
		if id := target(&e.Diagnosis[i].Condition, "Condition"); id != "" {
			contact.Diagnoses = append(contact.Diagnoses, "Condition/"+id)
		}
	}
	for i := range e.ReasonReference {
		if id := target(&e.ReasonReference[i], "Condition"); id != "" {
			contact.Diagnoses = append(contact.Diagnoses, "Condition/"+id)
		}
	}
	in.Chart.Encounters = append(in.Chart.Encounters, contact)
}

// procedure reads one Procedure as treatment or exercise. A single date says
// that a session was held, not how long the course has run, unless the
// procedure is still going on.
func (in *reading) procedure(r *resource) {
	if !in.wanted(r) {
		return
	}
	p, ok := typed[model.Procedure](in, r, "")
	if !ok || in.foreign(r, &p.Subject) {
		return
	}
	status := text(r.status)
	if status == "entered-in-error" || status == "preparation" {
		return
	}
	u := in.terms.understand(p.Code)
	start, end := in.start(p.PerformedPeriod), in.end(p.PerformedPeriod)
	switch {
	case status == "in-progress":
		start = firstKnown(start, when(p.PerformedDateTime, in.zone))
	case !end.Known():
		start = pathway.When{} // over, and nobody says since when
	}
	for _, match := range u.matches {
		evidence := u.evidence(r, match)
		evidence.When = firstKnown(start, when(p.PerformedDateTime, in.zone))
		in.Chart.Procedures = append(in.Chart.Procedures, pathway.Procedure{
			Concept: match.Concept, NotDone: status == "not-done", Start: start, End: end, Evidence: evidence,
		})
	}
}
