package fhir_test

import (
	"fmt"
	"strings"
	"time"

	"rygkort/pathway"
)

// dialect is how one kind of server writes.
type dialect struct {
	name     string
	title    string
	patient  string
	base     string // of full URLs
	kind     string // Bundle.type
	absolute bool   // references name the server
	urn      bool   // references are URNs
	layout   string // of instants
	zone     *time.Location
	systems  []string // in which diagnoses are coded, in this order
	own      string   // base of our code systems
	display  bool     // codings carry a display
	text     bool     // concepts carry a text
	answers  []string // forms of answers
	r5       bool
	id       func(kind string, n int) string
	dress    func(m *maker, o object, n int)
}

const (
	layoutSeconds = "2006-01-02T15:04:05Z07:00"
	layoutMillis  = "2006-01-02T15:04:05.000Z07:00"
	icd10CM       = "http://hl7.org/fhir/sid/icd-10-cm"
	icd9          = "http://hl7.org/fhir/sid/icd-9-cm"
	archetype     = "http://openehr.example/term/local"
	hl7ICPC       = "http://hl7.org/fhir/sid/icpc-2"
	actCode       = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	hl7Terms      = "http://terminology.hl7.org/CodeSystem/"
)

func numbered(prefix string) func(string, int) string {
	return func(kind string, n int) string { return fmt.Sprintf("%s%s%d", prefix, strings.ToLower(kind[:3]), n) }
}

func uuidLike(kind string, n int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", int(kind[0])*65536+int(kind[1])*256+n, n)
}

