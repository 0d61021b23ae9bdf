package fhir_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

// words are the answers to a question that say yes and no in general terms.
func words(question pathway.Concept) (yesNo, defined []string) {
	defined = fhir.Answers(question)
	if slices.Contains(defined, "yes") {
		yesNo = []string{"yes", "no"}
	}
	return yesNo, defined
}

// askedInWords are our questions that are answered by a word.
func askedInWords() []pathway.Concept {
	return []pathway.Concept{
		pathway.NerveRootInvolvement, pathway.Course, pathway.ClearImprovement, pathway.SaddleSensation, pathway.AnalTone,
		pathway.BladderDisturbance, pathway.BowelDisturbance, pathway.BilateralSciatica, pathway.ParesisProgressive,
		pathway.Paralysis, pathway.IntractablePain, pathway.SeriousPathology, pathway.YellowFlags, pathway.OtherTreatment,
		pathway.Exercise, pathway.TreatmentEffect,
	}
}

// forms are the ways in which a record may give a word as an answer.
func forms(word string) map[string]change {
	given := map[string]change{
		"valueString":                 set("valueString", word),
		"valueString in capitals":     set("valueString", " "+string(word[0]-'a'+'A')+word[1:]+" "),
		"our answer code":             set("valueCodeableConcept", concept(answerCode, word)),
		"our answer code, configured": set("valueCodeableConcept", concept(region+"/CodeSystem/answer", word)),
		"behind a local code":         set("valueCodeableConcept", object{"coding": []any{object{}, coding("urn:local", "17"), coding(answerCode, word)}}),
	}
	switch word {
	case "yes", "no":
		yes := word == "yes"
		given["valueBoolean"] = set("valueBoolean", yes)
		given["valueBoolean in quotes"] = set("valueBoolean", strconv.FormatBool(yes))
		given["SNOMED CT"] = set("valueCodeableConcept", concept(snomed, map[bool]string{true: "373066001", false: "373067005"}[yes]))
		given["LOINC"] = set("valueCodeableConcept", concept(loinc, map[bool]string{true: "LA33-6", false: "LA32-8"}[yes]))
	}
	return given
}

func TestEachQuestionIsAnsweredInEachForm(t *testing.T) {
	for _, question := range askedInWords() {
		_, defined := words(question)
		if len(defined) == 0 {
			t.Fatalf("%s has no answers", question)
		}
		for _, word := range defined {
			for form, value := range forms(word) {
				for _, base := range []string{fhir.DefaultCanonical, region} {
					r := readObservations(t, observation("o", question, value, set("code", concept(base+"/CodeSystem/finding", string(question)))))
					o := oneObservation(t, r)
					if o.Concept != question || o.Value != word || !o.Firm || o.HasNumber || len(r.Chart.Gaps) > 0 {
						t.Errorf("%s = %s by %s under %s: %+v, gaps %+v", question, word, form, base, o, r.Chart.Gaps)
					}
				}
			}
		}
	}
}

