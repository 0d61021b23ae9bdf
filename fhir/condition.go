package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// condition reads one Condition (rules.md section 3). Suspected counts as
// present; only "refuted" is a no, and only under the code's own system.
func (in *reading) condition(r *resource) {
	if !in.wanted(r) {
		return
	}
	c, ok := typed[model.Condition](in, r, "")
	if !ok || in.foreign(r, &c.Subject) {
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
	verification, clinical := statusWord(c.VerificationStatus), statusWord(c.ClinicalStatus)
	if verification == "entered-in-error" {
		return
	}
	for _, match := range u.matches {
		if match.Misplaced {
			in.note(r, "/code", "a code under another code system than its own: read as a finding, never as its absence")
		}
		evidence := u.evidence(r, match)
		evidence.Suspected = slices.Contains([]string{"unconfirmed", "provisional", "differential"}, verification)
		in.Chart.Conditions = append(in.Chart.Conditions, pathway.Condition{
			Concept:   match.Concept,
			Refuted:   verification == "refuted",
			Active:    slices.Contains([]string{"active", "recurrence", "relapse"}, clinical),
			Ended:     slices.Contains([]string{"inactive", "remission", "resolved"}, clinical),
			Misplaced: match.Misplaced,
			Onset:     firstKnown(when(c.OnsetDateTime, in.zone), in.start(c.OnsetPeriod)),
			Recorded:  when(c.RecordedDate, in.zone),
			Abated:    firstKnown(when(c.AbatementDateTime, in.zone), in.end(c.AbatementPeriod)),
			Encounter: target(c.Encounter, "Encounter"),
			Evidence:  evidence,
		})
	}
}

// statusWord is the code of a status CodeableConcept. The system is not asked
// for: no other system's words look like these.
func statusWord(concept *model.CodeableConcept) string {
	if concept == nil {
		return ""
	}
	for _, coding := range concept.Coding {
		if code := value(coding.Code); code != "" {
			return code
		}
	}
	return ""
}

func (in *reading) start(period *model.Period) pathway.When {
	if period == nil {
		return pathway.When{}
	}
	return when(period.Start, in.zone)
}

func (in *reading) end(period *model.Period) pathway.When {
	if period == nil {
		return pathway.When{}
	}
	return when(period.End, in.zone)
}