func dialects() []dialect {
	eastern, greenland := time.FixedZone("", -5*3600), time.FixedZone("", -2*3600)
	return []dialect{
		{
			name: "hapi", title: "A HAPI FHIR server: numbers for ids, a narrative on everything, milliseconds.",
			patient: "p1", base: "https://hapi.example/fhir/", kind: "searchset", layout: layoutMillis, zone: copenhagen(),
			systems: []string{hl7ICPC, icd10}, own: "https://rygkort.example/fhir", display: true, answers: []string{"own", "boolean", "string"},
			id: func(kind string, n int) string { return fmt.Sprint(int(kind[0])*1000 + n) },
			dress: func(_ *maker, o object, n int) {
				o["meta"] = object{"versionId": fmt.Sprint(1 + n%3), "lastUpdated": "2026-11-20T08:01:02.345+00:00", "source": fmt.Sprintf("#A%dbC%d", n, n*7)}
				o["text"] = object{"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Resource " + fmt.Sprint(n) + "</p></div>"}
			},
		},
		{
			name: "medplum", title: "Medplum: UUIDs, a project and a compartment in meta, UTC.",
			patient: "p1", base: "https://api.medplum.example/fhir/R4/", kind: "searchset", layout: layoutMillis, zone: time.UTC,
			systems: []string{icd10, snomed}, own: region, display: true, text: true, answers: []string{"own", "snomed", "loinc"},
			id: uuidLike,
			dress: func(m *maker, o object, n int) {
				o["meta"] = object{
					"versionId": uuidLike("Version", n), "lastUpdated": "2026-11-20T08:01:02.345Z", "project": uuidLike("Project", 1),
					"author": object{"reference": "Practitioner/" + uuidLike("Practitioner", 2), "display": "Praktiserende Læge"}, "compartment": []any{reference("Patient/" + m.patient)},
				}
			},
		},
		{
			name: "dk-core", title: "A Danish record on dk-core: ICPC-2 and SKS side by side, what is no longer followed as an extension.",
			patient: "p1", base: "https://ehr.example/fhir/", kind: "searchset", layout: layoutSeconds, zone: copenhagen(),
			systems: []string{icpc2, sks}, own: "https://rygkort.example/fhir", display: true, text: true, answers: []string{"own", "boolean"},
			id: numbered("dk-"),
			dress: func(_ *maker, o object, n int) {
				kind, _ := o["resourceType"].(string)
				o["meta"] = object{"profile": []any{"http://hl7.dk/fhir/core/StructureDefinition/dk-core-" + strings.ToLower(kind)}}
				if kind == "Condition" && n%2 == 0 {
					o["extension"] = []any{object{"url": "http://hl7.dk/fhir/core/StructureDefinition/NotFollowedAnymore", "valueDateTime": "2026-10-01"}}
				}
			},
		},
		{
			name: "medcom", title: "MedCom messages: SKS with side codes, UUIDs, absolute references.",
			patient: "p1", base: "https://sundhed.example/fhir/", kind: "collection", absolute: true, layout: layoutSeconds, zone: copenhagen(),
			systems: []string{sks}, own: "https://rygkort.example/fhir", display: true, answers: []string{"own", "string"},
			id: uuidLike,
			dress: func(_ *maker, o object, n int) {
				kind, _ := o["resourceType"].(string)
				o["meta"] = object{"profile": []any{"http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-" + strings.ToLower(kind)}}
				o["identifier"] = []any{object{"use": "official", "system": "https://sor.example", "value": "invented-" + fmt.Sprint(n)}}
			},
		},
		{
			name: "synthea", title: "Synthea: a transaction, URNs for references, another time zone, SNOMED CT only.",
			patient: "p1", base: "urn:uuid:", kind: "transaction", urn: true, layout: layoutSeconds, zone: eastern,
			systems: []string{snomed}, own: "https://rygkort.example/fhir", display: true, text: true, answers: []string{"snomed"},
			id: uuidLike,
			dress: func(_ *maker, o object, n int) {
				kind, _ := o["resourceType"].(string)
				o["meta"] = object{"profile": []any{"http://hl7.org/fhir/us/core/StructureDefinition/us-core-" + strings.ToLower(kind)}}
				o["category"] = []any{object{"coding": []any{object{"system": hl7Terms + "condition-category", "code": "encounter-diagnosis", "display": "Encounter Diagnosis"}}}}
				o["identifier"] = []any{object{"system": "https://synthea.example", "value": uuidLike(kind, n)}}
			},
		},
		{
			name: "smart", title: "The SMART and CDS Hooks sandboxes: old codes beside new ones, bare days.",
			patient: "p1", base: "https://sandbox.example/r4/", kind: "searchset", layout: layoutSeconds, zone: greenland,
			systems: []string{icd9, snomed}, own: "https://rygkort.example/fhir", display: true, text: true, answers: []string{"loinc", "boolean", "string"},
			id: func(kind string, n int) string { return fmt.Sprintf("smart-%s-%d", kind, 1288990+n) },
			dress: func(_ *maker, o object, _ int) {
				o["meta"] = object{"tag": []any{object{"system": "https://sandbox.example/tags", "code": "demo"}}, "security": []any{}}
				o["language"] = "en-US"
			},
		},
		{
			name: "openehr", title: "A bridge from openEHR: archetype codes first, fractions of seconds, extensions.",
			patient: "p1", base: "https://bridge.example/fhir/", kind: "searchset", layout: "2006-01-02T15:04:05.000000Z07:00", zone: copenhagen(),
			systems: []string{archetype, icd10}, own: region, text: true, answers: []string{"own", "string"},
			id: func(kind string, n int) string { return fmt.Sprintf("c%d..cdr.example..%s", n, kind[:3]) },
			dress: func(_ *maker, o object, n int) {
				o["identifier"] = []any{object{"system": "https://cdr.example/composition", "value": fmt.Sprintf("%s::cdr.example::%d", uuidLike("Composition", n), n)}}
				o["extension"] = []any{object{"url": "https://cdr.example/archetype", "valueString": "openEHR-EHR-EVALUATION.problem_diagnosis.v1"}}
			},
		},
		{
			name: "epic", title: "An Epic-like export: long ids, three code systems for one diagnosis, references with displays and identifiers.",
			patient: "p1", base: "https://ehr.example/api/FHIR/R4/", kind: "searchset", layout: layoutSeconds, zone: time.UTC,
			systems: []string{snomed, icd9, icd10CM}, own: "https://rygkort.example/fhir", display: true, text: true, answers: []string{"snomed", "string"},
			id: func(kind string, n int) string { return fmt.Sprintf("e%s.x%dQ-ZaBcDeFgHiJkLmN3", kind[:2], n) },
			dress: func(_ *maker, o object, n int) {
				o["identifier"] = []any{object{"use": "usual", "system": "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.0", "value": fmt.Sprint(n)}}
				o["category"] = []any{object{"coding": []any{object{"system": hl7Terms + "condition-category", "code": "problem-list-item", "display": "Problem List Item"}}, "text": "Problem List Item"}}
			},
		},
		{
			name: "cerner", title: "A Cerner-like export: local code sets before public ones, userSelected, a narrative.",
			patient: "p1", base: "https://ehr.example/r4/tenant/", kind: "searchset", layout: layoutMillis, zone: time.UTC,
			systems: []string{"https://ehr.example/tenant/codeSet/72", icd10, snomed}, own: region, display: true, text: true, answers: []string{"own", "loinc"},
			id: func(kind string, n int) string { return fmt.Sprintf("%c%d", kind[0], 97953480+n) },
			dress: func(_ *maker, o object, n int) {
				o["meta"] = object{"versionId": fmt.Sprint(n), "lastUpdated": "2026-11-20T08:01:02.000Z"}
				o["text"] = object{"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p><b>Status</b>: Active</p></div>"}
			},
		},
		{
			name: "r4b", title: "An R4B server: R4 with a version in its media type, minutes without seconds.",
			patient: "p1", base: "https://r4b.example/fhir/", kind: "searchset", layout: "2006-01-02T15:04Z07:00", zone: copenhagen(),
			systems: []string{icpc2, snomed}, own: "https://rygkort.example/fhir", answers: []string{"own", "boolean"},
			id: numbered("b-"),
			dress: func(_ *maker, o object, _ int) {
				o["implicitRules"] = "https://r4b.example/rules"
				o["meta"] = object{"profile": []any{"http://hl7.org/fhir/4.3/StructureDefinition/Resource"}}
			},
		},
		{
			name: "r5", title: "An R5 server: class and reason of a contact, codes of orders and times of procedures where R5 has them.",
			patient: "p1", base: "https://r5.example/fhir/", kind: "searchset", layout: layoutSeconds, zone: copenhagen(), r5: true,
			systems: []string{snomed, icd10}, own: "https://rygkort.example/fhir", display: true, answers: []string{"own", "snomed", "boolean"},
			id: numbered("five-"),
			dress: func(_ *maker, o object, n int) {
				o["meta"] = object{"versionId": fmt.Sprint(n), "profile": []any{"http://hl7.org/fhir/5.0/StructureDefinition/" + fmt.Sprint(o["resourceType"])}}
			},
		},
	}
}