func TestWhatIsNoAnswerToTheQuestionLeavesItOpenAndSaysSo(t *testing.T) {
	for _, question := range askedInWords() {
		yesNo, defined := words(question)
		wrong := map[string]change{
			"a word of no question":  set("valueString", "ja"),
			"an empty word":          set("valueString", ""),
			"text alone":             set("valueCodeableConcept", object{"text": defined[0]}),
			"an empty concept":       set("valueCodeableConcept", object{}),
			"a foreign code":         set("valueCodeableConcept", concept(snomed, "260413007")),
			"a foreign answer code":  set("valueCodeableConcept", concept("https://other.example/fhir/CodeSystem/answer", defined[0])),
			"a code for a concept":   set("valueCodeableConcept", defined[0]),
			"an integer":             set("valueInteger", 1),
			"a quantity":             set("valueQuantity", object{"value": 1}),
			"a range":                set("valueRange", object{"low": object{"value": 1}}),
			"a ratio":                set("valueRatio", object{}),
			"a period":               set("valuePeriod", object{"start": "2026-11-01"}),
			"a date":                 set("valueDateTime", "2026-11-01"),
			"a time":                 set("valueTime", "10:00:00"),
			"samples":                set("valueSampledData", object{"data": "1 2"}),
			"a boolean that is none": set("valueBoolean", "ja"),
			"a string that is none":  set("valueString", object{"value": "yes"}),
		}
		if yesNo == nil {
			wrong["a boolean"] = set("valueBoolean", true)
			wrong["yes"] = set("valueCodeableConcept", concept(answerCode, "yes"))
			wrong["SNOMED CT's yes"] = set("valueCodeableConcept", concept(snomed, "373066001"))
		}
		if !slices.Contains(defined, "new") {
			wrong["another question's word"] = set("valueString", "new")
		}
		for name, value := range wrong {
			r := readObservations(t, observation("o", question, value))
			if o := oneObservation(t, r); o.Value != "" || o.HasNumber {
				t.Errorf("%s by %s: %+v", question, name, o)
			}
			if len(r.Chart.Gaps) != 1 {
				t.Errorf("%s by %s: gaps %+v", question, name, r.Chart.Gaps)
				continue
			}
			want := pathway.Gap{Source: pathway.FromObservations, Reason: fhir.ReasonNoAnswer, Reference: "Observation/o", Concept: question}
			if diff := cmp.Diff(want, r.Chart.Gaps[0]); diff != "" {
				t.Errorf("%s by %s: %s", question, name, diff)
			}
		}
	}
}

// A record may answer twice in one concept: in the general words of others and
// in ours. The word that answers the question counts.
func TestOfSeveralAnswerCodesTheOneThatFitsTheQuestionCounts(t *testing.T) {
	o := oneObservation(t, readObservations(t, observation("o", pathway.BladderDisturbance,
		set("valueCodeableConcept", object{"coding": []any{coding(snomed, "373066001"), coding(answerCode, "new")}}))))
	if o.Value != "new" {
		t.Errorf("%q, want new", o.Value)
	}
}

