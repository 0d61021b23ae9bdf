package cards

import (
	"fmt"
	"slices"
	"strings"

	"rygkort/pathway"
)

// draftStates are the states in which we propose resources (decision C-03).
var draftStates = map[string]string{"ServiceRequest": "draft", "Observation": "final", "Communication": "preparation"}

// laws are what our own decisions demand of a card as a whole.
func (c *checker) laws(card Card) {
	said := []string{card.Summary, card.Detail, card.Source.Label, card.Source.Topic.Display}
	for _, s := range card.Suggestions {
		said = append(said, s.Label)
		for _, action := range s.Actions {
			said = append(said, action.Description)
		}
	}
	for _, reason := range card.OverrideReasons {
		said = append(said, reason.Display)
	}
	for _, link := range card.Links {
		said = append(said, link.Label)
	}
	for _, text := range said {
		c.forbid(text)
	}
	grounds := card.Extension.Decision
	c.must(len(grounds.Rules) > 0 && grounds.Version != "", "law cite: no rule or no rule set version")
	for _, rule := range grounds.Rules {
		c.must(strings.Contains(card.Detail, rule), "law cite: rule %s is not named in the detail", rule)
	}
	for _, sentence := range grounds.Sentences {
		c.must(strings.Contains(card.Detail, pathway.SentenceText(sentence)), "law cite: sentence %s is not quoted", sentence)
	}
	if card.Indicator == pathway.Critical {
		c.must(card.Source.Topic.Code == string(pathway.TopicAcute), "law acute: topic %q", card.Source.Topic.Code)
		c.must(len(card.Suggestions) == 1, "law acute: %d suggestions, not the admission alone", len(card.Suggestions))
	}
}

func (c *checker) forbid(text string) {
	for _, phrase := range Forbidden(text) {
		c.must(false, "law forbidden phrase: %q in %q", phrase, text)
	}
}

// resource holds a draft to its state, its subject and its priority, and keeps
// planned routes from the acute card.
func (c *checker) resource(resource map[string]any, indicator pathway.Urgency) {
	kind, _ := resource["resourceType"].(string)
	c.must(kind != "", "R130: resource without resourceType")
	status, known := draftStates[kind]
	c.must(known && resource["status"] == status, "law drafts only: %s of status %v", kind, resource["status"])
	subject, _ := resource["subject"].(map[string]any)
	patient, _ := subject["reference"].(string)
	c.must(strings.HasPrefix(patient, "Patient/") && len(patient) > len("Patient/"), "law context: subject %q", patient)
	if priority, given := resource["priority"]; given {
		c.must(priority == routine || priority == asap, "law priority: %v", priority)
	}
	c.speech(resource)
	if indicator != pathway.Critical {
		return
	}
	c.must(kind != "Communication", "law acute: a second opinion beside a critical card")
	for _, code := range codesOf(resource["code"]) {
		planned := []string{orderCode(pathway.OrderMRILumbar), publicOrderCodes[pathway.OrderMRILumbar].Code, orderCode(pathway.OrderSecondOpinion)}
		c.must(!slices.Contains(planned, code), "law acute: %s beside a critical card", code)
	}
}

// speech holds to the forbidden phrases what a clinician reads in a resource.
func (c *checker) speech(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			c.speech(item)
		}
	case map[string]any:
		for name, member := range value {
			if text, isText := member.(string); isText && slices.Contains([]string{"display", "text", "contentString"}, name) {
				c.forbid(text)
			}
			c.speech(member)
		}
	}
}

// codesOf are the codes of a CodeableConcept as JSON has it.
func codesOf(concept any) []string {
	var codes []string
	object, _ := concept.(map[string]any)
	codings, _ := object["coding"].([]any)
	for _, coding := range codings {
		if object, isObject := coding.(map[string]any); isObject {
			codes = append(codes, fmt.Sprint(object["code"]))
		}
	}
	return codes
}
