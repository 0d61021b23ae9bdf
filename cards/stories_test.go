package cards_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rygkort/cards"
	"rygkort/pathway"
)

// today is the day on which all stories happen.
var today = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

func daysAgo(n int) pathway.When { return pathway.OnDay(today.AddDate(0, 0, -n)) }

// numbered makes UUIDs that tests can tell apart.
func numbered() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	}
}

func settings() cards.Settings {
	return cards.Settings{PublicURL: "https://cds.region.example", NewUUID: numbered()}
}

var call = cards.Call{Language: cards.Danish, Patient: "p1", Encounter: "e1"}

func inEnglish() cards.Call {
	c := call
	c.Language = cards.English
	return c
}

// story is a chart in the making. It starts as a visit about the back today.
type story struct{ pathway.Chart }

func visit() *story {
	s := &story{pathway.Chart{AsOf: today, Hook: pathway.PatientView, Encounter: "e1"}}
	s.contact("e1", 0)
	return s
}

func (s *story) contact(id string, ago int) *story {
	s.Encounters = append(s.Encounters, pathway.Encounter{
		ID: id, TookPlace: true, InPractice: pathway.Yes, Start: daysAgo(ago), About: pathway.Yes,
		Evidence: pathway.Evidence{Reference: "Encounter/" + id, When: daysAgo(ago)},
	})
	return s
}

func (s *story) diagnosis(concept pathway.Concept, display string, ago int) *story {
	id := fmt.Sprintf("Condition/c%d", len(s.Conditions)+1)
	s.Conditions = append(s.Conditions, pathway.Condition{
		Concept: concept, Onset: daysAgo(ago), Recorded: daysAgo(ago),
		Evidence: pathway.Evidence{Reference: id, Concept: concept, Display: display},
	})
	return s
}

func (s *story) answer(concept pathway.Concept, value string, ago int) *story {
	o := pathway.Observation{
		Concept: concept, Value: value, Firm: true, Effective: daysAgo(ago),
		Evidence: pathway.Evidence{Reference: fmt.Sprintf("Observation/o%d", len(s.Observations)+1)},
	}
	if ago == 0 {
		o.Encounter = "e1"
	}
	s.Observations = append(s.Observations, o)
	return s
}

func (s *story) strength(site string, grade, ago int) *story {
	s.answer(pathway.LegStrength, "", ago)
	o := &s.Observations[len(s.Observations)-1]
	o.Number, o.HasNumber, o.Site = grade, true, site
	return s
}

func (s *story) redFlagsAbsent() *story {
	for _, item := range pathway.RedFlagItems() {
		word := "no"
		switch item {
		case pathway.SaddleSensation:
			word = "normal"
		case pathway.BladderDisturbance, pathway.BowelDisturbance:
			word = "none"
		}
		s.answer(item, word, 0)
	}
	return s
}

func (s *story) ordering(concept pathway.Concept) *story {
	s.Hook = pathway.OrderSelect
	s.Drafts = append(s.Drafts, pathway.Request{
		Reference: "ServiceRequest/draft-1", Concept: concept, Open: true, Selected: true, AboutBack: pathway.Yes,
		Evidence: pathway.Evidence{Reference: "ServiceRequest/draft-1", Concept: concept},
	})
	return s
}

func (s *story) cards(t testing.TB, c cards.Call, change ...func(*pathway.Parameters)) []cards.Card {
	t.Helper()
	p := pathway.DefaultParameters()
	for _, f := range change {
		f(&p)
	}
	got := cards.New(settings()).Render(pathway.Decide(s.Facts(p)), c)
	for _, violation := range cards.CheckAll(got, c.Language) {
		t.Error(violation)
	}
	return got
}

// about is the card of that rule.
func about(t testing.TB, list []cards.Card, rule string) cards.Card {
	t.Helper()
	for _, card := range list {
		for _, id := range card.Extension.Decision.Rules {
			if id == rule {
				return card
			}
		}
	}
	t.Fatalf("no card of %s among %d", rule, len(list))
	return cards.Card{}
}

func says(t testing.TB, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
}

func silentOn(t testing.TB, text string, unwanted ...string) {
	t.Helper()
	for _, not := range unwanted {
		if strings.Contains(text, not) {
			t.Errorf("says %q:\n%s", not, text)
		}
	}
}

func labels(card cards.Card) string {
	var all []string
	for _, s := range card.Suggestions {
		all = append(all, s.Label)
	}
	return strings.Join(all, "\n")
}

func sent(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
