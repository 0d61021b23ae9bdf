package fhir_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "time/tzdata" // the tests count days in Copenhagen on any machine

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/fhir"
	"rygkort/pathway"
)

// The code systems that the stories write in.
const (
	icpc2  = "urn:oid:1.2.208.176.2.31"
	sks    = "urn:oid:1.2.208.176.2.4.12"
	icd10  = "http://hl7.org/fhir/sid/icd-10"
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
	cpt    = "http://www.ama-assn.org/go/cpt"

	region = "https://region.example/fhir" // the canonical that the operator configured

	finding     = fhir.DefaultCanonical + "/CodeSystem/finding"
	answerCode  = fhir.DefaultCanonical + "/CodeSystem/answer"
	orderCode   = fhir.DefaultCanonical + "/CodeSystem/order"
	muscleGroup = fhir.DefaultCanonical + "/CodeSystem/muscle-group"
)

// object is a FHIR resource or data type under construction.
type object = map[string]any

// prefetch is what the client sends, by key. A value may be raw JSON.
type prefetch map[pathway.Source]any

// raw is JSON as it stands.
func raw(text string) jsontext.Value { return jsontext.Value(text) }

// change alters a resource before it is sent.
type change func(object)

func set(member string, value any) change {
	return func(o object) { o[member] = value }
}

func without(members ...string) change {
	return func(o object) {
		for _, member := range members {
			delete(o, member)
		}
	}
}

func changed(o object, changes []change) object {
	for _, c := range changes {
		c(o)
	}
	return o
}

func coding(system, code string) object { return object{"system": system, "code": code} }

func concept(system, code string) object { return object{"coding": []any{coding(system, code)}} }

func reference(to string) object { return object{"reference": to} }

// ofPatient is the subject of every resource that does not say otherwise.
func ofPatient() object { return reference("Patient/p1") }

func condition(id, system, code string, changes ...change) object {
	return changed(object{
		"resourceType": "Condition", "id": id, "subject": ofPatient(), "code": concept(system, code),
	}, changes)
}

// observation answers one of our questions.
func observation(id string, question pathway.Concept, changes ...change) object {
	return changed(object{
		"resourceType": "Observation", "id": id, "status": "final", "subject": ofPatient(),
		"code": concept(finding, string(question)), "effectiveDateTime": "2026-11-23T09:40:00+01:00",
	}, changes)
}

// answered is an observation answered with one of our own answer codes.
func answered(id string, question pathway.Concept, word string, changes ...change) object {
	return changed(observation(id, question, set("valueCodeableConcept", concept(answerCode, word))), changes)
}

func encounter(id string, changes ...change) object {
	return changed(object{
		"resourceType": "Encounter", "id": id, "status": "finished", "subject": ofPatient(),
		"class":  coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"),
		"period": object{"start": "2026-11-13T09:00:00+01:00", "end": "2026-11-13T09:15:00+01:00"},
	}, changes)
}

func procedure(id, system, code string, changes ...change) object {
	return changed(object{
		"resourceType": "Procedure", "id": id, "status": "completed", "subject": ofPatient(), "code": concept(system, code),
	}, changes)
}

func serviceRequest(id, system, code string, changes ...change) object {
	return changed(object{
		"resourceType": "ServiceRequest", "id": id, "status": "active", "intent": "order", "subject": ofPatient(),
		"code": concept(system, code), "authoredOn": "2026-11-20",
	}, changes)
}

func patient(changes ...change) object {
	return changed(object{"resourceType": "Patient", "id": "p1", "birthDate": "1975-06-01"}, changes)
}

// outcome is an OperationOutcome with one issue.
func outcome(severity string) object {
	return object{
		"resourceType": "OperationOutcome",
		"issue":        []any{object{"severity": severity, "code": "processing", "diagnostics": "text of the server"}},
	}
}

func bundle(resources ...any) object {
	entries := make([]any, len(resources))
	for i, r := range resources {
		entries[i] = object{"resource": r}
	}
	return object{"resourceType": "Bundle", "type": "searchset", "entry": entries}
}

// searched is a Bundle with further members.
func searched(resources []any, changes ...change) object {
	return changed(bundle(resources...), changes)
}

// copenhagen is the zone in which the stories count days.
var copenhagen = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return time.UTC // time/tzdata is linked in
	}
	return zone
})

// now is the moment of every call: a Monday in November.
func now() time.Time { return time.Date(2026, 11, 23, 10, 30, 0, 0, copenhagen()) }

// terminology is made once: reading its value sets takes longer than a test.
var terminology = sync.OnceValues(func() (*fhir.Terminology, error) { return fhir.NewTerminology(region) })

func reader(t testing.TB) *fhir.Reader {
	t.Helper()
	terms, err := terminology()
	if err != nil {
		t.Fatal(err)
	}
	return fhir.NewReader(terms, nil)
}

