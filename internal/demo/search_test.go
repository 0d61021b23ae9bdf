package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSearches(t *testing.T) {
	course, flags := "nerve-root-lbp-course", "nerve-root-yellow-flags"
	finding := url.QueryEscape("https://rygkort.example/fhir/CodeSystem/finding")
	cases := []struct {
		name, path string
		want       []string
	}{
		{"by id alone", "/Condition?patient=cauda-equina", []string{"cauda-equina-back", "cauda-equina-suspected"}},
		{"by reference", "/Condition?patient=Patient/cauda-equina", []string{"cauda-equina-back", "cauda-equina-suspected"}},
		{"by absolute reference", "/Condition?patient=http://localhost:8080/demo/fhir/Patient/cauda-equina", []string{"cauda-equina-back", "cauda-equina-suspected"}},
		{"by typed reference", "/Condition?patient:Patient=cauda-equina", []string{"cauda-equina-back", "cauda-equina-suspected"}},
		{"by subject", "/Encounter?subject=Patient/no-back", []string{"no-back-day-90", "no-back-today"}},
		{"of two patients", "/Procedure?patient=seven-weeks,untidy", []string{"seven-weeks-physiotherapy", "seven-weeks-exercise", "untidy-physiotherapy"}},
		{"nobody of that id", "/Condition?patient=nobody", []string{}},
		{"a reference to something else", "/Condition?patient=Practitioner/cauda-equina", []string{}},
		{"an empty patient is nobody", "/Condition?patient=", []string{}},
		{"an unresolved prefetch token is nobody", "/Condition?patient=%7B%7Bcontext.patientId%7D%7D", []string{}},
		{"patient and subject both hold", "/Condition?patient=cauda-equina&subject=no-back", []string{}},
		{"by code", "/Observation?patient=nerve-root&code=lbp-course", []string{course}},
		{"by a list of codes", "/Observation?patient=nerve-root&code=lbp-course,yellow-flags,no-such", []string{course, flags}},
		{"by system and code", "/Observation?patient=nerve-root&code=" + finding + "%7Clbp-course", []string{course}},
		{"by system and code, the bar unescaped", "/Observation?patient=nerve-root&code=" + finding + "|lbp-course", []string{course}},
		{"by another system", "/Observation?patient=nerve-root&code=http://loinc.org%7Clbp-course", []string{}},
		{"by no system", "/Observation?patient=nerve-root&code=%7Clbp-course", []string{}},
		{"by system alone", "/Condition?patient=seven-weeks&code=urn:oid:1.2.208.176.2.4.12%7C", []string{"seven-weeks-back"}},
		{"by two parameters code, both hold", "/Condition?patient=seven-weeks&code=L84&code=DM545", []string{"seven-weeks-back"}},
		{"by code, an empty coding before it", "/Observation?patient=untidy&code=bladder-disturbance", []string{"untidy-bladder-disturbance"}},
		{"by _id", "/Patient?_id=no-back", []string{"no-back"}},
		{"by several _id", "/Patient?_id=no-back,first-contact", []string{"first-contact", "no-back"}},
		{"_sort is passed over", "/Encounter?patient=no-back&_sort=-date", []string{"no-back-day-90", "no-back-today"}},
		{"an unknown parameter is passed over", "/Encounter?patient=no-back&colour=blue", []string{"no-back-day-90", "no-back-today"}},
		{"code is unknown to Encounter", "/Encounter?patient=no-back&code=L84", []string{"no-back-day-90", "no-back-today"}},
		{"a count that is none is passed over", "/Encounter?patient=no-back&_count=few", []string{"no-back-day-90", "no-back-today"}},
	}
	d := at(t, afternoon(t))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := get(t, d, c.path)
			if diff := cmp.Diff(c.want, r.ids()); diff != "" {
				t.Error(diff)
			}
			if r.status != http.StatusOK || r.body["type"] != "searchset" || r.body["total"] != float64(len(c.want)) {
				t.Errorf("%d, type %v, total %v", r.status, r.body["type"], r.body["total"])
			}
			for _, e := range r.ids() {
				if !strings.HasPrefix(r.link("self"), "http://localhost:8080/demo/fhir/") {
					t.Errorf("%s: self %s", e, r.link("self"))
				}
			}
		})
	}
}

func TestEntriesAreAbsoluteMatches(t *testing.T) {
	r := get(t, at(t, afternoon(t)), "/Condition?patient=first-contact")
	for _, e := range r.body["entry"].([]any) {
		if got := follow(e, "fullUrl"); got != "http://localhost:8080/demo/fhir/Condition/first-contact-back" {
			t.Errorf("fullUrl %v", got)
		}
		if got := follow(e, "search", "mode"); got != "match" {
			t.Errorf("mode %v", got)
		}
	}
}

func TestAForeignRecordIsServedWithItsPatient(t *testing.T) {
	d := at(t, afternoon(t))
	if r := get(t, d, "/Observation?patient=untidy"); !slices.Contains(r.ids(), "untidy-foreign") {
		t.Errorf("found %v", r.ids())
	}
	if r := get(t, d, "/Observation?patient=somebody-else"); len(r.ids()) != 0 {
		t.Errorf("found %v", r.ids())
	}
}

func TestALongResultIsCutWhereAskedAndItsRestCanBeFetched(t *testing.T) {
	d := at(t, afternoon(t))
	all := get(t, d, "/Observation?patient=yellow-flags").ids()
	var pages []string
	address := "http://localhost:8080/demo/fhir/Observation?patient=yellow-flags&_count=5"
	for address != "" {
		r := ask(t, d, httptest.NewRequest(http.MethodGet, address, http.NoBody))
		if len(r.ids()) > 5 || r.body["total"] != float64(len(all)) {
			t.Errorf("%s: %d entries, total %v", address, len(r.ids()), r.body["total"])
		}
		pages = append(pages, r.ids()...)
		address = r.link("next")
	}
	if diff := cmp.Diff(all, pages); diff != "" {
		t.Error(diff)
	}
	if r := get(t, d, "/Observation?patient=yellow-flags&_count=0"); len(r.ids()) != 0 || r.link("next") != "" || r.body["total"] != float64(len(all)) {
		t.Errorf("_count=0: %d entries, total %v", len(r.ids()), r.body["total"])
	}
}

func TestTheObservationsOfDataMissingCannotBeHad(t *testing.T) {
	d := at(t, afternoon(t))
	for _, r := range []reply{
		get(t, d, "/Observation?patient=data-missing"),
		get(t, d, "/Observation?subject=Patient/data-missing&code=lbp-course"),
		get(t, d, "/Observation?patient=no-back,data-missing"),
		postSearch(t, d, "Observation", "patient=data-missing"),
	} {
		if r.status != http.StatusServiceUnavailable || follow(r.body, "issue", "code") != "transient" {
			t.Errorf("%d %v", r.status, r.body)
		}
	}
	for _, path := range []string{"/Condition?patient=data-missing", "/Patient/data-missing", "/Observation?patient=no-back"} {
		if r := get(t, d, path); r.status != http.StatusOK {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}
