package cards

import (
	"fmt"
	"slices"

	"rygkort/pathway"
)

// questionAnswers are the answers that a card offers to a question of its rule.
var questionAnswers = map[string]struct {
	concept pathway.Concept
	answers []string
}{
	"R-S2": {pathway.NerveRootInvolvement, []string{"yes", "no", "unsure"}},
	"R-Q3": {pathway.NerveRootInvolvement, []string{"yes", "no", "unsure"}},
	"O-M7": {pathway.NerveRootInvolvement, []string{"yes", "no", "unsure"}},
	"R-Q4": {pathway.YellowFlags, []string{"none", "present"}},
	"R-E2": {pathway.YellowFlags, []string{"none", "present"}},
	"R-P3": {pathway.YellowFlags, []string{"none", "present"}},
	"R-P8": {pathway.ClearImprovement, []string{"yes", "no"}},
	"R-E1": {pathway.SeriousPathology, []string{"yes", "no"}},
	"R-E3": {pathway.IntractablePain, []string{"yes", "no"}},
	"O-D2": {pathway.IntractablePain, []string{"yes", "no"}},
}

// absent and present are the answers to a question about an alarm symptom.
func absent(concept pathway.Concept) string {
	switch concept {
	case pathway.SaddleSensation:
		return "normal"
	case pathway.BladderDisturbance, pathway.BowelDisturbance:
		return "none"
	default:
		return "no"
	}
}

func present(concept pathway.Concept) string {
	switch concept {
	case pathway.SaddleSensation:
		return "reduced"
	case pathway.BladderDisturbance, pathway.BowelDisturbance:
		return "new"
	default:
		return "yes"
	}
}

// record is the suggestion to record one answer.
func (a *author) record(concept pathway.Concept, answer string) Suggestion {
	question, word := a.finding(concept), a.answers[answer]
	draft := a.observation(concept)
	draft.Value = a.answerConcept(answer)
	return Suggestion{
		Label: fmt.Sprintf(a.phrases.answerLabel, question, word),
		UUID:  a.newUUID(),
		Kind:  KindAnswer,
		Actions: []Action{{
			Type:        create,
			Description: fmt.Sprintf(a.phrases.answerDescription, question, word),
			Resource:    draft,
		}},
	}
}

func (a *author) recordAll(concept pathway.Concept, answers []string) []Suggestion {
	list := make([]Suggestion, 0, len(answers))
	for _, answer := range answers {
		list = append(list, a.record(concept, answer))
	}
	return list
}

// recordRedFlags are the suggestions for the open alarm symptoms: one that all
// of them were asked about and absent, then for each that it is present. What
// is answered already is not answered again.
func (a *author) recordRedFlags() []Suggestion {
	open := a.facts.RedFlagsMissing
	if len(open) == 0 {
		return nil
	}
	panel := a.observation(pathway.RedFlagCheck)
	for _, concept := range open {
		panel.Component = append(panel.Component, component{a.findingConcept(concept), a.answerConcept(absent(concept))})
	}
	label := fmt.Sprintf(a.phrases.allAbsentLabel, len(open))
	if len(open) == 1 {
		label = fmt.Sprintf(a.phrases.answerLabel, a.finding(open[0]), a.answers[absent(open[0])])
	}
	list := []Suggestion{{
		Label: label,
		UUID:  a.newUUID(),
		Kind:  KindAllAbsent,
		Actions: []Action{{
			Type:        create,
			Description: fmt.Sprintf(a.phrases.allAbsentDescription, a.names(open)),
			Resource:    panel,
		}},
	}}
	for _, concept := range open {
		list = append(list, a.record(concept, present(concept)))
	}
	return list
}

// recordBox are the suggestions for the open questions of the MRI box.
func (a *author) recordBox() []Suggestion {
	var list []Suggestion
	for _, q := range a.boxQuestions() {
		if q.fact.Answer == pathway.Unknown {
			list = append(list, a.recordAll(q.concept, q.answers)...)
		}
	}
	return list
}

// recordChange are the suggestions for old symptoms of bladder and bowel.
// "Unchanged" is not offered again where it is what raised the question.
func (a *author) recordChange() []Suggestion {
	said := a.saidUnchanged()
	var list []Suggestion
	for _, concept := range a.changed() {
		answers := []string{"unchanged", "worse"}
		switch {
		case concept == pathway.SaddleSensation:
			answers = []string{"normal", "reduced"}
		case said:
			answers = []string{"new", "worse"}
		}
		list = append(list, a.recordAll(concept, answers)...)
	}
	return list
}

// saidUnchanged reports whether an answer "unchanged", with nothing older behind
// it, is what raised the question.
func (a *author) saidUnchanged() bool {
	return slices.ContainsFunc(a.facts.SphincterChange.Evidence, func(e pathway.Evidence) bool { return e.Value == "unchanged" })
}

// changed are the questions about an old symptom whose change is not known. An
// old diagnosis of cauda equina is settled by all three (decision C-56).
func (a *author) changed() []pathway.Concept {
	var questions []pathway.Concept
	for _, e := range a.facts.SphincterChange.Evidence {
		switch e.Concept {
		case pathway.BowelDisturbance, pathway.FaecalIncontinence:
			questions = appendNew(questions, pathway.BowelDisturbance)
		case pathway.CaudaEquina:
			questions = appendNew(questions, pathway.SaddleSensation, pathway.BladderDisturbance, pathway.BowelDisturbance)
		default:
			questions = appendNew(questions, pathway.BladderDisturbance)
		}
	}
	return questions
}

// observation is an answer in our codes, without the answer. It is final: the
// click is the GP's own statement (decision C-03).
func (a *author) observation(concept pathway.Concept) observation {
	return observation{
		ResourceType: "Observation", Status: "final",
		Category: []codeableConcept{{Coding: []Coding{{System: "http://terminology.hl7.org/CodeSystem/observation-category", Code: "exam"}}}},
		Code:     a.findingConcept(concept),
		Subject:  a.subject(), Encounter: a.encounter(), EffectiveDateTime: a.now(),
	}
}

func (a *author) findingConcept(concept pathway.Concept) codeableConcept {
	return codeableConcept{Coding: []Coding{{a.codeSystem("finding"), string(concept), sentenceCase(a.finding(concept))}}}
}

func (a *author) answerConcept(answer string) codeableConcept {
	return codeableConcept{Coding: []Coding{{a.codeSystem("answer"), answer, a.answers[answer]}}}
}
