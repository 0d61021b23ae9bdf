package cards_test

import (
	"slices"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/pathway"
)

// changed is a good card with one thing changed.
func changed(t *testing.T, acute bool, change func(*cards.Card)) cards.Card {
	t.Helper()
	s := course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0)
	rule := "R-P6"
	if acute {
		s, rule = visit().answer(pathway.IntractablePain, "yes", 0), "R-A3"
	}
	card := about(t, s.cards(t, call), rule)
	change(&card)
	return card
}

// suggesting replaces the resource of the card's first suggestion.
func suggesting(resource string) func(*cards.Card) {
	return func(c *cards.Card) { c.Suggestions[0].Actions[0].Resource = raw(resource) }
}

// raw is a resource that is JSON already.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

const subject = `"subject": {"reference": "Patient/p1"}`

func TestEachFlawOfACardIsFoundForItsReason(t *testing.T) {
	for _, test := range []struct {
		name, finds string
		acute       bool
		change      func(*cards.Card)
	}{
		{name: "an upper-case uuid", finds: "R80:", change: func(c *cards.Card) { c.UUID = strings.ToUpper("00000000-0000-4000-8000-00000000000a") }},
		{name: "no uuid", finds: "R80:", change: func(c *cards.Card) { c.UUID = "" }},
		{name: "no summary", finds: "R83:", change: func(c *cards.Card) { c.Summary = "" }},
		{name: "a summary of 140 characters", finds: "R83:", change: func(c *cards.Card) { c.Summary = strings.Repeat("å", 140) }},
		{name: "a summary of 140 UTF-16 units", finds: "R83:", change: func(c *cards.Card) { c.Summary = strings.Repeat("🦴", 70) }},
		{name: "a summary of two lines", finds: "R83:", change: func(c *cards.Card) { c.Summary = "en\nto" }},
		{name: "HTML in the detail", finds: "R85:", change: func(c *cards.Card) { c.Detail += " <br>" }},
		{name: "a link in the detail", finds: "R85:", change: func(c *cards.Card) { c.Detail += " [her](x)" }},
		{name: "an address in the detail", finds: "R85:", change: func(c *cards.Card) { c.Detail += " www.example.org" }},
		{name: "no indicator", finds: "R87:", change: func(c *cards.Card) { c.Indicator = "" }},
		{name: "an unknown indicator", finds: "R88:", change: func(c *cards.Card) { c.Indicator = "hard-stop" }},
		{name: "no source", finds: "R90:", change: func(c *cards.Card) { c.Source = cards.Source{} }},
		{name: "a source without a label", finds: "R105:", change: func(c *cards.Card) { c.Source.Label = " " }},
		{name: "a relative source", finds: "R107:", change: func(c *cards.Card) { c.Source.URL = "/pathway" }},
		{name: "an icon that is no address", finds: "R111:", change: func(c *cards.Card) { c.Source.Icon = "data:image/png;base64,x" }},
		{name: "a topic without a code", finds: "R115:", change: func(c *cards.Card) { c.Source.Topic.Code = "" }},
		{name: "suggestions without selectionBehavior", finds: "R93, I-cds-resp-6:", change: func(c *cards.Card) { c.SelectionBehavior = "" }},
		{name: "an unknown selectionBehavior", finds: "R95:", change: func(c *cards.Card) { c.SelectionBehavior = "all" }},
		{name: "an override reason without a display", finds: "R100, I-cds-resp-4:", change: func(c *cards.Card) { c.OverrideReasons[0].Display = "" }},
		{name: "an override reason in another language", finds: "R100:", change: func(c *cards.Card) { c.OverrideReasons[0].Display = "Already admitted or referred" }},
		{name: "a suggestion without a label", finds: "R117:", change: func(c *cards.Card) { c.Suggestions[0].Label = "" }},
		{name: "a suggestion without a uuid", finds: "R119:", change: func(c *cards.Card) { c.Suggestions[0].UUID = "" }},
		{name: "two recommended suggestions", finds: "R122, I-cds-resp-1:", change: func(c *cards.Card) { c.Suggestions[0].IsRecommended, c.Suggestions[1].IsRecommended = true, true }},
		{name: "a suggestion without actions", finds: "R123:", change: func(c *cards.Card) { c.Suggestions[0].Actions = nil }},
		{name: "an unknown action", finds: "R127:", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Type = "patch" }},
		{name: "an action that deletes", finds: "law drafts only: action of type \"delete\"", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Type = "delete" }},
		{name: "an action that updates", finds: "law drafts only: action of type \"update\"", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Type = "update" }},
		{name: "an action without a description", finds: "R128, I-cds-resp-5:", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Description = "" }},
		{name: "an action without a resource", finds: "R131:", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Resource = nil }},
		{name: "a resource that is no object", finds: "R130:", change: suggesting(`[1]`)},
		{name: "a resource without its type", finds: "R130:", change: suggesting(`{"status": "draft", ` + subject + `}`)},
		{name: "a resourceId", finds: "R131:", change: suggesting(`{"resourceType": "Observation", "status": "final", "resourceId": "x", ` + subject + `}`)},
		{name: "an appContext", finds: "R147, I-cds-resp-3:", change: suggesting(`{"resourceType": "Observation", "status": "final", "appContext": "x", ` + subject + `}`)},
		{name: "an actionSelectionBehavior", finds: "V3-4:", change: func(c *cards.Card) { c.Suggestions[0].ActionSelectionBehavior = cards.AllActions }},
		{name: "an actionSelectionBehavior in a draft", finds: "V3-4:", change: suggesting(`{"resourceType": "Observation", "status": "final", "actionSelectionBehavior": "any", ` + subject + `}`)},
		{name: "a null", finds: "R3: /suggestions/0/actions/0/resource/note is null", change: suggesting(`{"resourceType": "Observation", "status": "final", "note": null, ` + subject + `}`)},
		{name: "an empty list", finds: "R3: /suggestions/0/actions/0/resource/note is an empty list", change: suggesting(`{"resourceType": "Observation", "status": "final", "note": [], ` + subject + `}`)},
		{name: "an empty object", finds: "R3: /suggestions/0/actions/0/resource/code is an empty object", change: suggesting(`{"resourceType": "Observation", "status": "final", "code": {}, ` + subject + `}`)},
		{name: "a text of blanks", finds: "R3: /suggestions/0/actions/0/resource/x is empty", change: suggesting(`{"resourceType": "Observation", "status": "final", "x": " ", ` + subject + `}`)},
		{name: "what cannot be sent", finds: "R3: cannot be sent", change: func(c *cards.Card) { c.Suggestions[0].Actions[0].Resource = func() {} }},
		{name: "a link without a label", finds: "R138:", change: func(c *cards.Card) { c.Links = []cards.Link{{URL: "https://example.org", Type: "absolute"}} }},
		{name: "a link that is not ASCII", finds: "R139:", change: func(c *cards.Card) {
			c.Links = []cards.Link{{Label: "x", URL: "https://example.org/æ", Type: "absolute"}}
		}},
		{name: "a link of another type", finds: "R142:", change: func(c *cards.Card) { c.Links = []cards.Link{{Label: "x", URL: "https://example.org", Type: "smart"}} }},
		{name: "a forbidden phrase in the detail", finds: "law forbidden phrase: \"ingen røde flag\"", change: func(c *cards.Card) { c.Detail += " Ingen røde flag." }},
		{name: "a forbidden phrase on a button", finds: "law forbidden phrase: \"normal\"", change: func(c *cards.Card) { c.Suggestions[0].Label = "Normal" }},
		{name: "a forbidden phrase in a draft", finds: "law forbidden phrase: \"safe\"", change: suggesting(`{"resourceType": "Observation", "status": "final", "code": {"coding": [{"display": "Safe"}]}, ` + subject + `}`)},
		{name: "no rules", finds: "law cite:", change: func(c *cards.Card) { c.Extension = cards.Extension{} }},
		{name: "a rule that the detail hides", finds: "law cite: rule R-S1", change: func(c *cards.Card) { c.Extension.Decision.Rules = []string{"R-S1"} }},
		{name: "a sentence that is not quoted", finds: "law cite: sentence NS-RF-1a", change: func(c *cards.Card) { c.Extension.Decision.Sentences = []string{"NS-RF-1a"} }},
		{name: "a draft that is active", finds: "law drafts only: ServiceRequest of status active", change: suggesting(`{"resourceType": "ServiceRequest", "status": "active", ` + subject + `}`)},
		{name: "a resource of another kind", finds: "law drafts only: MedicationRequest", change: suggesting(`{"resourceType": "MedicationRequest", "status": "draft", ` + subject + `}`)},
		{name: "a draft without a patient", finds: "law context:", change: suggesting(`{"resourceType": "ServiceRequest", "status": "draft", "subject": {"reference": "Patient/"}}`)},
		{name: "an urgent draft", finds: "law priority: urgent", change: suggesting(`{"resourceType": "ServiceRequest", "status": "draft", "priority": "urgent", ` + subject + `}`)},
		{name: "a second opinion beside a critical card", finds: "law acute: a second opinion", acute: true, change: suggesting(`{"resourceType": "Communication", "status": "preparation", ` + subject + `}`)},
		{name: "a scan beside a critical card", finds: "law acute: mri-lumbar", acute: true, change: suggesting(`{"resourceType": "ServiceRequest", "status": "draft", "code": {"coding": [{"code": "mri-lumbar"}]}, ` + subject + `}`)},
		{name: "a scan in a public code beside a critical card", finds: "law acute: 24968-0", acute: true, change: suggesting(`{"resourceType": "ServiceRequest", "status": "draft", "code": {"coding": [{"code": "24968-0"}]}, ` + subject + `}`)},
		{name: "a critical card without the admission", finds: "law acute: 0 suggestions", acute: true, change: func(c *cards.Card) { c.Suggestions = nil }},
		{name: "a critical card of another topic", finds: "law acute: topic", acute: true, change: func(c *cards.Card) { c.Source.Topic.Code = "plan" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := cards.Check(changed(t, test.acute, test.change), cards.Danish)
			if !slices.ContainsFunc(found, func(violation string) bool { return strings.HasPrefix(violation, test.finds) }) {
				t.Errorf("found %q, not %q", found, test.finds)
			}
		})
	}
}

