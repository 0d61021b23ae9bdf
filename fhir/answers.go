package fhir

import (
	"slices"

	"rygkort/pathway"
)

// Answer reads a coded answer as one of our own words. The public codes it
// knows are the plain "yes" and "no" of SNOMED CT and LOINC: whether a word
// answers the question at hand is for Answers to say.
func (t *Terminology) Answer(systemURI, code string) (string, bool) {
	asked, ok := t.systems[bareURI(systemURI)]
	if !ok {
		return "", false
	}
	_, k, _, ok := locate(asked, code)
	if !ok {
		return "", false
	}
	word := string(k.bytes())
	switch {
	case asked == ownAnswer && isAnswer(word):
		return word, true
	case asked == snomed && word == "373066001", asked == loinc && word == "LA33-6":
		return "yes", true
	case asked == snomed && word == "373067005", asked == loinc && word == "LA32-8":
		return "no", true
	default:
		return "", false
	}
}

// Answers lists the words that answer a question, or nothing where the answer
// is a number (lbp-contact-number, leg-strength) or where there is no one
// answer (redflag-check, a panel of other questions).
//
// "reduced" is deliberately no answer to a question of yes and no, nor "no" to
// one of sensation: what does not fit the question leaves it unanswered.
func Answers(c pathway.Concept) []string {
	switch c {
	case pathway.NerveRootInvolvement:
		return []string{"yes", "no", "unsure"}
	case pathway.Course:
		return []string{"better", "unchanged", "worse"}
	case pathway.ClearImprovement, pathway.BilateralSciatica, pathway.ParesisProgressive, pathway.Paralysis,
		pathway.IntractablePain, pathway.SeriousPathology, pathway.OtherTreatment, pathway.Exercise:
		return []string{"yes", "no"}
	case pathway.SaddleSensation, pathway.AnalTone:
		return []string{"normal", "reduced", "not-tested"}
	case pathway.BladderDisturbance, pathway.BowelDisturbance:
		return []string{"none", "new", "worse", "unchanged"}
	case pathway.YellowFlags:
		return []string{"none", "present", "not-assessed"}
	case pathway.TreatmentEffect:
		return []string{"none", "some", "good"}
	default:
		return nil
	}
}

// isAnswer: our answer code system holds what the questions ask for, no more.
func isAnswer(word string) bool {
	return slices.ContainsFunc(findingConcepts(), func(c pathway.Concept) bool {
		return slices.Contains(Answers(c), word)
	})
}
