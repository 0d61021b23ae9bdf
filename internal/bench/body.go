package main

import (
	"fmt"
	"strings"
	"time"
)

// The record is that of a patient who is seen on this day. The servers' clocks
// begin here, so that the same record always leads to the same cards.
var today = time.Date(2026, time.November, 23, 8, 30, 0, 0, time.UTC)

const (
	service = "low-back-pain-patient-view"
	zone    = "Europe/Copenhagen"
)

// body is a call to the service with all that it wants prefetched.
type body struct {
	name  string
	large bool
	text  string
}

// bodies are a short record and a long one.
func bodies() []body {
	return []body{
		{name: "6 kB", text: call(1, 2, 1, 0, 0)},
		{name: "150 kB", large: true, text: call(20, 80, 7, 10, 5)},
	}
}

// call is a patient-view call with a record of so many resources. They are of
// the size that record systems send: with narrative, profiles, display names and
// all that the service does not read.
func call(conditions, observations, encounters, requests, procedures int) string {
	return `{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/7","patientId":"p1","encounterId":"e0"},"prefetch":{"patient":` + patient +
		`,"conditions":` + bundle("Condition", conditions, condition) +
		`,"observations":` + bundle("Observation", observations, observation) +
		`,"encounters":` + bundle("Encounter", encounters, encounter) +
		`,"requests":` + bundle("ServiceRequest", requests, request) +
		`,"procedures":` + bundle("Procedure", procedures, procedure) + `}}`
}

const (
	patient = `{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-11-20T09:12:31.000+01:00"},"identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"0504700000"}],"active":true,"name":[{"use":"official","family":"Demo","given":["Asta"]}],"gender":"female","birthDate":"1970-04-05","address":[{"use":"home","line":["Eksempelvej 1"],"city":"Aarhus C","postalCode":"8000","country":"DK"}]}`
	about   = `"subject":{"reference":"Patient/p1"}`
	seenAt  = about + `,"encounter":{"reference":"Encounter/e0"}`
	by      = `[{"reference":"Organization/12","display":"Lægerne Eksempelvej"}]`
	lbp     = `{"coding":[{"system":"urn:oid:1.2.208.176.2.31","code":"L84","display":"Rygsyndrom uden smerteudstråling"},{"system":"urn:oid:1.2.208.176.2.4.12","code":"DM545","display":"Lændesmerter UNS"}],"text":"Lændesmerter"}`
)

// bundle is a searchset.
func bundle(kind string, count int, resource func(i int) string) string {
	entries := make([]string, count)
	for i := range entries {
		id := fmt.Sprintf("%s%d", strings.ToLower(kind[:1]), i)
		entries[i] = fmt.Sprintf(`{"fullUrl":"https://ehr.example.dk/fhir/%s/%s","resource":{"resourceType":%q,"id":%q,`+
			`"meta":{"versionId":"1","lastUpdated":"%sT09:12:31.000+01:00","profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-%s"]},`+
			`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p><b>%s %d</b>: skrevet af systemet</p></div>"},%s},"search":{"mode":"match"}}`,
			kind, id, kind, id, day(i), strings.ToLower(kind), kind, i, resource(i))
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}`, count, strings.Join(entries, ","))
}

// day is one of the last three weeks; the first of a kind is today's.
func day(i int) string { return today.AddDate(0, 0, -(i * 5 % 21)).Format(time.DateOnly) }

func condition(i int) string {
	code := lbp
	if i > 0 {
		code = `{"coding":[{"system":"http://snomed.info/sct","code":"38341003","display":"Hypertensive disorder, systemic arterial"},{"system":"urn:oid:1.2.208.176.2.31","code":"K86","display":"Ukompliceret hypertension"}],"text":"Forhøjet blodtryk"}`
	}
	return fmt.Sprintf(`"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active","display":"Active"}]},`+
		`"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed","display":"Confirmed"}]},`+
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis","display":"Encounter Diagnosis"}]}],`+
		`"code":%s,%s,"onsetDateTime":%q,"recordedDate":%q,"recorder":{"reference":"Practitioner/7","display":"Læge Bo Eksempel"}`, code, seenAt, day(i+3), day(i))
}

// observation is a blood test or, one of ten, an answer that the service asks
// for.
func observation(i int) string {
	answers := []string{"yellow-flags", "lbp-course", "treatment-effect", "saddle-sensation"}
	code := fmt.Sprintf(`{"system":"http://loinc.org","code":"%d-4","display":"Haemoglobin [Mass/volume] in Blood"},{"system":"urn:oid:1.2.208.176.2.1","code":"NPU%d"}`, 29000+i, 19700+i)
	value := `"valueQuantity":{"value":8.4,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"},"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N"}]}],` +
		`"referenceRange":[{"low":{"value":7.3,"unit":"mmol/L"},"high":{"value":9.5,"unit":"mmol/L"}}]`
	if i%10 == 0 {
		code = fmt.Sprintf(`{"system":"https://rygkort.example/fhir/CodeSystem/finding","code":%q}`, answers[i/10%len(answers)])
		value = `"valueString":"none"`
	}
	return fmt.Sprintf(`"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}]}],`+
		`"code":{"coding":[%s]},%s,"effectiveDateTime":"%sT08:05:00+01:00","issued":"%sT08:12:31.000+01:00","performer":%s,%s`, code, seenAt, day(i), day(i), by, value)
}

func encounter(i int) string {
	return fmt.Sprintf(`"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB","display":"ambulatory"},`+
		`"type":[{"text":"Konsultation"}],%s,"participant":[{"individual":{"reference":"Practitioner/7","display":"Læge Bo Eksempel"}}],`+
		`"period":{"start":"%sT08:00:00+01:00","end":"%sT08:15:00+01:00"},"reasonCode":[%s],"serviceProvider":{"reference":"Organization/12","display":"Lægerne Eksempelvej"}`, about, day(i), day(i), lbp)
}

func request(i int) string {
	return fmt.Sprintf(`"status":"completed","intent":"order","category":[{"text":"Henvisning"}],"code":{"text":"Henvisning til fysioterapeut"},%s,`+
		`"authoredOn":"%sT08:10:00+01:00","requester":{"reference":"Practitioner/7","display":"Læge Bo Eksempel"},"reasonCode":[%s]`, seenAt, day(i), lbp)
}

func procedure(i int) string {
	return fmt.Sprintf(`"status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"91251008","display":"Physical therapy procedure"}],"text":"Fysioterapi"},%s,`+
		`"performedDateTime":"%sT10:00:00+01:00","performer":[{"actor":{"reference":"Practitioner/9","display":"Fysioterapeut Ib Eksempel"}}],"reasonCode":[%s]`, seenAt, day(i), lbp)
}
