package pathway_test

import (
	"fmt"
	"time"

	"rygkort/pathway"
)

// A patient with back pain since the day before yesterday, and a numb saddle:
// whatever else is said or missing, the answer is acute admission.
func ExampleDecide() {
	monday := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.FixedZone("CET", 60*60))
	chart := pathway.Chart{
		AsOf: monday,
		Hook: pathway.PatientView,
		Conditions: []pathway.Condition{
			{Concept: pathway.NonspecificStated, Onset: pathway.OnDay(monday.AddDate(0, 0, -2))},
		},
		Observations: []pathway.Observation{
			{Concept: pathway.SaddleSensation, Value: "reduced", Effective: pathway.At(monday)},
		},
	}

	decision := pathway.Decide(chart.Facts(pathway.DefaultParameters()))
	for _, advice := range decision.Advice {
		rule := advice.Lead().Rule
		fmt.Println(rule.ID, advice.Urgency, "–", rule.Then)
		for _, id := range rule.Sentences {
			fmt.Println(id, pathway.SentenceText(id))
		}
	}
	// Output:
	// R-A1 critical – acute admission
	// NS-RF-1a Akut indlæggelse ved mistanke om cauda equina syndrom, …
	// NR-RF-1a Akut indlæggelse ved mistanke om cauda equina syndrom, …
	// NR-RF-2a Henvisning til sekundærsektor ved påvirkning af lukkemuskulatur …
}

// Nothing that calms comes out of a record that is silent: the questions that
// nobody answered stand in the decision.
func ExampleDecide_unanswered() {
	monday := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.FixedZone("CET", 60*60))
	chart := pathway.Chart{
		AsOf:       monday,
		Hook:       pathway.PatientView,
		Encounter:  "1",
		Encounters: []pathway.Encounter{{ID: "1", TookPlace: true, InPractice: pathway.Yes, Start: pathway.At(monday), About: pathway.Yes}},
	}

	facts := chart.Facts(pathway.DefaultParameters())
	fmt.Println("acute:", facts.Acute().Answer)
	for _, advice := range pathway.Decide(facts).Advice {
		fmt.Println(advice.Lead().Rule.ID, "–", advice.Lead().Rule.Then)
	}
	// Output:
	// acute: unknown
	// R-Q1 – list the open questions and offer to record the answers
	// R-Q3 – show the next step of both pages, assume neither, and ask
}
