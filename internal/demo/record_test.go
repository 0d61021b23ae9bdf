package demo

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// The untidy patient is worth nothing once somebody tidies it.
func TestTheUntidyPatientStaysUntidy(t *testing.T) {
	now := afternoon(t)
	d := at(t, now)
	rendered := func(kind, id string) map[string]any { return resource(t, *d.find(kind, id), now) }
	patient, back := rendered("Patient", "untidy"), rendered("Condition", "untidy-back")
	bladder := rendered("Observation", "untidy-bladder-disturbance")
	for name, untidy := range map[string]bool{
		"a masked birth date":              patient["birthDate"] == nil && patient["_birthDate"] != nil,
		"a contained resource":             patient["contained"] != nil,
		"an unknown gender":                patient["gender"] == "mand",
		"a category that is no list":       follow(back, "category", "coding") != nil && !isList(back["category"]),
		"no clinicalStatus":                back["clinicalStatus"] == nil,
		"an ICPC code under SKS":           follow(back, "code", "coding", "system") == "urn:oid:1.2.208.176.2.4.12",
		"an empty coding":                  cmp.Equal(bladder["code"].(map[string]any)["coding"].([]any)[0], map[string]any{}),
		"a field of R5":                    rendered("Encounter", "untidy-day-10")["actualPeriod"] != nil,
		"an unknown status":                rendered("Observation", "untidy-lbp-course")["status"] == "færdig",
		"a resource of another subject":    follow(rendered("Observation", "untidy-foreign"), "subject", "reference") == "Patient/somebody-else",
		"an answer that was not asked for": rendered("Observation", "untidy-intractable-pain")["dataAbsentReason"] != nil,
	} {
		if !untidy {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestAMistakeInAFileIsNamed(t *testing.T) {
	cases := []struct{ name, resource, reason string }{
		{"a type that is not served", `{"resourceType":"Device","id":"a"}`, `"Device" is not served`},
		{"an id that is none", `{"resourceType":"Patient","id":"a b"}`, "no FHIR id"},
		{"no id", `{"resourceType":"Patient"}`, "no FHIR id"},
		{"a placeholder that is none", `{"resourceType":"Patient","id":"a","birthDate":"{{dag -3}}"}`, "not one of"},
		{"a name that is no list", `{"resourceType":"Patient","id":"a","name":{}}`, "name"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseRecord(jsontext.Value(c.resource), "a"); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error %v, want one that says %q", err, c.reason)
			}
		})
	}
	d := at(t, afternoon(t))
	if err := d.add("patients/seven-weeks.json", "seven-weeks"); err == nil || !strings.Contains(err.Error(), "stands twice") {
		t.Errorf("a file read twice: %v", err)
	}
	if err := d.add("patients/nobody.json", "nobody"); err == nil {
		t.Error("a file that is not there is no error")
	}
}
