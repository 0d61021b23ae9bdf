package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// encounter is an Encounter of R4, with what R5 writes in its place.
type encounter struct {
	encounterR4
	ID              skipped  `json:"id"`
	Subject         skipped  `json:"subject"`
	Location        skipped  `json:"location"`
	Hospitalization skipped  `json:"hospitalization"`
	Type            skipped  `json:"type"`
	Class           struct { // a Coding, or a list of CodeableConcept of which the first is read
		Code   *string        `json:"code"`
		Coding []model.Coding `json:"coding"`
	} `json:"class"`
	ActualPeriod *model.Period `json:"actualPeriod"`
	Reason       []struct {
		Value []codeableReference `json:"value"`
	} `json:"reason"`
}

// encounterR4 is the model without its methods, so that it can be embedded.
type encounterR4 model.Encounter

// inPractice says whether the class is that of a contact of the practice: a
// visit, a video call or a home visit is, a stay in hospital is not. A local
// code beside one of these changes nothing.
func (e *encounter) inPractice() pathway.Answer {
	said := classSays(value(e.Class.Code))
	for i := range e.Class.Coding {
		if said == pathway.Unknown {
			said = classSays(value(e.Class.Coding[i].Code))
		}
	}
	return said
}

func classSays(class string) pathway.Answer {
	switch class {
	case "AMB", "VR", "HH":
		return pathway.Yes
	case "IMP", "ACUTE", "NONAC", "OBSENC", "SS":
		return pathway.No
	default:
		return pathway.Unknown
	}
}

// encounter reads one Encounter as a contact (docs/facts.md, contacts). The words
// of R5 for an encounter that is over are understood too; a class that is not
// a visit, a video call or a home visit leaves open whether it counts.
func (in *reading) encounter(r *resource) {
	e, ok := typed[encounter](in, r)
	if !ok {
		return
	}
	status := text(r.at(r.status))
	if status == "entered-in-error" {
		return
	}
	begun, _ := in.period(r, "/period", e.Period)
	actual, _ := in.period(r, "/actualPeriod", e.ActualPeriod)
	var inR5 []codeableReference
	for i := range e.Reason {
		inR5 = append(inR5, e.Reason[i].Value...)
	}
	reasons, conditions := reasonsOf(e.ReasonCode, e.ReasonReference, inR5)
	contact := pathway.Encounter{
		ID:         text(r.at(r.id)),
		TookPlace:  !slices.Contains([]string{"planned", "cancelled"}, status),
		InPractice: e.inPractice(),
		Provider:   relativeReference(e.ServiceProvider),
		Start:      firstKnown(begun, actual),
		About:      in.terms.aboutBack(reasons),
	}
	contact.Evidence = pathway.Evidence{Reference: r.reference(), When: contact.Start}
	if !slices.Contains([]string{"arrived", "triaged", "in-progress", "onleave", "finished", "discharged", "completed"}, status) {
		contact.InPractice = pathway.Unknown
	}
	if in.isThisContact(contact) {
		in.suspected(r, reasons, firstKnown(contact.Start, pathway.At(in.Chart.AsOf)))
	}
	for i := range reasons {
		u := in.terms.understand(&reasons[i])
		for _, match := range u.matches {
			// Of several back codes one that says nerve root says most.
			most := contact.Evidence.Concept == "" || match.Concept == pathway.NerveRoot && contact.Evidence.Concept != pathway.NerveRoot
			if isBackConcept(match.Concept) && most {
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
	contact.Diagnoses = append(contact.Diagnoses, conditions...)
	in.Chart.Encounters = append(in.Chart.Encounters, contact)
}

// isThisContact reports whether this is the visit of the call, or where the call
// names none, one of today.
func (in *reading) isThisContact(contact pathway.Encounter) bool {
	if !contact.TookPlace {
		return false
	}
	if in.call.Encounter != "" {
		return contact.ID == in.call.Encounter
	}
	today := pathway.OnDay(in.Chart.AsOf)
	return contact.Start.Known() && !contact.Start.Latest.Before(today.Earliest) && !contact.Start.Earliest.After(today.Latest)
}

// procedure is a Procedure of R4, with what R5 writes in its place, and the
// flags by which older releases say that nothing was done.
type procedure struct {
	procedureR4
	ID                 skipped       `json:"id"`
	Encounter          skipped       `json:"encounter"`
	Performer          skipped       `json:"performer"`
	Subject            skipped       `json:"subject"`
	Category           skipped       `json:"category"`
	OccurrencePeriod   *model.Period `json:"occurrencePeriod"`
	OccurrenceDateTime *string       `json:"occurrenceDateTime"`
	NotDone            *bool         `json:"notDone"`      // STU3
	NotPerformed       *bool         `json:"notPerformed"` // DSTU2
}

// procedureR4 is the model without its methods, so that it can be embedded.
type procedureR4 model.Procedure

// procedure reads one Procedure as treatment or exercise. A single date says
// that a session was held, not how long the course has run, unless the
// procedure is still going on.
func (in *reading) procedure(r *resource) {
	if !in.wanted(r) {
		return
	}
	p, ok := typed[procedure](in, r)
	if !ok {
		return
	}
	status := text(r.at(r.status))
	if status == "entered-in-error" || status == "preparation" {
		return
	}
	u := in.terms.understand(p.Code)
	if !u.coded && u.display == "" {
		in.gap(r, "", ReasonNoCode)
		return
	}
	reasons, _ := reasonsOf(p.ReasonCode, nil, nil)
	if in.terms.aboutBack(reasons) == pathway.No {
		in.note(r, "/reasonCode", "for something else than the back: not read as treatment of it")
		return
	}
	start, end := in.period(r, "/performedPeriod", p.PerformedPeriod)
	startR5, endR5 := in.period(r, "/occurrencePeriod", p.OccurrencePeriod)
	start, end = firstKnown(start, startR5), firstKnown(end, endR5)
	session := firstKnown(in.date(r, "/performedDateTime", p.PerformedDateTime), in.date(r, "/occurrenceDateTime", p.OccurrenceDateTime))
	switch {
	case status == "in-progress":
		start = firstKnown(start, session)
	case !end.Known():
		start = pathway.When{} // over, and nobody says since when
	}
	notDone := status == "not-done" || value(p.NotDone) || value(p.NotPerformed)
	for _, match := range u.matches {
		evidence := u.evidence(r, match)
		evidence.When = firstKnown(start, session)
		in.Chart.Procedures = append(in.Chart.Procedures, pathway.Procedure{
			Concept: match.Concept, NotDone: notDone, Start: start, End: end, Evidence: evidence,
		})
	}
}