func encoded(t testing.TB, value any) jsontext.Value {
	t.Helper()
	if value == nil {
		return jsontext.Value("null")
	}
	text, err := json.Marshal(value, json.Deterministic(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// call is a call with the values of its keys, which can be read again and again.
type call struct {
	fhir.Call
	Prefetch    map[pathway.Source]jsontext.Value
	DraftOrders jsontext.Value
}

// by has a reader read the call.
func (c call) by(r *fhir.Reader) *fhir.Reading {
	c.Record = r.Record()
	for source, value := range c.Prefetch {
		c.Record.Put(source, value)
	}
	if c.DraftOrders != nil {
		c.Record.Put(pathway.FromDrafts, c.DraftOrders)
	}
	return r.Read(context.Background(), c.Call)
}

// callWith is a call about patient p1 with these keys, and no others.
func callWith(t testing.TB, keys prefetch) call {
	t.Helper()
	call := call{
		Call:     fhir.Call{Hook: pathway.PatientView, Patient: "p1", Encounter: "today", AsOf: now()},
		Prefetch: map[pathway.Source]jsontext.Value{},
	}
	for source, value := range keys {
		call.Prefetch[source] = encoded(t, value)
	}
	return call
}

// read reads a call whose other keys were looked for and found empty.
func read(t testing.TB, keys prefetch) *fhir.Reading {
	t.Helper()
	call := callWith(t, keys)
	for _, source := range fhir.Keys() {
		if _, given := call.Prefetch[source]; !given {
			call.Prefetch[source] = raw("null")
		}
	}
	return call.by(reader(t))
}

// readConditions and its siblings read a Bundle under its own key.
func readConditions(t testing.TB, resources ...any) *fhir.Reading {
	t.Helper()
	return read(t, prefetch{pathway.FromConditions: bundle(resources...)})
}

func readObservations(t testing.TB, resources ...any) *fhir.Reading {
	t.Helper()
	return read(t, prefetch{pathway.FromObservations: bundle(resources...)})
}

func readEncounters(t testing.TB, resources ...any) *fhir.Reading {
	t.Helper()
	return read(t, prefetch{pathway.FromEncounters: bundle(resources...)})
}

func readRequests(t testing.TB, resources ...any) *fhir.Reading {
	t.Helper()
	return read(t, prefetch{pathway.FromRequests: bundle(resources...)})
}

func readProcedures(t testing.TB, resources ...any) *fhir.Reading {
	t.Helper()
	return read(t, prefetch{pathway.FromProcedures: bundle(resources...)})
}

// oneCondition is the only condition that was read.
func oneCondition(t testing.TB, r *fhir.Reading) pathway.Condition {
	t.Helper()
	if len(r.Chart.Conditions) != 1 {
		t.Fatalf("%d conditions, want 1: %+v\nnotes %+v\ngaps %+v", len(r.Chart.Conditions), r.Chart.Conditions, r.Notes, r.Chart.Gaps)
	}
	return r.Chart.Conditions[0]
}

func oneObservation(t testing.TB, r *fhir.Reading) pathway.Observation {
	t.Helper()
	if len(r.Chart.Observations) != 1 {
		t.Fatalf("%d observations, want 1: %+v\nnotes %+v\ngaps %+v", len(r.Chart.Observations), r.Chart.Observations, r.Notes, r.Chart.Gaps)
	}
	return r.Chart.Observations[0]
}

func oneEncounter(t testing.TB, r *fhir.Reading) pathway.Encounter {
	t.Helper()
	if len(r.Chart.Encounters) != 1 {
		t.Fatalf("%d encounters, want 1: %+v\nnotes %+v", len(r.Chart.Encounters), r.Chart.Encounters, r.Notes)
	}
	return r.Chart.Encounters[0]
}

// wantGap demands exactly one gap, of that source and reason, and tells it.
func wantGap(t testing.TB, r *fhir.Reading, source pathway.Source, reason string) pathway.Gap {
	t.Helper()
	if len(r.Chart.Gaps) != 1 || r.Chart.Gaps[0].Source != source || r.Chart.Gaps[0].Reason != reason {
		t.Fatalf("gaps %+v, want one of %s: %s", r.Chart.Gaps, source, reason)
	}
	return r.Chart.Gaps[0]
}

func wantNoGaps(t testing.TB, r *fhir.Reading) {
	t.Helper()
	if len(r.Chart.Gaps) > 0 {
		t.Errorf("gaps %+v, want none", r.Chart.Gaps)
	}
}

// noted reports whether something odd was noted of that place.
func noted(r *fhir.Reading, resource, pointer, what string) bool {
	return slices.ContainsFunc(r.Notes, func(n fhir.Note) bool {
		return n.Resource == resource && n.Pointer == pointer && strings.Contains(n.What, what)
	})
}

func wantNote(t testing.TB, r *fhir.Reading, resource, pointer, what string) {
	t.Helper()
	if !noted(r, resource, pointer, what) {
		t.Errorf("notes %+v, want one on %s %s: %s", r.Notes, resource, pointer, what)
	}
}

// findsRetention reports whether the coded urinary retention was read: the red
// flag that must survive whatever stands beside it.
func findsRetention(r *fhir.Reading) bool {
	return slices.ContainsFunc(r.Chart.Conditions, func(c pathway.Condition) bool {
		return c.Concept == pathway.UrinaryRetention && !c.Refuted && !c.Ended
	})
}

func day(text string) time.Time {
	d, err := time.ParseInLocation("2006-01-02", text, copenhagen())
	if err != nil {
		return time.Time{}
	}
	return d
}