func TestAQuestionWithoutAValueIsUnansweredAndNoGap(t *testing.T) {
	masked := object{"extension": []any{object{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}}}
	for name, value := range map[string]change{
		"no value":                       without(),
		"a reason for its absence":       set("dataAbsentReason", concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-asked")),
		"a reason and a value":           func(o object) { o["dataAbsentReason"], o["valueBoolean"] = object{"text": "?"}, false },
		"a masked value":                 set("_valueBoolean", masked),
		"null for a value":               set("valueBoolean", nil),
		"null for a coded value":         set("valueCodeableConcept", nil),
		"null for a value and for a why": func(o object) { o["dataAbsentReason"], o["valueString"] = nil, nil },
	} {
		for _, question := range []pathway.Concept{pathway.Paralysis, pathway.LegStrength} {
			t.Run(name+", "+string(question), func(t *testing.T) {
				r := readObservations(t, observation("o", question, value))
				wantNoGaps(t, r)
				if o := oneObservation(t, r); o.Value != "" || o.HasNumber {
					t.Errorf("%+v, want it unanswered", o)
				}
			})
		}
	}
}

// A positive is taken from any status, a negative from three (docs/facts.md);
// what is missing is none of the three.
func TestTheStatusDecidesHowStrongAnAnswerIs(t *testing.T) {
	firm := []string{"final", "amended", "corrected"}
	for _, s := range slices.Concat(firm, []string{"preliminary", "registered", "unknown", "no-such-word", "entered-in-error", "cancelled", ""}) {
		for _, word := range []string{"yes", "no"} {
			t.Run(word+", "+s, func(t *testing.T) {
				o := answered("o", pathway.Paralysis, word, set("status", s))
				if s == "" {
					delete(o, "status")
				}
				r := readObservations(t, o)
				wantNoGaps(t, r)
				if s == "entered-in-error" || s == "cancelled" {
					if len(r.Chart.Observations) > 0 {
						t.Errorf("%+v, want it ignored", r.Chart.Observations)
					}
					return
				}
				if got := oneObservation(t, r); got.Value != word || got.Firm != slices.Contains(firm, s) {
					t.Errorf("%q, firm %v", got.Value, got.Firm)
				}
			})
		}
	}
	for name, s := range map[string]any{"a number": 5, "null": nil, "an object": object{"coding": []any{}}, "a list": []any{"final"}} {
		if o := oneObservation(t, readObservations(t, answered("o", pathway.Paralysis, "yes", set("status", s)))); o.Value != "yes" || o.Firm {
			t.Errorf("%s for a status: %+v", name, o)
		}
	}
}

func TestANumberIsReadInEachForm(t *testing.T) {
	const none = -1
	quantity := func(value any, changes ...change) change {
		return set("valueQuantity", changed(object{"value": value}, changes))
	}
	for name, c := range map[string]struct {
		question pathway.Concept
		value    change
		want     int
	}{
		"an integer":                  {pathway.LegStrength, set("valueInteger", 3), 3},
		"nought":                      {pathway.LegStrength, set("valueInteger", 0), 0},
		"five":                        {pathway.LegStrength, set("valueInteger", 5), 5},
		"an integer in quotes":        {pathway.LegStrength, set("valueInteger", "4"), 4},
		"an integer with a point":     {pathway.LegStrength, set("valueInteger", raw("4.0")), 4},
		"an integer with an exponent": {pathway.LegStrength, set("valueInteger", raw("4e0")), 4},
		"a fraction as an integer":    {pathway.LegStrength, set("valueInteger", raw("3.5")), 3},
		"a string":                    {pathway.LegStrength, set("valueString", " 4 "), 4},
		"a quantity":                  {pathway.LegStrength, quantity(raw("4")), 4},
		"a quantity in quotes":        {pathway.LegStrength, quantity("4"), 4},
		"a decimal":                   {pathway.LegStrength, quantity(raw("3.5")), 3},
		"a decimal, whole":            {pathway.LegStrength, quantity(raw("4.000")), 4},
		"null for the comparator":     {pathway.LegStrength, quantity(raw("4"), set("comparator", nil)), 4},
		"contact number":              {pathway.ContactNumber, set("valueInteger", 3), 3},
		"pain of ten":                 {pathway.PainNumericRating, quantity(raw("10"), set("unit", "{score}")), 10},
		"six":                         {pathway.LegStrength, set("valueInteger", 6), none},
		"less than nought":            {pathway.LegStrength, set("valueInteger", -1), none},
		"a little less than nought":   {pathway.LegStrength, quantity(raw("-0.5")), none},
		"a comparator":                {pathway.LegStrength, quantity(raw("4"), set("comparator", "<")), none},
		"a comparator in escapes":     {pathway.LegStrength, set("valueQuantity", raw(`{"value": 4, "comparator": "\u003c"}`)), none},
		"a comparator of R6":          {pathway.LegStrength, quantity(raw("4"), set("comparator", "~")), none},
		"3+":                          {pathway.LegStrength, set("valueString", "3+"), none},
		"4/5":                         {pathway.LegStrength, set("valueString", "4/5"), none},
		"a word":                      {pathway.LegStrength, set("valueString", "reduced"), none},
		"a word for an integer":       {pathway.LegStrength, set("valueInteger", "three"), none},
		"a boolean":                   {pathway.LegStrength, set("valueBoolean", true), none},
		"a code":                      {pathway.LegStrength, set("valueCodeableConcept", concept(answerCode, "no")), none},
		"a range":                     {pathway.LegStrength, set("valueRange", object{"low": object{"value": 2}}), none},
		"a quantity without a value":  {pathway.LegStrength, set("valueQuantity", object{"unit": "MRC"}), none},
		"a quantity not a number":     {pathway.LegStrength, quantity("NaN"), none},
		"a quantity without end":      {pathway.LegStrength, quantity("Inf"), none},
		"a quantity in words":         {pathway.LegStrength, quantity("four"), none},
		"a quantity as an object":     {pathway.LegStrength, quantity(object{"x": 4}), none},
		"a number beyond all numbers": {pathway.LegStrength, quantity(raw("1e400")), none},
		"contact nought":              {pathway.ContactNumber, set("valueInteger", 0), none},
		"a VAS of 70":                 {pathway.PainNumericRating, quantity(raw("70")), none},
		"a 7 on a scale to 100": {pathway.PainNumericRating, func(o object) {
			o["valueInteger"], o["referenceRange"] = 7, []any{object{"low": object{"value": 0}, "high": object{"value": 100}}}
		}, none},
		"a 7 on a scale to 10": {pathway.PainNumericRating, func(o object) {
			o["valueInteger"], o["referenceRange"] = 7, []any{object{"low": object{"value": 0}, "high": object{"value": 10}}}
		}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			o := observation("o", c.question, c.value)
			if c.question == pathway.PainNumericRating {
				o["code"] = concept(loinc, "72514-3")
			}
			r := readObservations(t, o)
			got := oneObservation(t, r)
			if c.want == none {
				if got.HasNumber || got.Number != 0 {
					t.Errorf("read as %d", got.Number)
				}
				if gap := wantGap(t, r, pathway.FromObservations, fhir.ReasonNoAnswer); gap.Concept != c.question {
					t.Errorf("%+v", gap)
				}
				return
			}
			wantNoGaps(t, r)
			if !got.HasNumber || got.Number != c.want {
				t.Errorf("%d (%v), want %d", got.Number, got.HasNumber, c.want)
			}
		})
	}
}

