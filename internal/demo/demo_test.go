package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// at is a demo whose clock stands still.
func at(t testing.TB, now time.Time) *Demo {
	t.Helper()
	d, err := New(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// afternoon is the moment at which most tests are run.
func afternoon(t testing.TB) time.Time {
	t.Helper()
	return time.Date(2026, time.November, 22, 14, 22, 33, 0, copenhagen(t))
}

// resource is a rendered record as JSON.
func resource(t testing.TB, r record, now time.Time) map[string]any {
	t.Helper()
	var shape map[string]any
	if err := json.Unmarshal(r.text.render(now), &shape); err != nil {
		t.Fatalf("%s/%s: %v", r.kind, r.id, err)
	}
	return shape
}

// follow goes down member names through objects; a list on the way stands for
// its first element.
func follow(value any, path ...string) any {
	for _, name := range path {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0]
		}
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

func TestPatientsStandInAFixedOrder(t *testing.T) {
	var got []string
	for _, p := range at(t, afternoon(t)).Patients() {
		got = append(got, p.ID+" "+p.Name+" "+p.Hook)
	}
	want := []string{
		"first-contact Asta Demo patient-view",
		"seven-weeks Bent Demo patient-view",
		"nerve-root Clara Demo patient-view",
		"cauda-equina Ditte Demo patient-view",
		"falling-strength Erik Demo patient-view",
		"stable-weakness Freja Demo patient-view",
		"intractable-pain Gunnar Demo order-select",
		"yellow-flags Hanne Demo patient-view",
		"serious-suspicion Ib Demo order-select",
		"no-back Jytte Demo patient-view",
		"untidy Karl Demo patient-view",
		"data-missing Lone Demo patient-view",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPatientFileHasAStory(t *testing.T) {
	inFolder, err := files.ReadDir("patients")
	if err != nil {
		t.Fatal(err)
	}
	if patients := at(t, afternoon(t)).Patients(); len(inFolder) != len(patients) {
		t.Errorf("%d files, %d stories", len(inFolder), len(patients))
	}
}

func TestStoriesPromiseNothingACardMayNotSay(t *testing.T) {
	for _, p := range at(t, afternoon(t)).Patients() {
		for language, story := range p.Story {
			for _, forbidden := range []string{"ingen røde flag", "ufarlig", "kan udelukkes", "ikke indiceret", "normal", "no red flags", "not indicated", "safe"} {
				if strings.Contains(strings.ToLower(story), forbidden) {
					t.Errorf("%s (%s) says %q", p.ID, language, forbidden)
				}
			}
			if strings.Contains(story, "\n") {
				t.Errorf("%s (%s) is more than a paragraph", p.ID, language)
			}
		}
	}
}

func TestACallerCannotChangeThePatients(t *testing.T) {
	d := at(t, afternoon(t))
	mine := d.Patients()
	mine[0].ID, mine[0].Story["da"] = "changed", "changed"
	if theirs := d.Patients()[0]; theirs.ID == "changed" || theirs.Story["da"] == "changed" {
		t.Error("the change is seen by others")
	}
}

func TestEveryResourceIsWholeAndThePatientsOwn(t *testing.T) {
	now := afternoon(t)
	d := at(t, now)
	known := map[string]bool{}
	for _, r := range d.records {
		known[r.kind+"/"+r.id] = true
	}
	for _, r := range d.records {
		text := r.text.render(now)
		if bytes.Contains(text, []byte("{{")) || bytes.Contains(text, []byte("}}\"")) {
			t.Errorf("%s/%s: a placeholder is left", r.kind, r.id)
		}
		shape := resource(t, r, now)
		if shape["resourceType"] != r.kind || shape["id"] != r.id {
			t.Errorf("%s/%s calls itself %v/%v", r.kind, r.id, shape["resourceType"], shape["id"])
		}
		if r.owner == "" || r.kind == "Patient" {
			continue
		}
		if !strings.HasPrefix(r.id, r.owner+"-") {
			t.Errorf("%s/%s: the id does not start with its patient's", r.kind, r.id)
		}
		subject, want := follow(shape, "subject", "reference"), any("Patient/"+r.owner)
		if r.id == "untidy-foreign" {
			want = "Patient/somebody-else"
		}
		if subject != want {
			t.Errorf("%s/%s: subject %v, want %v", r.kind, r.id, subject, want)
		}
		if encounter, given := follow(shape, "encounter", "reference").(string); given && !known[encounter] {
			t.Errorf("%s/%s points to %s, which is not there", r.kind, r.id, encounter)
		}
	}
}

func TestTidyObservationsAreAnswersOfAContact(t *testing.T) {
	now := afternoon(t)
	for _, r := range at(t, now).records {
		if r.kind != "Observation" || r.owner == "untidy" {
			continue
		}
		shape := resource(t, r, now)
		got := []any{shape["status"], follow(shape, "category", "coding", "code"), follow(shape, "code", "coding", "system")}
		want := []any{"final", "exam", "https://rygkort.example/fhir/CodeSystem/finding"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", r.id, diff)
		}
		encounter, _ := follow(shape, "encounter", "reference").(string)
		day, _ := shape["effectiveDateTime"].(string)
		if (encounter == "Encounter/"+encounterToday(r.owner)) != strings.HasPrefix(day, "2026-11-22T") {
			t.Errorf("%s: made on %s at %s", r.id, day, encounter)
		}
	}
}

func TestNothingHappensAfterNow(t *testing.T) {
	for _, hour := range []int{0, 1, 14, 23} {
		now := time.Date(2026, time.November, 22, hour, 3, 0, 0, copenhagen(t))
		for _, r := range at(t, now).records {
			walk(resource(t, r, now), func(text string) {
				if when, err := time.Parse(time.RFC3339, text); err == nil && when.After(now) {
					t.Errorf("at %v: %s/%s says %s", now, r.kind, r.id, text)
				}
			})
		}
	}
}

func TestDatesMoveWithTheClock(t *testing.T) {
	now := afternoon(t)
	d, err := New(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	onset := func() any {
		return follow(get(t, d, "/Condition/seven-weeks-back").body, "onsetDateTime")
	}
	if got := onset(); got != "2026-10-03" {
		t.Errorf("onset %v, want 2026-10-03", got)
	}
	now = now.AddDate(0, 0, 100)
	if got := onset(); got != "2027-01-11" {
		t.Errorf("100 days later: onset %v, want 2027-01-11", got)
	}
}

func TestOnlyCodesThatWereFoundInPublicSourcesAreUsed(t *testing.T) {
	known := map[string]string{
		"urn:oid:1.2.208.176.2.31":   "L84 L86 L03 K86 L95 T08 Z05",
		"urn:oid:1.2.208.176.2.4.12": "DM545 DM544",
		"http://snomed.info/sct":     "192970008 91251008 229065009 306170007",
		"https://rygkort.example/fhir/CodeSystem/finding": "nerve-root-involvement lbp-course lbp-clear-improvement saddle-sensation bladder-disturbance " +
			"bowel-disturbance bilateral-sciatica leg-strength paresis-progressive paralysis intractable-pain serious-pathology-suspected redflag-check yellow-flags treatment-effect",
		"https://rygkort.example/fhir/CodeSystem/answer":       "yes no normal reduced none new unchanged present",
		"https://rygkort.example/fhir/CodeSystem/muscle-group": "ankle-dorsiflexion-right great-toe-extension-left",
	}
	now := afternoon(t)
	for _, r := range at(t, now).records {
		walkObjects(resource(t, r, now), func(object map[string]any) {
			system, isCoding := object["system"].(string)
			if !isCoding || strings.HasPrefix(system, "http://terminology.hl7.org/") {
				return
			}
			code, _ := object["code"].(string)
			misplaced := r.id == "untidy-back" && system == "urn:oid:1.2.208.176.2.4.12" && code == "L86"
			if !misplaced && !slices.Contains(strings.Fields(known[system]), code) {
				t.Errorf("%s/%s: %s|%s", r.kind, r.id, system, code)
			}
		})
	}
}

func TestRedFlagsAreFullyAnsweredWhereTheStorySaysSo(t *testing.T) {
	questions := []string{
		"saddle-sensation", "bladder-disturbance", "bowel-disturbance", "bilateral-sciatica",
		"paresis-progressive", "paralysis", "intractable-pain",
	}
	cases := map[string]struct{ answered, asPanel bool }{
		"first-contact": {}, "cauda-equina": {}, "falling-strength": {}, "no-back": {}, "untidy": {}, "data-missing": {},
		"seven-weeks":       {answered: true, asPanel: true},
		"stable-weakness":   {answered: true, asPanel: true},
		"serious-suspicion": {answered: true, asPanel: true},
		"nerve-root":        {answered: true},
		"intractable-pain":  {answered: true},
		"yellow-flags":      {answered: true},
	}
	now := afternoon(t)
	d := at(t, now)
	for _, p := range d.Patients() {
		t.Run(p.ID, func(t *testing.T) {
			want, known := cases[p.ID]
			if !known {
				t.Fatal("no word on this patient's red flags")
			}
			answers, panel := answersToday(t, d, p.ID, now)
			unanswered := slices.DeleteFunc(slices.Clone(questions), func(q string) bool { return answers[q] != "" })
			if (len(unanswered) == 0) != want.answered {
				t.Errorf("unanswered: %v", unanswered)
			}
			if panel != want.asPanel {
				t.Errorf("answered as a panel: %v", panel)
			}
		})
	}
}

// answersToday are a patient's answers at today's contact by question, and
// whether a panel is among them.
func answersToday(t *testing.T, d *Demo, patient string, now time.Time) (answers map[string]string, panel bool) {
	t.Helper()
	answers = map[string]string{}
	keep := func(from any) {
		question, _ := follow(from, "code", "coding", "code").(string)
		if answer, given := follow(from, "valueCodeableConcept", "coding", "code").(string); given {
			answers[question] = answer
		}
	}
	for _, r := range d.records {
		shape := resource(t, r, now)
		if r.owner != patient || follow(shape, "encounter", "reference") != "Encounter/"+encounterToday(patient) {
			continue
		}
		keep(shape)
		if components, ok := shape["component"].([]any); ok {
			panel = true
			for _, component := range components {
				keep(component)
			}
		}
	}
	return answers, panel
}

func TestContactsAreOnAsManyDaysAsTheStorySays(t *testing.T) {
	want := map[string]int{"first-contact": 1, "seven-weeks": 4, "nerve-root": 3, "yellow-flags": 3, "falling-strength": 3, "data-missing": 1}
	now := afternoon(t)
	got := map[string]map[string]bool{}
	for _, r := range at(t, now).records {
		if _, asked := want[r.owner]; r.kind == "Encounter" && asked {
			start, _ := follow(resource(t, r, now), "period", "start").(string)
			if got[r.owner] == nil {
				got[r.owner] = map[string]bool{}
			}
			got[r.owner][start[:len(time.DateOnly)]] = true
		}
	}
	for patient, days := range want {
		if len(got[patient]) != days {
			t.Errorf("%s: contacts on %v, want %d days", patient, got[patient], days)
		}
	}
}

func TestStrengthsAreWhatTheStoriesSay(t *testing.T) {
	now := afternoon(t)
	got := map[string][]any{}
	for _, r := range at(t, now).records {
		if shape := resource(t, r, now); follow(shape, "code", "coding", "code") == "leg-strength" {
			day := shape["effectiveDateTime"].(string)[:len(time.DateOnly)]
			got[r.owner] = append(got[r.owner], day, shape["valueInteger"], follow(shape, "bodySite", "coding", "code"))
		}
	}
	want := map[string][]any{
		"falling-strength": {
			"2026-11-10", 5.0, "ankle-dorsiflexion-right", "2026-11-17", 4.0, "ankle-dorsiflexion-right",
			"2026-11-22", 3.0, "ankle-dorsiflexion-right",
		},
		"stable-weakness": {"2026-11-13", 3.0, "great-toe-extension-left", "2026-11-22", 3.0, "great-toe-extension-left"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func isList(value any) bool { _, list := value.([]any); return list }

// walk visits every string in a JSON value.
func walk(value any, visit func(string)) {
	switch v := value.(type) {
	case string:
		visit(v)
	case []any:
		for _, element := range v {
			walk(element, visit)
		}
	case map[string]any:
		for _, element := range v {
			walk(element, visit)
		}
	}
}

// walkObjects visits every object in a JSON value.
func walkObjects(value any, visit func(map[string]any)) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			walkObjects(element, visit)
		}
	case map[string]any:
		visit(v)
		for _, element := range v {
			walkObjects(element, visit)
		}
	}
}
