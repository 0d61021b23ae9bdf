package fhir_test

import (
	"slices"
	"testing"

	"rygkort/fhir"
	"rygkort/pathway"
)

func TestAnswer(t *testing.T) {
	terms, err := fhir.NewTerminology("https://region.example/fhir")
	if err != nil {
		t.Fatal(err)
	}
	const ours = "https://rygkort.example/fhir/CodeSystem/answer"
	for _, test := range []struct{ name, system, code, want string }{
		{"SNOMED CT yes", snomedURI, "373066001", "yes"},
		{"SNOMED CT no", snomedURI, "373067005", "no"},
		{"SNOMED CT by its OID", "urn:oid:2.16.840.1.113883.6.96", "373067005", "no"},
		{"LOINC yes", loincURI, "LA33-6", "yes"},
		{"LOINC no", loincURI, "LA32-8", "no"},
		{"LOINC's yes under SNOMED CT", snomedURI, "LA33-6", ""},
		{"SNOMED CT's yes under LOINC", loincURI, "373066001", ""},
		{"another SNOMED CT code", snomedURI, "279039007", ""},
		{"our code under the operator's base", "https://region.example/fhir/CodeSystem/answer/", "reduced", "reduced"},
		{"our code under the default base", ours, " not-tested ", "not-tested"},
		{"a word that is no answer of ours", ours, "perhaps", ""},
		{"a finding is no answer", ours, "paralysis", ""},
		{"an answer among the findings", "https://rygkort.example/fhir/CodeSystem/finding", "yes", ""},
		{"no system", "", "yes", ""},
		{"no code", ours, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := terms.Answer(test.system, test.code)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("Answer(%q, %q) = %q, %v, want %q", test.system, test.code, got, ok, test.want)
			}
		})
	}
}

func TestEveryAnswerWordIsACodeOfOurs(t *testing.T) {
	terms := newTerminology(t)
	words := map[string]bool{}
	for _, c := range pathwayConcepts(t) {
		for _, word := range fhir.Answers(c) {
			words[word] = true
		}
	}
	want := []string{
		"yes", "no", "unsure", "normal", "reduced", "not-tested", "none", "new", "worse",
		"unchanged", "better", "present", "not-assessed", "some", "good",
	}
	for _, word := range want {
		if got, ok := terms.Answer(fhir.DefaultCanonical+"/CodeSystem/answer", word); !ok || got != word {
			t.Errorf("%s is not in our answer code system", word)
		}
		if !words[word] {
			t.Errorf("%s answers no question", word)
		}
	}
	if len(words) != len(want) {
		t.Errorf("%d words, want %d: %v", len(words), len(want), words)
	}
}

func TestNumbersAndPanelsHaveNoWords(t *testing.T) {
	for _, c := range []pathway.Concept{
		pathway.ContactNumber, pathway.LegStrength, pathway.RedFlagCheck, pathway.PainNumericRating, pathway.LowBackPain,
	} {
		if words := fhir.Answers(c); words != nil {
			t.Errorf("%s: %v", c, words)
		}
	}
}

func TestMuscleGroup(t *testing.T) {
	terms, err := fhir.NewTerminology("https://region.example/fhir")
	if err != nil {
		t.Fatal(err)
	}
	groups := fhir.MuscleGroups()
	if len(groups) != 10 || len(slices.Compact(slices.Sorted(slices.Values(groups)))) != 10 {
		t.Errorf("want five groups of two sides: %v", groups)
	}
	for _, base := range []string{"https://region.example/fhir", fhir.DefaultCanonical} {
		for _, group := range groups {
			if got, ok := terms.MuscleGroup(base+"/CodeSystem/muscle-group", " "+group); !ok || got != group {
				t.Errorf("MuscleGroup of %q = %q, %v", group, got, ok)
			}
		}
	}
	for _, test := range []struct{ name, system, code string }{
		{"without a side", fhir.DefaultCanonical + "/CodeSystem/muscle-group", "hip-flexion"},
		{"no code", fhir.DefaultCanonical + "/CodeSystem/muscle-group", ""},
		{"another of our systems", fhir.DefaultCanonical + "/CodeSystem/finding", "hip-flexion-left"},
		{"no system", "", "hip-flexion-left"},
		{"unknown system", "urn:oid:1.2.3", "hip-flexion-left"},
	} {
		if got, ok := terms.MuscleGroup(test.system, test.code); ok || got != "" {
			t.Errorf("%s: recognised as %q", test.name, got)
		}
	}
}