// found are the answers by question, "question=word" or "question=number@site".
func found(r *fhir.Reading) []string {
	var all []string
	for _, o := range r.Chart.Observations {
		said := o.Value
		if o.HasNumber {
			said = strconv.Itoa(o.Number)
		}
		site := o.Site
		if site == "" {
			site = o.SiteText
		}
		if site != "" {
			said += "@" + site
		}
		all = append(all, string(o.Concept)+"="+said)
	}
	slices.Sort(all)
	return all
}

func part(code object, changes ...change) object { return changed(object{"code": code}, changes) }

func question(c pathway.Concept) object { return concept(finding, string(c)) }

func TestAPanelsComponentsAreAnswersOfTheirOwn(t *testing.T) {
	r := readObservations(t, observation("o", pathway.RedFlagCheck,
		set("encounter", reference("Encounter/today")), set("status", "preliminary"),
		set("component", []any{
			part(question(pathway.SaddleSensation), set("valueCodeableConcept", concept(answerCode, "reduced"))),
			part(question(pathway.Paralysis), set("valueBoolean", false)),
			part(question(pathway.BladderDisturbance), set("dataAbsentReason", object{"text": "not asked"})),
			part(question(pathway.BowelDisturbance), set("valueString", "maybe")),
			part(question(pathway.LegStrength), set("valueInteger", 4)),
			part(concept(loinc, "8867-4"), set("valueQuantity", object{"value": 3})),
			part(object{"text": "remarks"}, set("valueString", "none")),
			part(object{}),
			"not a component",
		})))
	want := []string{"bladder-disturbance=", "bowel-disturbance=", "leg-strength=4", "paralysis=no", "saddle-sensation=reduced"}
	if diff := cmp.Diff(want, found(r)); diff != "" {
		t.Error(diff)
	}
	for _, o := range r.Chart.Observations {
		if o.Encounter != "today" || !o.Effective.Known() || o.Firm || o.Evidence.Reference != "Observation/o" {
			t.Errorf("%s: %+v, want the panel's encounter, date and status", o.Concept, o)
		}
	}
	if gap := wantGap(t, r, pathway.FromObservations, fhir.ReasonNoAnswer); gap.Concept != pathway.BowelDisturbance {
		t.Errorf("%+v", gap)
	}
	wantNote(t, r, "Observation/o", "/component/3/value[x]", fhir.ReasonNoAnswer)
}

