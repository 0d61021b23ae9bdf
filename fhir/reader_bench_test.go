package fhir_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// BenchmarkRead measures what a call costs to read: a small one, and a large
// one, most of which is of no concern.
func BenchmarkRead(b *testing.B) {
	for name, call := range map[string]call{"6kB": smallCall(b), "150kB": largeCall(b)} {
		r := reader(b)
		b.Run(name, func(b *testing.B) {
			size := 0
			for _, value := range call.Prefetch {
				size += len(value)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				call.by(r)
			}
		})
	}
}

// BenchmarkOnlyJSON is the yardstick: what it costs to see that the large call
// is JSON at all. On a busy machine the ratio of the two tells more than either.
func BenchmarkOnlyJSON(b *testing.B) {
	call := largeCall(b)
	for b.Loop() {
		for _, value := range call.Prefetch {
			if !isJSON(value) {
				b.Fatal("not JSON")
			}
		}
	}
}

// TestTheBenchmarksReadWhatTheySay keeps the two calls honest: of that size,
// without a gap, and with what is of concern found in them.
func TestTheBenchmarksReadWhatTheySay(t *testing.T) {
	for name, c := range map[string]struct {
		call                             call
		least, most                      int
		conditions, answers, encounters_ int
	}{
		"small": {smallCall(t), 5_000, 7_000, 2, 2, 1},
		"large": {largeCall(t), 140_000, 160_000, 2, 12, 7},
	} {
		size := 0
		for _, value := range c.call.Prefetch {
			size += len(value)
		}
		chart := c.call.by(reader(t)).Chart
		if size < c.least || size > c.most {
			t.Errorf("%s: %d bytes", name, size)
		}
		if len(chart.Gaps) > 0 || len(chart.Conditions) != c.conditions || len(chart.Observations) != c.answers || len(chart.Encounters) != c.encounters_ {
			t.Errorf("%s: %d conditions, %d answers, %d encounters, gaps %v",
				name, len(chart.Conditions), len(chart.Observations), len(chart.Encounters), chart.Gaps)
		}
	}
}

func smallCall(t testing.TB) call {
	return callWith(t, prefetch{
		pathway.FromPatient:      raw(recordPatient),
		pathway.FromConditions:   page("Condition", recordCondition(1, icpc2, "L84", "Rygsyndrom uden smerteudstråling")),
		pathway.FromObservations: page("Observation", recordAnswer(1, "lbp-course", "unchanged"), recordAnswer(2, "paralysis", "no")),
		pathway.FromEncounters:   page("Encounter", recordEncounter(1)),
		pathway.FromRequests:     raw("null"),
		pathway.FromProcedures:   raw("null"),
	})
}

func largeCall(t testing.TB) call {
	var conditions, observations, encounters, requests, procedures []string
	for i := range 18 {
		conditions = append(conditions, recordCondition(i, snomed, strconv.Itoa(40055000+i), "Some other trouble (disorder)"))
	}
	conditions = append(conditions,
		recordCondition(18, icpc2, "L86", "Rygsyndrom med smerteudstråling"),
		recordCondition(19, icpc2, "U04", "Urininkontinens"))
	for i := range 68 {
		observations = append(observations, recordLaboratory(i))
	}
	for i, question := range []pathway.Concept{
		pathway.NerveRootInvolvement, pathway.ClearImprovement, pathway.BilateralSciatica, pathway.ParesisProgressive,
		pathway.Paralysis, pathway.IntractablePain, pathway.SeriousPathology, pathway.OtherTreatment, pathway.Exercise,
	} {
		observations = append(observations, recordAnswer(100+i, string(question), "no"))
	}
	observations = append(observations,
		recordAnswer(110, string(pathway.Course), "unchanged"),
		recordAnswer(111, string(pathway.YellowFlags), "none"),
		recordAnswer(112, string(pathway.SaddleSensation), "normal"))
	for i := range 7 {
		encounters = append(encounters, recordEncounter(i))
	}
	for i := range 4 {
		requests = append(requests, recordRequest(i))
		procedures = append(procedures, recordProcedure(i))
	}
	return callWith(t, prefetch{
		pathway.FromPatient:      raw(recordPatient),
		pathway.FromConditions:   page("Condition", conditions...),
		pathway.FromObservations: page("Observation", observations...),
		pathway.FromEncounters:   page("Encounter", encounters...),
		pathway.FromRequests:     page("ServiceRequest", requests...),
		pathway.FromProcedures:   page("Procedure", procedures...),
	})
}

