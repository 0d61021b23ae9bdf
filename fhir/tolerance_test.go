package fhir_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

// secret stands for whatever a record says of a patient. No gap and no note may
// repeat it: both go to logs and traces.
const secret = "HEMMELIG-0101010000"

func wantNoSecret(t testing.TB, r *fhir.Reading) {
	t.Helper()
	if said := fmt.Sprintf("%+v %+v", r.Notes, r.Chart.Gaps); strings.Contains(said, secret) {
		t.Errorf("a value of the patient's was repeated: %s", said)
	}
}

// What the models choke on by themselves, each at a place that is named and
// costs nothing else.
func TestNoOddMemberSinksItsResource(t *testing.T) {
	retained := func(changes ...change) object { return condition("c", icpc2, "U08", changes...) }
	progressive := func(changes ...change) object { return answered("o", pathway.ParesisProgressive, "yes", changes...) }
	attended := func(changes ...change) object { return encounter("e", changes...) }
	for name, c := range map[string]struct {
		key      pathway.Source
		resource object
		pointer  string // empty where the member is of no concern
	}{
		"an identifier's use of no release": {pathway.FromConditions, retained(set("identifier", []any{object{"use": "preferred", "value": secret}})), ""},
		"a narrative of an odd status":      {pathway.FromConditions, retained(set("text", object{"status": "ok", "div": secret})), ""},
		"an object for a list of notes":     {pathway.FromConditions, retained(set("note", object{"text": secret})), ""},
		"an object for the category":        {pathway.FromConditions, retained(set("category", object{"text": secret})), ""},
		"an object for the coding":          {pathway.FromConditions, retained(set("code", object{"coding": coding(icpc2, "U08")})), "/code/coding"},
		"a list for the code":               {pathway.FromConditions, retained(set("code", []any{concept(icpc2, "U08")})), "/code"},
		"a boolean in words":                {pathway.FromConditions, retained(set("code", object{"coding": []any{object{"system": icpc2, "code": "U08", "userSelected": secret}}})), ""},
		"a status as a word":                {pathway.FromConditions, retained(set("clinicalStatus", "active")), "/clinicalStatus"},
		"a severity as a word":              {pathway.FromConditions, retained(set("severity", secret)), ""},
		"an age as a word":                  {pathway.FromConditions, retained(set("onsetAge", secret)), ""},
		"evidence as R5 writes it":          {pathway.FromConditions, retained(set("evidence", []any{object{"concept": object{"text": secret}}})), ""},
		"a status of no release":            {pathway.FromObservations, progressive(set("status", "færdig")), "/status"},
		"a code system as a list":           {pathway.FromObservations, progressive(set("category", []any{object{"coding": []any{object{"system": []any{secret}}}}})), ""},
		"an object for the answer's coding": {pathway.FromObservations, progressive(set("valueCodeableConcept", object{"coding": coding(answerCode, "yes")})), "/valueCodeableConcept/coding"},
		"a list for the answer":             {pathway.FromObservations, progressive(set("valueCodeableConcept", []any{concept(answerCode, "yes")})), "/valueCodeableConcept"},
		"a subject as a list":               {pathway.FromObservations, progressive(set("subject", []any{ofPatient()})), ""},
		"a subject as a word":               {pathway.FromObservations, progressive(set("subject", secret)), ""},
		"a performer as an object":          {pathway.FromObservations, progressive(set("performer", object{"reference": secret})), ""},
		"a meta that is none":               {pathway.FromObservations, progressive(set("meta", secret)), ""},
		"an id that is a number":            {pathway.FromObservations, progressive(set("id", 7)), ""},
		"an odd comparator elsewhere":       {pathway.FromObservations, progressive(set("referenceRange", []any{object{"low": object{"comparator": "about"}}})), ""},
		"a discharged contact":              {pathway.FromEncounters, attended(set("status", "discharged")), "/status"},
		"an object for the reason":          {pathway.FromEncounters, attended(set("reasonCode", concept(icpc2, "L84"))), "/reasonCode"},
		"a participant of another shape":    {pathway.FromEncounters, attended(set("participant", object{"actor": secret})), ""},
		"an odd use of a location":          {pathway.FromEncounters, attended(set("location", []any{object{"status": "gone", "location": secret}})), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, prefetch{c.key: bundle(c.resource)})
			wantNoGaps(t, r)
			wantNoSecret(t, r)
			if len(r.Chart.Conditions)+len(r.Chart.Observations)+len(r.Chart.Encounters) != 1 {
				t.Fatalf("not read: %+v", r.Notes)
			}
			for _, o := range r.Chart.Observations {
				if o.Value != "yes" {
					t.Errorf("%+v", o)
				}
			}
			if c.pointer != "" && !slices.ContainsFunc(r.Notes, func(n fhir.Note) bool { return n.Pointer == c.pointer }) {
				t.Errorf("notes %+v, want one on %s", r.Notes, c.pointer)
			}
		})
	}
}

