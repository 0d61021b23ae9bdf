package web

import (
	"strings"

	"rygkort/pathway"
)

// rulesPage is what the page of rules says.
type rulesPage struct {
	Version string
	Rules   []ruleSection
	Leaflet []sentenceRow
}

type ruleSection struct {
	*pathway.Rule
	Asks   string
	Quotes []pathway.Sentence
}

// sentenceRow is a sentence with the rules that rest on it.
type sentenceRow struct {
	pathway.Sentence
	Rules []string
}

// Pathway makes the page of rules. Each rule and each sentence stands under its
// id as an anchor, so that a card can link to what it rests on.
func Pathway(rules []*pathway.Rule, leaflet []pathway.Sentence) (Page, error) {
	page := rulesPage{Version: pathway.Version}
	text := map[string]string{}
	for _, sentence := range leaflet {
		text[sentence.ID] = sentence.Text
	}
	restsOn := map[string][]string{}
	for _, rule := range rules {
		section := ruleSection{Rule: rule, Asks: asked(rule.Asked)}
		for _, id := range rule.Sentences {
			section.Quotes = append(section.Quotes, pathway.Sentence{ID: id, Text: text[id]})
			restsOn[id] = append(restsOn[id], rule.ID)
		}
		page.Rules = append(page.Rules, section)
	}
	for _, sentence := range leaflet {
		page.Leaflet = append(page.Leaflet, sentenceRow{sentence, restsOn[sentence.ID]})
	}
	return makePage("pathway.html", page)
}

// asked is when a rule is asked, in words.
func asked(at pathway.Moment) string {
	switch at {
	case pathway.OnView:
		return "when a chart is opened"
	case pathway.OnOrders:
		return "for each selected order"
	case pathway.Always:
	}
	return "at every call"
}

// Kind is the rule's class in words.
func (r ruleSection) Kind() string {
	switch r.Class {
	case pathway.Seed:
		return "says what the leaflet says"
	case pathway.SeedOp:
		return "makes a term of the leaflet computable"
	case pathway.System:
		return "the software’s own behaviour"
	case pathway.Extension:
		return "not from the leaflet; off until switched on"
	}
	return ""
}

// How is what becomes of the rule when it speaks, where that is no card of its
// own.
func (r ruleSection) How() string {
	switch {
	case r.Quiet:
		return "never shown, only traced"
	case r.Folds:
		return "joins another card where there is one"
	default:
		return ""
	}
}

// Relies names the readings.
func (r ruleSection) Relies() string { return strings.Join(r.Readings, ", ") }