// page is a search result as HAPI writes one.
func page(kind string, resources ...string) jsontext.Value {
	var entries []string
	for i, resource := range resources {
		entries = append(entries, fmt.Sprintf(`{"fullUrl": "https://ehr.example/fhir/%s/%d", "resource": %s, "search": {"mode": "match"}}`, kind, i, resource))
	}
	return raw(fmt.Sprintf(`{"resourceType": "Bundle", "id": "a1b2c3d4-0000-4000-8000-000000000000", "meta": {"lastUpdated": "2026-11-23T09:30:00.000+01:00"},
		"type": "searchset", "total": %d, "link": [{"relation": "self", "url": "https://ehr.example/fhir/%s?patient=p1"}], "entry": [%s]}`,
		len(resources), kind, strings.Join(entries, ",\n")))
}

const recordMeta = `"meta": {"versionId": "3", "lastUpdated": "2026-11-20T12:13:14.156+01:00", "source": "#a1b2c3d4e5f60718", "profile": ["http://hl7.dk/fhir/core/StructureDefinition/dk-core-%s"]},
	"identifier": [{"use": "official", "system": "urn:oid:1.2.208.999.1", "value": "7f0e1b2c-3d4e-4f50-8a9b-%012d"}]`

const recordPatient = `{"resourceType": "Patient", "id": "p1", "meta": {"versionId": "7", "lastUpdated": "2026-11-20T12:13:14.156+01:00"},
	"identifier": [{"use": "official", "system": "urn:oid:1.2.208.176.1.2", "value": "0101010000"}], "active": true,
	"name": [{"use": "official", "family": "Demo", "given": ["Karl", "Emil"]}], "telecom": [{"system": "phone", "value": "+4500000000", "use": "mobile"}],
	"gender": "male", "birthDate": "1975-06-01", "address": [{"use": "home", "line": ["Vejen 1"], "city": "Aarhus", "postalCode": "8000", "country": "DK"}],
	"generalPractitioner": [{"reference": "Organization/practice", "display": "Lægehuset Demo"}]}`

func recordCondition(i int, system, code, display string) string {
	return fmt.Sprintf(`{"resourceType": "Condition", "id": "condition-%d", `+recordMeta+`,
		"clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active", "display": "Active"}]},
		"verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed", "display": "Confirmed"}]},
		"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item", "display": "Problem List Item"}]}],
		"code": {"coding": [{"system": %q, "code": %q, "display": %q}], "text": %q},
		"subject": {"reference": "Patient/p1", "display": "Karl Emil Demo"}, "encounter": {"reference": "Encounter/encounter-1"},
		"onsetDateTime": "2026-11-02", "recordedDate": "2026-11-13T09:12:00+01:00", "recorder": {"reference": "Practitioner/gp", "display": "Læge Demo"}}`,
		i, "condition", i, system, code, display, display)
}