func TestAPatientIsReadPastWhatIsOdd(t *testing.T) {
	for name, changes := range map[string][]change{
		"gender M":                     {set("gender", "M")},
		"a name's use of no release":   {set("name", []any{object{"use": "preferred", "family": secret}})},
		"an object for the names":      {set("name", object{"family": secret})},
		"deceased as a word":           {set("deceasedBoolean", secret)},
		"a birth date and its masking": {set("_birthDate", object{"extension": []any{}})},
		"contained resources":          {set("contained", []any{object{"resourceType": "Organization", "id": "clinic"}})},
		"no id":                        {without("id")},
	} {
		r := read(t, prefetch{pathway.FromPatient: patient(changes...)})
		wantNoGaps(t, r)
		wantNoSecret(t, r)
		if !r.Chart.Birth.Earliest.Equal(day("1975-06-01")) {
			t.Errorf("%s: born %v", name, r.Chart.Birth)
		}
	}
	year := read(t, prefetch{pathway.FromPatient: patient(set("birthDate", "1975"))})
	if !year.Chart.Birth.Earliest.Equal(day("1975-01-01")) || year.Chart.Birth.SingleDay() {
		t.Errorf("a year: %v", year.Chart.Birth)
	}
}

func TestAMaskedBirthDateIsUnknownAndNamed(t *testing.T) {
	for name, changes := range map[string][]change{
		"masked":       {without("birthDate"), set("_birthDate", object{"extension": []any{object{"url": "…", "valueCode": "masked"}}})},
		"null, masked": {set("birthDate", nil), set("_birthDate", object{})},
		"no date":      {set("birthDate", secret)},
	} {
		r := read(t, prefetch{pathway.FromPatient: patient(changes...)})
		wantNoSecret(t, r)
		if r.Chart.Birth.Known() {
			t.Errorf("%s: born %v", name, r.Chart.Birth)
		}
		wantNote(t, r, "Patient/p1", "/birthDate", "age stays unknown")
	}
	none := read(t, prefetch{pathway.FromPatient: patient(without("birthDate"))})
	if none.Chart.Birth.Known() || len(none.Notes) > 0 {
		t.Errorf("no birth date: %v, %+v", none.Chart.Birth, none.Notes)
	}
}

func TestAResourceIsReadByItsOwnTypeWhereverItStands(t *testing.T) {
	r := read(t, prefetch{
		pathway.FromConditions:   bundle(condition("back", icpc2, "L86"), answered("o", pathway.Paralysis, "yes")),
		pathway.FromObservations: bundle(answered("p", pathway.IntractablePain, "yes"), retention()),
	})
	wantNoGaps(t, r)
	if !findsRetention(r) || len(r.Chart.Conditions) != 2 || len(r.Chart.Observations) != 2 {
		t.Errorf("%+v %+v", r.Chart.Conditions, r.Chart.Observations)
	}
	other := readConditions(t, object{"resourceType": "AllergyIntolerance", "id": "a", "code": concept(icpc2, "U08"), "patient": ofPatient()}, retention())
	if len(other.Chart.Conditions) != 1 {
		t.Errorf("an allergy was read as a diagnosis: %+v", other.Chart.Conditions)
	}
	wantNote(t, other, "AllergyIntolerance/a", "", "not a resource that the pathway reads")
}

func TestContainedResourcesAreNamedAndNotRead(t *testing.T) {
	r := readConditions(t, condition("back", icpc2, "L86", set("contained", []any{retention()})))
	if findsRetention(r) {
		t.Error("a contained diagnosis was read without its context")
	}
	wantNote(t, r, "Condition/back", "/contained", "contained resources are not read")
}

// A client that writes objects for lists writes them everywhere.
func TestAPanelOfObjectsForListsIsReadWhole(t *testing.T) {
	var components []any
	for _, item := range pathway.RedFlagItems() {
		components = append(components, object{
			"code":                 object{"coding": coding(finding, string(item))},
			"valueCodeableConcept": object{"coding": coding(answerCode, fhir.Answers(item)[0])},
			"interpretation":       object{"coding": coding("urn:local", "N")},
		})
	}
	for range 2 { // more than are asked for
		components = append(components, components...)
	}
	panel := observation("o", pathway.RedFlagCheck, set("component", components),
		set("category", object{"coding": coding("urn:local", "exam")}), set("code", object{"coding": coding(finding, "redflag-check")}))
	r := readObservations(t, panel)
	wantNoGaps(t, r)
	for _, item := range pathway.RedFlagItems() {
		if !slices.ContainsFunc(r.Chart.Observations, func(o pathway.Observation) bool { return o.Concept == item && o.Value != "" }) {
			t.Errorf("%s was lost", item)
		}
	}
}

