package fhir_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

func TestAContactCountsByItsStatus(t *testing.T) {
	counting := []string{"arrived", "triaged", "in-progress", "onleave", "finished", "discharged", "completed"}
	notHeld := []string{"planned", "cancelled"}
	for _, s := range slices.Concat(counting, notHeld, []string{"unknown", "discontinued", "no-such-word", "entered-in-error", ""}) {
		t.Run(s, func(t *testing.T) {
			e := encounter("e", set("status", s))
			if s == "" {
				delete(e, "status")
			}
			r := readEncounters(t, e)
			wantNoGaps(t, r)
			if s == "entered-in-error" {
				if len(r.Chart.Encounters) > 0 {
					t.Errorf("%+v, want it ignored", r.Chart.Encounters)
				}
				return
			}
			got := oneEncounter(t, r)
			if got.TookPlace == slices.Contains(notHeld, s) {
				t.Errorf("took place: %v", got.TookPlace)
			}
			// A status that does not say that it was held leaves it open.
			if got.TookPlace && (got.InPractice == pathway.Yes) != slices.Contains(counting, s) {
				t.Errorf("in practice: %s", got.InPractice)
			}
		})
	}
}

func TestAContactCountsByItsClass(t *testing.T) {
	r5 := func(code string) any {
		return []any{object{"coding": []any{coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", code)}}}
	}
	for name, c := range map[string]struct {
		class any
		want  pathway.Answer
	}{
		"a visit":            {object{"code": "AMB"}, pathway.Yes},
		"a video call":       {object{"code": "VR"}, pathway.Yes},
		"a home visit":       {object{"code": "HH"}, pathway.Yes},
		"an admission":       {object{"code": "IMP"}, pathway.No},
		"an emergency":       {object{"code": "EMER"}, pathway.Unknown},
		"a local code":       {object{"system": "urn:local", "code": "telefon"}, pathway.Unknown},
		"no code":            {object{"display": "ambulatory"}, pathway.Unknown},
		"none":               {nil, pathway.Unknown},
		"a word":             {"ambulatory", pathway.Unknown},
		"a list":             {[]any{object{"code": "AMB"}}, pathway.Yes},
		"R5, a visit":        {r5("AMB"), pathway.Yes},
		"R5, an admission":   {r5("IMP"), pathway.No},
		"R5, an empty list":  {[]any{}, pathway.Unknown},
		"R5, without coding": {[]any{object{"text": "visit"}}, pathway.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			r := readEncounters(t, encounter("e", set("class", c.class)))
			wantNoGaps(t, r)
			if got := oneEncounter(t, r).InPractice; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// A reason in a system that we cannot read is not known to be another one.
func TestAContactIsAboutTheBackByItsReasons(t *testing.T) {
	for name, c := range map[string]struct {
		reasons any
		want    pathway.Answer
	}{
		"back pain":                         {[]any{concept(icpc2, "L84")}, pathway.Yes},
		"sciatica":                          {[]any{concept(snomed, "23056005")}, pathway.Yes},
		"cauda equina":                      {[]any{concept(icd10, "G83.4")}, pathway.Yes},
		"a misplaced code":                  {[]any{concept(sks, "L86")}, pathway.Yes},
		"an object for the list":            {concept(icpc2, "L84"), pathway.Yes},
		"the second of two":                 {[]any{concept(icpc2, "A97"), concept(icpc2, "L84")}, pathway.Yes},
		"the second coding":                 {[]any{object{"coding": []any{object{}, coding("urn:local", "9"), coding(icpc2, "L84")}}}, pathway.Yes},
		"something else":                    {[]any{concept(icpc2, "A97")}, pathway.No},
		"something else, SNOMED CT":         {[]any{concept(snomed, "22298006")}, pathway.No},
		"something else, and words":         {[]any{concept(icpc2, "A97"), object{"text": "ryg"}}, pathway.No},
		"words":                             {[]any{object{"text": "Lændesmerter"}}, pathway.Unknown},
		"an empty coding":                   {[]any{object{"coding": []any{object{}}}}, pathway.Unknown},
		"a code of no system":               {[]any{object{"coding": []any{object{"code": "L84"}}}}, pathway.Unknown},
		"a code of a system we cannot read": {[]any{concept("urn:local", "L84")}, pathway.Unknown},
		"none":                              {[]any{}, pathway.Unknown},
		"null":                              {nil, pathway.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			r := readEncounters(t, encounter("e", set("reasonCode", c.reasons)))
			wantNoGaps(t, r)
			e := oneEncounter(t, r)
			if e.About != c.want {
				t.Errorf("%s, want %s", e.About, c.want)
			}
			if (e.Evidence.Concept != "") != (c.want == pathway.Yes) {
				t.Errorf("evidence %+v", e.Evidence)
			}
		})
	}
}

// TestWhatAVisitIsForIsASuspicion holds B-18: a visit of this contact, coded as
// something alarming, is somebody's coded suspicion.
func TestWhatAVisitIsForIsASuspicion(t *testing.T) {
	ces := set("reasonCode", []any{concept(icpc2, "L84"), concept(sks, "DG834")})
	starts := func(text string) change { return set("period", object{"start": text}) }
	for name, c := range map[string]struct {
		encounter object
		call      string // its encounterId
		want      []pathway.Concept
	}{
		"the visit of the call":                    {encounter("today", ces), "today", []pathway.Concept{pathway.CaudaEquina}},
		"another visit of today":                   {encounter("other", ces, starts("2026-11-23T08:00:00+01:00")), "today", nil},
		"one of today, and the call names none":    {encounter("other", ces, starts("2026-11-23T08:00:00+01:00")), "", []pathway.Concept{pathway.CaudaEquina}},
		"one of ten days ago, the call names none": {encounter("other", ces), "", nil},
		"one without a time, the call names none":  {encounter("other", ces, without("period")), "", nil},
		"cancelled":                            {encounter("today", ces, set("status", "cancelled")), "today", nil},
		"entered in error":                     {encounter("today", ces, set("status", "entered-in-error")), "today", nil},
		"for weakness of a leg":                {encounter("today", set("reasonCode", []any{concept(icpc2, "N18")})), "today", []pathway.Concept{pathway.WeaknessUngraded}},
		"for incontinence, which is often old": {encounter("today", set("reasonCode", []any{concept(icpc2, "U04")})), "today", nil},
		"for back pain":                        {encounter("today", set("reasonCode", []any{concept(icpc2, "L84")})), "today", nil},
		"as R5 writes it":                      {encounter("today", set("reason", []any{object{"value": []any{object{"concept": concept(icd10, "G83.4")}}}})), "today", []pathway.Concept{pathway.CaudaEquina}},
	} {
		t.Run(name, func(t *testing.T) {
			call := callWith(t, prefetch{pathway.FromEncounters: searched([]any{c.encounter})})
			call.Encounter = c.call
			r := call.by(reader(t))
			var got []pathway.Concept
			for _, found := range r.Chart.Conditions {
				got = append(got, found.Concept)
				if !found.Evidence.Suspected || found.Encounter != c.call || !found.Recorded.Known() || found.Evidence.Reference != "Encounter/"+c.encounter["id"].(string) {
					t.Errorf("%+v", found)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAContactNamesItsDiagnosesAndItsPractice(t *testing.T) {
	e := oneEncounter(t, readEncounters(t, encounter("e",
		set("diagnosis", []any{
			object{"condition": reference("Condition/back")},
			object{"condition": reference("https://ehr.example/fhir/Condition/other/_history/2")},
			object{"condition": reference("#contained")},
			object{"condition": reference("urn:uuid:5f1d")},
			object{"condition": reference("Procedure/p")},
			object{"condition": object{"display": "Rygsmerter"}},
			object{},
		}),
		set("reasonReference", []any{reference("Condition/third"), reference("Observation/o")}),
		set("serviceProvider", reference("https://ehr.example/fhir/Organization/practice")))))
	if diff := cmp.Diff([]string{"Condition/back", "Condition/other", "Condition/third"}, e.Diagnoses); diff != "" {
		t.Error(diff)
	}
	if e.Provider != "Organization/practice" {
		t.Errorf("%q: the same practice has to look the same in every reference", e.Provider)
	}
	asObject := oneEncounter(t, readEncounters(t, encounter("e", set("diagnosis", object{"condition": reference("Condition/back")}), set("reasonReference", reference("Condition/third")))))
	if diff := cmp.Diff([]string{"Condition/back", "Condition/third"}, asObject.Diagnoses); diff != "" {
		t.Errorf("objects for lists: %s", diff)
	}
	for to, want := range map[string]string{"Organization/a": "Organization/a", "Organization/a/": "Organization/a", "#clinic": "#clinic", "": ""} {
		if got := oneEncounter(t, readEncounters(t, encounter("e", set("serviceProvider", reference(to))))).Provider; got != want {
			t.Errorf("%q: %q, want %q", to, got, want)
		}
	}
}

func TestAContactOfR5IsReadAsOne(t *testing.T) {
	r := readEncounters(t, encounter("e", without("class", "period"),
		set("status", "completed"),
		set("class", []any{concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB")}),
		set("actualPeriod", object{"start": "2026-11-13T09:00:00+01:00", "end": "2026-11-13T09:15:00+01:00"}),
		set("reason", []any{object{"value": []any{
			object{"concept": concept(icpc2, "L86")},
			object{"reference": reference("Condition/first")},
		}}}),
		set("subjectStatus", concept("urn:local", "x"))))
	wantNoGaps(t, r)
	got := oneEncounter(t, r)
	start := pathway.At(time.Date(2026, 11, 13, 9, 0, 0, 0, copenhagen()))
	want := pathway.Encounter{
		ID: "e", TookPlace: true, InPractice: pathway.Yes, Start: start, About: pathway.Yes,
		Diagnoses: []string{"Condition/first"},
		Evidence:  pathway.Evidence{Reference: "Encounter/e", Concept: pathway.NerveRoot, Code: icpc2 + "|L86", Display: got.Evidence.Display, When: start},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAContactBeginsWhenItsPeriodDoes(t *testing.T) {
	for name, c := range map[string]struct {
		period any
		want   string
	}{
		"a day":             {object{"start": "2026-11-13"}, "2026-11-13"},
		"only an end":       {object{"end": "2026-11-13"}, ""},
		"a list":            {[]any{object{"start": "2026-11-13"}}, "2026-11-13"},
		"no period":         {nil, ""},
		"a period in words": {"yesterday", ""},
	} {
		e := oneEncounter(t, readEncounters(t, encounter("e", set("period", c.period))))
		if c.want == "" && e.Start.Known() || c.want != "" && !e.Start.Earliest.Equal(day(c.want)) {
			t.Errorf("%s: %v, want %q", name, e.Start, c.want)
		}
	}
}

func TestAContactMayCarryTheWholeOfARealOne(t *testing.T) {
	r := readEncounters(t, raw(recordEncounter(1)))
	wantNoGaps(t, r)
	if len(r.Notes) > 0 {
		t.Errorf("notes %+v", r.Notes)
	}
	if e := oneEncounter(t, r); e.ID != "encounter-1" || e.Provider != "Organization/practice" || !e.About.IsYes() {
		t.Errorf("%+v", e)
	}
	if got := r.States[pathway.FromEncounters]; got != fhir.Given {
		t.Errorf("state %s", got)
	}
}