func TestAGoodCardHasNoFlaw(t *testing.T) {
	for _, acute := range []bool{true, false} {
		if found := cards.Check(changed(t, acute, func(*cards.Card) {}), cards.Danish); len(found) > 0 {
			t.Errorf("%q", found)
		}
	}
}

func TestFlawsOfAnAnswerAsAWholeAreFound(t *testing.T) {
	good := changed(t, false, func(*cards.Card) {})
	other := changed(t, false, func(c *cards.Card) {
		c.UUID = "10000000-0000-4000-8000-000000000000"
		c.Suggestions = nil
		c.SelectionBehavior = ""
	})
	critical := changed(t, true, func(c *cards.Card) {
		c.UUID = "20000000-0000-4000-8000-000000000000"
		c.Suggestions[0].UUID = "20000000-0000-4000-8000-000000000001"
	})
	for _, test := range []struct {
		name, finds string
		list        []cards.Card
	}{
		{"a card sent twice", "R80: uuid", []cards.Card{good, good}},
		{"a suggestion sent twice", "R119: uuid", []cards.Card{good, good}},
		{"a critical card among others", "law volume: a critical card stands alone", []cards.Card{critical, other}},
		{"four cards", "law volume: 4 cards", []cards.Card{good, other, good, other}},
		{"a flawed card", "card 1: R83:", []cards.Card{other, {}}},
	} {
		found := cards.CheckAll(test.list, cards.Danish)
		if !slices.ContainsFunc(found, func(violation string) bool { return strings.HasPrefix(violation, test.finds) }) {
			t.Errorf("%s: found %q, not %q", test.name, found, test.finds)
		}
	}
	if found := cards.CheckAll([]cards.Card{good, other}, cards.Danish); len(found) > 0 {
		t.Errorf("two good cards: %q", found)
	}
}