// hopeless is a resource with more wrong members than are mended.
func hopeless(kind, id string) object {
	o := object{"resourceType": kind, "id": id, "status": "final", "subject": ofPatient(), "code": concept(finding, "paralysis")}
	var components, words []any
	for range 400 {
		components = append(components, object{"code": concept(finding, "paralysis"), "valueBoolean": secret})
		words = append(words, secret)
	}
	switch kind {
	case "Observation":
		o["component"] = components
	case "Condition", "Procedure":
		o["bodySite"] = words
	default:
		o["reasonCode"] = words
	}
	return o
}

func TestAResourceBeyondReadingIsAGapAndHidesNoneBesideIt(t *testing.T) {
	for source, kind := range map[pathway.Source]string{
		pathway.FromConditions: "Condition", pathway.FromObservations: "Observation", pathway.FromEncounters: "Encounter",
		pathway.FromRequests: "ServiceRequest", pathway.FromProcedures: "Procedure",
	} {
		r := read(t, prefetch{source: bundle(hopeless(kind, "bad"), answered("o", pathway.ParesisProgressive, "yes"))})
		wantNoSecret(t, r)
		if o := oneObservation(t, r); o.Concept != pathway.ParesisProgressive || o.Value != "yes" {
			t.Errorf("beside a %s: %+v", kind, o)
		}
		// What its code still tells is what it could have decided.
		want := pathway.Gap{Source: source, Reason: fhir.ReasonUnreadable, Reference: kind + "/bad", Concept: pathway.Paralysis}
		if diff := cmp.Diff([]pathway.Gap{want}, r.Chart.Gaps); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// TestGarbageBesideARedFlag puts one bad entry after the other beside a red
// flag, in front of it and behind it.
func TestGarbageBesideARedFlag(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 300) + `"` + secret + `"` + strings.Repeat(`}`, 300)
	for _, garbage := range []string{
		`null`, `[]`, `{}`, `"` + secret + `"`, `17`, deep,
		`{"resource": {"resourceType": "Condition", "id": "x"}}`,
		`{"resource": {"resourceType": "Condition", "id": "x", "code": "` + secret + `", "subject": ["` + secret + `"]}}`,
		`{"resource": {"resourceType": "Condition", "id": "x", "code": {"coding": [[{"code": "` + secret + `"}]]}}}`,
		`{"resource": {"resourceType": "Condition", "id": "x", "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.31", "code": ["` + secret + `"]}]}, "onsetDateTime": "` + secret + `"}}`,
		`{"resource": {"resourceType": "Observation", "id": "x", "code": [], "component": "` + secret + `", "valueString": {"x": "` + secret + `"}}}`,
		`{"resource": {"resourceType": "Observation", "id": "x", "code": {"coding": {"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "paralysis"}}, "valueString": "` + secret + `"}}`,
		`{"resource": {"resourceType": "Encounter", "id": "x", "status": "` + secret + `", "class": "` + secret + `", "period": "` + secret + `", "reasonCode": "` + secret + `"}}`,
		`{"resource": {"resourceType": "ServiceRequest", "id": "x", "status": "active", "code": {"text": ["` + secret + `"]}}}`,
		`{"resource": {"resourceType": "Procedure", "id": "x", "code": {"coding": "` + secret + `"}}}`,
		`{"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "` + secret + `"}}`,
		`{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "` + secret + `"}]}}`,
		`{"resource": {"resourceType": "Parameters", "parameter": [{"name": "` + secret + `"}]}}`,
		string(encoded(t, object{"resource": hopeless("Observation", "x")})),
	} {
		plain := string(encoded(t, object{"resource": retention()}))
		for _, entries := range []string{garbage + "," + plain, plain + "," + garbage} {
			r := read(t, prefetch{pathway.FromConditions: raw(`{"resourceType": "Bundle", "entry": [` + entries + `]}`)})
			if !findsRetention(r) {
				t.Errorf("lost beside %.120s", garbage)
			}
			wantNoSecret(t, r)
			if len(r.Notes) == 0 && len(r.Chart.Gaps) == 0 {
				t.Errorf("nothing is said of %.120s", garbage)
			}
		}
	}
}

func TestWhatIsAboutSomebodyElseDecidesNothingAndIsNamed(t *testing.T) {
	mine := map[string]any{
		"relative":             reference("Patient/p1"),
		"absolute":             reference("https://ehr.example/fhir/Patient/p1"),
		"with a version":       reference("Patient/p1/_history/7"),
		"absolute, versioned":  reference("https://ehr.example/fhir/Patient/p1/_history/7"),
		"with a slash":         reference("Patient/p1/"),
		"a fragment":           reference("#patient"),
		"a URN":                reference("urn:uuid:0d5e8d0a-0000-4000-8000-000000000000"),
		"a bare id":            reference("p1"),
		"a search":             reference("Patient?identifier=https://cpr.example/id|0101010000"),
		"only an identifier":   object{"identifier": object{"value": "0101010000"}},
		"only a name":          object{"display": "Karl"},
		"empty":                object{},
		"none":                 nil,
		"an empty reference":   reference(""),
		"a list of one":        []any{reference("Patient/p1")},
		"a reference as a URL": reference("https://ehr.example/fhir/Patient/p1?_format=json"),
	}
	foreign := map[string]any{
		"relative":            reference("Patient/somebody-else"),
		"absolute":            reference("https://ehr.example/fhir/Patient/somebody-else"),
		"with a version":      reference("Patient/somebody-else/_history/7"),
		"in escapes":          raw(`{"reference": "Patient\/somebod\u0079-else"}`),
		"of a longer id":      reference("Patient/p12"),
		"of another case":     reference("Patient/P1"),
		"a group":             reference("Group/p1"),
		"a device":            reference("Device/p1"),
		"a list":              []any{reference("Patient/somebody-else")},
		"beside an extension": object{"extension": []any{object{"url": "x", "valueReference": reference("Patient/p1")}}, "reference": "Patient/somebody-else"},
	}
	resources := map[pathway.Source]object{
		pathway.FromConditions:   condition("x", icpc2, "U08"),
		pathway.FromObservations: answered("x", pathway.Paralysis, "yes"),
		pathway.FromEncounters:   encounter("x"),
		pathway.FromRequests:     serviceRequest("x", orderCode, "mri-lumbar"),
		pathway.FromProcedures:   procedure("x", snomed, "91251008"),
	}
	count := func(r *fhir.Reading) int {
		return len(r.Chart.Conditions) + len(r.Chart.Observations) + len(r.Chart.Encounters) + len(r.Chart.Requests) + len(r.Chart.Procedures)
	}
	for source, resource := range resources {
		for name, subject := range mine {
			resource["subject"] = subject
			r := read(t, prefetch{source: bundle(resource)})
			wantNoGaps(t, r)
			if count(r) != 1 {
				t.Errorf("%s, mine %s: not read", source, name)
			}
		}
		for name, subject := range foreign {
			resource["subject"] = subject
			r := read(t, prefetch{source: bundle(resource)})
			if count(r) != 0 {
				t.Errorf("%s, foreign %s: read", source, name)
			}
			wantNote(t, r, fmt.Sprintf("%s/x", resource["resourceType"]), "/subject", "about another patient")
		}
	}
}

// One resource may come twice, and in several versions. The newest counts;
// where nobody can tell which that is, all of them do.
func TestTheNewestVersionOfAResourceCounts(t *testing.T) {
	version := func(word, updated string) object {
		o := answered("o", pathway.Paralysis, word)
		if updated != "" {
			o["meta"] = object{"lastUpdated": updated}
		}
		return o
	}
	const first, second, third = "2026-11-20T09:00:00.001+01:00", "2026-11-20T08:00:00.002Z", "2026-11-21"
	for name, c := range map[string]struct {
		versions []any
		want     []string
	}{
		"twice the same":                {[]any{version("yes", first), version("yes", first)}, []string{"yes"}},
		"the later one last":            {[]any{version("yes", first), version("no", second)}, []string{"no"}},
		"the later one first":           {[]any{version("no", second), version("yes", first)}, []string{"no"}},
		"three of them":                 {[]any{version("no", second), version("yes", third), version("no", first)}, []string{"yes"}},
		"no dates":                      {[]any{version("yes", ""), version("no", "")}, []string{"no", "yes"}},
		"one date":                      {[]any{version("yes", ""), version("no", second)}, []string{"no", "yes"}},
		"the same date":                 {[]any{version("yes", first), version("no", first)}, []string{"no", "yes"}},
		"a date that is none":           {[]any{version("yes", "x"), version("no", second)}, []string{"no", "yes"}},
		"an error, corrected":           {[]any{version("yes", first), changed(version("yes", second), []change{set("status", "entered-in-error")})}, nil},
		"the same, otherwise written":   {[]any{version("yes", first), changed(version("yes", first), []change{set("note", []any{})})}, []string{"yes"}},
		"the same three times, undated": {[]any{version("no", ""), version("yes", ""), changed(version("yes", ""), []change{set("note", []any{})})}, []string{"no", "yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, keys := range []prefetch{
				{pathway.FromObservations: bundle(c.versions...)},
				{pathway.FromConditions: bundle(append([]any{condition("c", icpc2, "L84")}, c.versions[:1]...)...), pathway.FromObservations: bundle(c.versions[1:]...)},
			} {
				r := read(t, keys)
				var got []string
				for _, o := range r.Chart.Observations {
					got = append(got, o.Value)
				}
				slices.Sort(got)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	nameless := readObservations(t, answered("", pathway.Paralysis, "yes", without("id")), answered("", pathway.Paralysis, "no", without("id")))
	if len(nameless.Chart.Observations) != 2 {
		t.Errorf("two without ids: %v", found(nameless))
	}
}

// The same grade read twice would pass for two measurements, and a weakness of
// unknown course for a stable one.
func TestAGradeThatComesTwiceIsOneMeasurement(t *testing.T) {
	grade := observation("o", pathway.LegStrength, set("valueInteger", 2))
	again := observation("o", pathway.LegStrength, set("valueInteger", 2), set("meta", object{"source": "#2"}))
	if r := readObservations(t, grade, again); len(r.Chart.Observations) != 1 {
		t.Errorf("%v", found(r))
	}
	other := observation("o2", pathway.LegStrength, set("valueInteger", 2))
	if r := readObservations(t, grade, other); len(r.Chart.Observations) != 2 {
		t.Errorf("two of the same time are two: %v", found(r))
	}
}

func TestResourcesOfR5AreReadOrNamed(t *testing.T) {
	r := read(t, prefetch{
		pathway.FromConditions: bundle(condition("c", icpc2, "U08",
			set("clinicalStatus", status("unknown")), set("participant", []any{object{"actor": reference("Practitioner/gp")}}),
			set("bodySite", []any{object{"text": "x"}}), set("evidence", []any{object{"concept": object{"text": "x"}}}))),
		pathway.FromObservations: bundle(answered("o", pathway.Paralysis, "yes",
			set("triggeredBy", []any{object{"type": "reflex"}}), set("instantiatesReference", reference("x")), set("bodyStructure", reference("x")))),
		pathway.FromRequests: bundle(serviceRequest("r", "", "",
			set("code", object{"concept": concept(snomed, "306170007")}), set("reason", []any{object{"concept": concept(icpc2, "L86")}, object{"reference": reference("Condition/c")}}))),
		pathway.FromProcedures: bundle(procedure("p", snomed, "91251008",
			set("status", "in-progress"), set("occurrencePeriod", object{"start": "2026-10-01"}), set("reason", []any{object{"concept": concept(icpc2, "L86")}}))),
	})
	wantNoGaps(t, r)
	if !findsRetention(r) || len(r.Chart.Observations) != 1 || r.Chart.Observations[0].Value != "yes" {
		t.Errorf("%+v", r.Chart)
	}
	if len(r.Chart.Requests) != 1 || r.Chart.Requests[0].Concept != pathway.OrderPhysiotherapy || r.Chart.Requests[0].AboutBack != pathway.Yes {
		t.Errorf("requests %+v", r.Chart.Requests)
	}
	if len(r.Chart.Procedures) != 1 || !r.Chart.Procedures[0].Start.Earliest.Equal(day("2026-10-01")) {
		t.Errorf("procedures %+v", r.Chart.Procedures)
	}
}

// A record is read alone: reading one call leaves nothing behind for the next.
func TestAReadingLeavesNothingBehind(t *testing.T) {
	rd := reader(t)
	plain := callWith(t, prefetch{pathway.FromConditions: bundle(retention())})
	before := plain.by(rd)
	odd := callWith(t, prefetch{pathway.FromObservations: bundle(hopeless("Observation", "x"), 5)})
	odd.Prefetch[pathway.FromConditions] = raw(`{"entry": [`)
	odd.by(rd)
	if diff := cmp.Diff(before, plain.by(rd)); diff != "" {
		t.Error(diff)
	}
}

func TestNotesAreWrittenAsJSON(t *testing.T) {
	got, err := json.Marshal(fhir.Note{Source: pathway.FromConditions, Resource: "Condition/c", Pointer: "/code", What: "x"})
	if want := `{"source":"conditions","resource":"Condition/c","pointer":"/code","what":"x"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