func recordLaboratory(i int) string {
	return fmt.Sprintf(`{"resourceType": "Observation", "id": "laboratory-%d", `+recordMeta+`, "status": "final",
		"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory", "display": "Laboratory"}], "text": "Laboratorium"}],
		"code": {"coding": [{"system": "http://loinc.org", "code": "%d-8", "display": "Leukocytes [#/volume] in Blood by Automated count"},
			{"system": "urn:oid:1.2.208.176.2.1", "code": "NPU02%03d", "display": "B—Leukocytter; antalk. = ? × 10⁹/L"}], "text": "Leukocytter;B"},
		"subject": {"reference": "Patient/p1", "display": "Karl Emil Demo"}, "encounter": {"reference": "Encounter/encounter-%d"},
		"effectiveDateTime": "2026-10-%02dT08:%02d:00+01:00", "issued": "2026-10-%02dT14:00:00.000+01:00",
		"performer": [{"reference": "Organization/laboratory", "display": "Klinisk Biokemisk Afdeling"}],
		"valueQuantity": {"value": 6.%d, "unit": "10*9/L", "system": "http://unitsofmeasure.org", "code": "10*9/L"},
		"interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "N", "display": "Normal"}]}],
		"referenceRange": [{"low": {"value": 3.5, "unit": "10*9/L"}, "high": {"value": 8.8, "unit": "10*9/L"}, "text": "3.5–8.8"}]}`,
		i, "observation", i, 6600+i, i, i%7, 1+i%28, i%60, 1+i%28, i)
}

func recordAnswer(i int, question, word string) string {
	return fmt.Sprintf(`{"resourceType": "Observation", "id": "answer-%d", `+recordMeta+`, "status": "final",
		"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam", "display": "Exam"}]}],
		"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": %q, "display": "Fund"}]},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/encounter-0"}, "effectiveDateTime": "2026-11-23T09:40:00+01:00",
		"performer": [{"reference": "Practitioner/gp", "display": "Læge Demo"}],
		"valueCodeableConcept": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/answer", "code": %q, "display": "Svar"}]}}`,
		i, "observation", i, question, word)
}

func recordEncounter(i int) string {
	return fmt.Sprintf(`{"resourceType": "Encounter", "id": "encounter-%d", `+recordMeta+`, "status": "finished",
		"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"},
		"type": [{"coding": [{"system": "http://snomed.info/sct", "code": "185349003", "display": "Encounter for check up (procedure)"}], "text": "Konsultation"}],
		"subject": {"reference": "Patient/p1", "display": "Karl Emil Demo"},
		"participant": [{"type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF", "display": "primary performer"}]}],
			"period": {"start": "2026-11-%02dT09:00:00+01:00", "end": "2026-11-%02dT09:15:00+01:00"}, "individual": {"reference": "Practitioner/gp", "display": "Læge Demo"}}],
		"period": {"start": "2026-11-%02dT09:00:00+01:00", "end": "2026-11-%02dT09:15:00+01:00"},
		"reasonCode": [{"coding": [{"system": "urn:oid:1.2.208.176.2.31", "code": "L86", "display": "Rygsyndrom med smerteudstråling"}]}],
		"serviceProvider": {"reference": "Organization/practice", "display": "Lægehuset Demo"}}`,
		i, "encounter", i, 3+i, 3+i, 3+i, 3+i)
}

func recordRequest(i int) string {
	return fmt.Sprintf(`{"resourceType": "ServiceRequest", "id": "request-%d", `+recordMeta+`, "status": "completed", "intent": "order", "priority": "routine",
		"code": {"coding": [{"system": "http://loinc.org", "code": "58410-%d", "display": "CBC panel - Blood by Automated count"}], "text": "Hæmatologi"},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/encounter-%d"}, "authoredOn": "2026-11-13T09:12:00+01:00",
		"requester": {"reference": "Practitioner/gp", "display": "Læge Demo"}, "performer": [{"reference": "Organization/laboratory"}]}`,
		i, "servicerequest", i, i, i)
}

func recordProcedure(i int) string {
	return fmt.Sprintf(`{"resourceType": "Procedure", "id": "procedure-%d", `+recordMeta+`, "status": "completed",
		"code": {"coding": [{"system": "http://snomed.info/sct", "code": "3995100%d", "display": "Some other procedure (procedure)"}]},
		"subject": {"reference": "Patient/p1"}, "performedPeriod": {"start": "2026-10-01T09:00:00+01:00", "end": "2026-10-01T09:30:00+01:00"}}`,
		i, "procedure", i, i)
}