// topic is one diagnosis in the code systems that have it.
type topic struct {
	words string
	codes map[string]string            // system → code
	means map[string][]pathway.Concept // system → concepts, where not the same for all
	all   []pathway.Concept
}

func topics() []topic {
	nonspecific := []pathway.Concept{pathway.LowBackPain, pathway.NonspecificStated}
	return []topic{
		{words: "Lændesmerter", all: nonspecific, codes: map[string]string{icpc2: "L84", sks: "DM545", icd10: "M54.5", snomed: "279039007", icd10CM: "M54.50", icd9: "724.2"}, means: map[string][]pathway.Concept{snomed: {pathway.LowBackPain}}},
		{words: "Lændesmerter, venstresidige", all: nonspecific, codes: map[string]string{icpc2: "l84", sks: "DM545+TUL2", icd10: "m54.5", snomed: "278860009"}, means: map[string][]pathway.Concept{snomed: {pathway.LowBackPain}}},
		{words: "Rygsmerter med udstråling", all: []pathway.Concept{pathway.NerveRoot}, codes: map[string]string{icpc2: "L86", sks: "DM544", icd10: "M54.4", snomed: "23056005", icd10CM: "M54.41", icd9: "724.3"}},
		{words: "Rodpåvirkning", all: []pathway.Concept{pathway.NerveRoot}, codes: map[string]string{icpc2: "L86", sks: "DM511", icd10: "M511", snomed: "128196005"}},
		{words: "Rygsmerter", all: []pathway.Concept{pathway.LowBackPainBroad}, codes: map[string]string{icpc2: "L02", sks: "DM549", icd10: "M54.9", snomed: "161891005"}},
		{words: "Urinretention", all: []pathway.Concept{pathway.UrinaryRetention}, codes: map[string]string{icpc2: "U08", sks: "DR33", icd10: "R33", snomed: "267064002", icd10CM: "R33.9"}},
		{words: "Urininkontinens", all: []pathway.Concept{pathway.UrinaryIncontinence}, codes: map[string]string{icpc2: "U04", sks: "DR32", icd10: "R32", snomed: "165232002"}},
		{words: "Afføringsinkontinens", all: []pathway.Concept{pathway.FaecalIncontinence}, codes: map[string]string{icpc2: "D17", sks: "DR15", icd10: "R15", snomed: "72042002"}},
		{words: "Cauda equina", all: []pathway.Concept{pathway.CaudaEquina}, codes: map[string]string{sks: "DG834", icd10: "G83.4", snomed: "192970008"}},
		{words: "Knoglemetastase", all: []pathway.Concept{pathway.Cancer}, codes: map[string]string{icpc2: "A79", sks: "DC795", icd10: "C79.5", snomed: "94222008"}},
		{words: "Kraftnedsættelse", all: []pathway.Concept{pathway.LegWeakness}, codes: map[string]string{icpc2: "N18", snomed: "26544005"}, means: map[string][]pathway.Concept{icpc2: {pathway.WeaknessUngraded}}},
		{words: "Forhøjet blodtryk", codes: map[string]string{icpc2: "K86", sks: "DI109", icd10: "I10", snomed: "38341003", icd10CM: "I10"}},
		{words: "Sukkersyge", codes: map[string]string{icpc2: "T90", sks: "DE119", icd10: "E11.9", snomed: "44054006", icd9: "250.00"}},
		{words: "Ondt i halsen", codes: map[string]string{icpc2: "R74", sks: "DJ069", icd10: "J06.9", snomed: "54150009"}},
	}
}

// known are the code systems that are read, by the one under which topics list
// their codes.
func known(system string) (asked string, ok bool) {
	switch system {
	case hl7ICPC:
		return icpc2, true
	case icpc2, sks, icd10, snomed:
		return system, true
	default:
		return system, false
	}
}