func TestAPanelByItselfAnswersNothing(t *testing.T) {
	for name, value := range map[string]change{"without parts": without(), "with a value": set("valueBoolean", false), "with no parts": set("component", []any{})} {
		if r := readObservations(t, observation("o", pathway.RedFlagCheck, value)); len(r.Chart.Observations) > 0 {
			t.Errorf("%s: %v", name, found(r))
		}
	}
}

// A local panel, of whatever code, may hold our questions.
func TestOurQuestionsAreFoundInAPanelOfAnyCode(t *testing.T) {
	parts := set("component", []any{
		part(concept(region+"/CodeSystem/finding", "paresis-progressive"), set("valueBoolean", true)),
		part(concept(loinc, "9269-2"), set("valueInteger", 3)), // Glasgow coma score: no strength of a leg
	})
	for name, code := range map[string]any{
		"a LOINC panel":        concept(loinc, "85354-9"),
		"a local panel":        concept("urn:local", "ryg"),
		"a panel in words":     object{"text": "Rygundersøgelse"},
		"a panel of no code":   object{},
		"a panel without code": nil,
	} {
		r := readObservations(t, observation("o", "", set("code", code), parts))
		if diff := cmp.Diff([]string{"paresis-progressive=yes"}, found(r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		wantNoGaps(t, r)
	}
	escaped := raw(`{"resourceType": "Observation", "id": "o", "status": "final", "code": {"coding": [{"system": "http:\/\/loinc.org", "code": "85354-9"}]},
		"component": {"code": {"coding": {"system": "https:\/\/rygkort.example\/fhir\/CodeSystem\/finding", "code": "paresis-progressive"}}, "valueBoolean": true}}`)
	if diff := cmp.Diff([]string{"paresis-progressive=yes"}, found(readObservations(t, escaped))); diff != "" {
		t.Errorf("slashes in escapes: %s", diff)
	}
}

func TestStrengthNamesItsMuscleGroup(t *testing.T) {
	site := func(code object) change { return set("bodySite", code) }
	grade := set("valueInteger", 4)
	for name, c := range map[string]struct {
		changes []change
		want    []string
	}{
		"our muscle group":              {[]change{grade, site(concept(muscleGroup, "knee-extension-left"))}, []string{"leg-strength=4@knee-extension-left"}},
		"our muscle group, configured":  {[]change{grade, site(concept(region+"/CodeSystem/muscle-group", "knee-extension-left"))}, []string{"leg-strength=4@knee-extension-left"}},
		"another code for the site":     {[]change{grade, site(concept(snomed, "61396006"))}, []string{"leg-strength=4@" + snomed + "|61396006"}},
		"ours behind another":           {[]change{grade, site(object{"coding": []any{coding(snomed, "61396006"), coding(muscleGroup, "hip-flexion-right")}})}, []string{"leg-strength=4@hip-flexion-right"}},
		"words":                         {[]change{grade, site(object{"text": " venstre fod "})}, []string{"leg-strength=4@venstre fod"}},
		"words with spaces too many":    {[]change{grade, site(object{"text": "venstre  \t fod"})}, []string{"leg-strength=4@venstre fod"}},
		"a display":                     {[]change{grade, site(object{"coding": []any{object{"display": "venstre fod"}}})}, []string{"leg-strength=4@venstre fod"}},
		"no site":                       {[]change{grade}, []string{"leg-strength=4"}},
		"an empty site":                 {[]change{grade, site(object{"coding": []any{object{}}})}, []string{"leg-strength=4"}},
		"a site as a list":              {[]change{grade, set("bodySite", []any{concept(muscleGroup, "knee-extension-left")})}, []string{"leg-strength=4@knee-extension-left"}},
		"a component for each group":    {[]change{parts(muscleGroup, "knee-extension-left", 4, "great-toe-extension-right", 2)}, []string{"leg-strength=2@great-toe-extension-right", "leg-strength=4@knee-extension-left"}},
		"components in other codes":     {[]change{parts(snomed, "61396006", 4, "62175007", 2)}, []string{"leg-strength=2@" + snomed + "|62175007", "leg-strength=4@" + snomed + "|61396006"}},
		"components in words":           {[]change{set("component", []any{part(object{"text": "venstre fod"}, set("valueInteger", 1))})}, []string{"leg-strength=1@venstre fod"}},
		"a grade of its own and a part": {[]change{grade, set("component", []any{part(concept(muscleGroup, "hip-flexion-left"), set("valueInteger", 3))})}, []string{"leg-strength=3@hip-flexion-left", "leg-strength=4"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := readObservations(t, observation("o", pathway.LegStrength, c.changes...))
			wantNoGaps(t, r)
			if diff := cmp.Diff(c.want, found(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a group is a grade in any panel", func(t *testing.T) {
		r := readObservations(t, observation("o", "", set("code", concept("urn:local", "neuro")), parts(muscleGroup, "hip-flexion-left", 0, "hip-flexion-right", 7)))
		if diff := cmp.Diff([]string{"leg-strength=0@hip-flexion-left", "leg-strength=@hip-flexion-right"}, found(r)); diff != "" {
			t.Error(diff)
		}
		wantGap(t, r, pathway.FromObservations, fhir.ReasonNoAnswer)
	})
}

// parts are two components, each a muscle group with its grade.
func parts(system, one string, first int, other string, second int) change {
	return set("component", []any{
		part(concept(system, one), set("valueInteger", first)), part(concept(system, other), set("valueInteger", second)),
	})
}

func TestAnAnswerToNoQuestionIsNamed(t *testing.T) {
	for name, code := range map[string]any{
		"no code": nil, "an empty code": object{}, "a string": "paralysis",
		"no code system": object{"coding": []any{object{"code": "paralysis"}}},
	} {
		r := readObservations(t, answered("o", "", "yes", set("code", code)), answered("p", pathway.IntractablePain, "yes"))
		if gap := wantGap(t, r, pathway.FromObservations, fhir.ReasonNoCode); gap.Reference != "Observation/o" || gap.Whole {
			t.Errorf("%s: %+v", name, gap)
		}
		if o := oneObservation(t, r); o.Concept != pathway.IntractablePain {
			t.Errorf("%s: %+v", name, o)
		}
	}
	words := readObservations(t, answered("o", "", "yes", set("code", object{"text": "Paralyse"})))
	wantNoGaps(t, words)
	wantNote(t, words, "Observation/o", "/code", "text without a code")
	blood := readObservations(t, answered("o", "", "yes", set("code", concept(loinc, "6690-2"))))
	if wantNoGaps(t, blood); len(blood.Chart.Observations)+len(blood.Notes) > 0 {
		t.Errorf("what is of no concern: %+v %+v", blood.Chart.Observations, blood.Notes)
	}
}

// Scores without a verified code are read once an operator brings one.
func TestAnOperatorsCodesAreRead(t *testing.T) {
	shipped, err := terminology()
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range []string{"start-back", "post-void-residual-volume"} {
		files[name+".json"] = &fstest.MapFile{Data: encoded(t, object{
			"resourceType": "ValueSet", "url": fhir.DefaultCanonical + "/ValueSet/" + name, "status": "active",
			"compose": object{"include": []any{object{"system": "urn:local", "concept": []any{object{"code": name}}}}},
		})}
	}
	terms, _, err := shipped.With(files)
	if err != nil {
		t.Fatal(err)
	}
	call := callWith(t, prefetch{pathway.FromObservations: bundle(
		observation("risk", "", set("code", concept("urn:local", "start-back")), set("valueString", " High ")),
		observation("urine", "", set("code", concept("urn:local", "post-void-residual-volume")), set("valueQuantity", object{"value": 350, "unit": "mL"})),
	)})
	if diff := cmp.Diff([]string{"post-void-residual-volume=350", "start-back=high"}, found(call.by(fhir.NewReader(terms, nil)))); diff != "" {
		t.Error(diff)
	}
}
