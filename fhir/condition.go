package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// condition is the model without what is not read.
type condition struct {
	conditionR4
	ID        skipped `json:"id"`
	Subject   skipped `json:"subject"`
	Category  skipped `json:"category"` // losing "problem-list-item" is no recovery
	Recorder  skipped `json:"recorder"`
	Asserter  skipped `json:"asserter"`
	Modifiers present `json:"modifierExtension"`
}

// conditionR4 is the model without its methods, so that it can be embedded.
type conditionR4 model.Condition

// condition reads one Condition (docs/facts.md). Suspected counts as
// present; only "refuted" is a no, and only under the code's own system.
func (in *reading) condition(r *resource) {
	if !in.wanted(r) {
		return
	}
	c, ok := typed[condition](in, r)
	if !ok {
		return
	}
	u := in.terms.understand(c.Code)
	if !u.coded {
		if u.display == "" {
			in.gap(r, "", ReasonNoCode)
			return
		}
		in.note(r, "/code", "text without a code: not read as a diagnosis")
		return
	}
	if hasStatus(c.VerificationStatus, "entered-in-error") {
		return
	}
	onset, _ := in.period(r, "/onsetPeriod", c.OnsetPeriod)
	_, abated := in.period(r, "/abatementPeriod", c.AbatementPeriod)
	active := hasStatus(c.ClinicalStatus, "active", "recurrence", "relapse")
	read := pathway.Condition{ // a status that says both of two things says the worse
		Refuted: !in.modified(r, c.Modifiers) && hasStatus(c.VerificationStatus, "refuted") &&
			!hasStatus(c.VerificationStatus, "confirmed", "unconfirmed", "provisional", "differential"),
		Active:    active,
		Ended:     hasStatus(c.ClinicalStatus, "inactive", "remission", "resolved") && !active,
		Onset:     firstKnown(in.date(r, "/onsetDateTime", c.OnsetDateTime), onset),
		Recorded:  in.date(r, "/recordedDate", c.RecordedDate),
		Abated:    firstKnown(in.date(r, "/abatementDateTime", c.AbatementDateTime), abated),
		Encounter: target(c.Encounter, "Encounter"),
	}
	for _, match := range u.matches {
		if match.Misplaced {
			in.note(r, "/code", "a code under another code system than its own: read as a finding, never as its absence")
		}
		read.Concept, read.Misplaced, read.Evidence = match.Concept, match.Misplaced, u.evidence(r, match)
		read.Evidence.Suspected = hasStatus(c.VerificationStatus, "unconfirmed", "provisional", "differential")
		in.Chart.Conditions = append(in.Chart.Conditions, read)
	}
}

// suspected takes the codes for which a patient is seen, or something is
// ordered, as coded suspicions of that day (reading A-22, B-18): those that are
// alarming by themselves. What else they say is what the visit or the order is
// about.
func (in *reading) suspected(r *resource, reasons []model.CodeableConcept, when pathway.When) {
	isDraft := r.source == pathway.FromDrafts
	for i := range reasons {
		u := in.terms.understand(&reasons[i])
		for _, match := range u.matches {
			if !isAlarming(match.Concept) {
				continue
			}
			evidence := u.evidence(r, match)
			evidence.Suspected = true
			if isDraft { // which nobody can look up
				evidence.Reference = ""
			}
			in.Chart.Conditions = append(in.Chart.Conditions, pathway.Condition{
				Concept: match.Concept, Misplaced: match.Misplaced, Recorded: when, Encounter: in.call.Encounter, Evidence: evidence,
			})
		}
	}
}

func isAlarming(concept pathway.Concept) bool {
	switch concept {
	case pathway.CaudaEquina, pathway.SaddleSensoryLoss, pathway.LegParalysis, pathway.LegWeakness, pathway.WeaknessUngraded:
		return true
	default:
		return false
	}
}

// hasStatus reports whether one of the codings of a status is one of the
// words. The system is not asked for: no other system's words look like these.
func hasStatus(concept *model.CodeableConcept, words ...string) bool {
	if concept == nil {
		return false
	}
	return slices.ContainsFunc(concept.Coding, func(c model.Coding) bool { return slices.Contains(words, value(c.Code)) })
}
