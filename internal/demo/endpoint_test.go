package demo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// reply is an answer of the endpoint, mounted as the service mounts it.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func ask(t testing.TB, d *Demo, r *http.Request) reply {
	t.Helper()
	recorder := httptest.NewRecorder()
	http.StripPrefix("/demo/fhir", d.FHIR()).ServeHTTP(recorder, r)
	got := reply{status: recorder.Code, header: recorder.Header()}
	if recorder.Body.Len() > 0 {
		if err := json.Unmarshal(recorder.Body.Bytes(), &got.body); err != nil {
			t.Fatalf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	return got
}

func get(t testing.TB, d *Demo, path string) reply {
	t.Helper()
	return ask(t, d, httptest.NewRequest(http.MethodGet, "http://localhost:8080/demo/fhir"+path, http.NoBody))
}

func postSearch(t testing.TB, d *Demo, kind, form string) reply {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/demo/fhir/"+kind+"/_search", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return ask(t, d, r)
}

// ids of the resources in a Bundle, in their order.
func (r reply) ids() []string {
	ids := []string{}
	entries, _ := r.body["entry"].([]any)
	for _, e := range entries {
		ids = append(ids, follow(e, "resource", "id").(string))
	}
	return ids
}

// link is the address of that relation, or empty.
func (r reply) link(relation string) string {
	links, _ := r.body["link"].([]any)
	for _, l := range links {
		if follow(l, "relation") == relation {
			return follow(l, "url").(string)
		}
	}
	return ""
}

// What the CDS Hooks Sandbox needs of a FHIR server.

func TestSandboxSeesAnR4Server(t *testing.T) {
	r := get(t, at(t, afternoon(t)), "/metadata")
	if r.status != http.StatusOK || r.body["resourceType"] != "CapabilityStatement" || r.body["fhirVersion"] != "4.0.1" {
		t.Errorf("%d %v %v", r.status, r.body["resourceType"], r.body["fhirVersion"])
	}
	if got := follow(r.body, "implementation", "url"); got != "http://localhost:8080/demo/fhir" {
		t.Errorf("url %v", got)
	}
	served := map[string][]string{}
	for _, each := range follow(r.body, "rest", "resource").([]any) {
		for _, parameter := range follow(each, "searchParam").([]any) {
			kind := follow(each, "type").(string)
			served[kind] = append(served[kind], follow(parameter, "name").(string))
		}
	}
	clinical := []string{"_id", "patient", "subject", "code"}
	want := map[string][]string{
		"Patient": {"_id"}, "Practitioner": {"_id"}, "Encounter": {"_id", "patient", "subject"},
		"Condition": clinical, "Observation": clinical, "ServiceRequest": clinical, "Procedure": clinical,
	}
	if diff := cmp.Diff(want, served); diff != "" {
		t.Error(diff)
	}
}

func TestSandboxWithATrailingSlashFindsMetadataToo(t *testing.T) {
	r := get(t, at(t, afternoon(t)), "//metadata")
	if r.status != http.StatusOK || follow(r.body, "implementation", "url") != "http://localhost:8080/demo/fhir" {
		t.Errorf("%d %v", r.status, follow(r.body, "implementation", "url"))
	}
}

func TestSandboxPatientPickerListsEveryPatient(t *testing.T) {
	d := at(t, afternoon(t))
	r := get(t, d, "/Patient")
	var want []string
	for _, p := range d.Patients() {
		want = append(want, p.ID)
	}
	if diff := cmp.Diff(want, r.ids()); diff != "" {
		t.Error(diff)
	}
	for _, e := range r.body["entry"].([]any) { // patient.resource.name[0].given.join(' ')
		if !isList(follow(e, "resource", "name")) || !isList(follow(e, "resource", "name", "given")) || follow(e, "resource", "name", "family") == nil {
			t.Errorf("%v: name %v", follow(e, "resource", "id"), follow(e, "resource", "name"))
		}
	}
}

func TestSandboxReadsAPatientAndItsUser(t *testing.T) {
	d := at(t, afternoon(t))
	for _, path := range []string{"Patient/seven-weeks", "Patient/untidy", "Practitioner/COREPRACTITIONER1"} {
		r := get(t, d, "/"+path)
		if kind, _ := r.body["resourceType"].(string); r.status != http.StatusOK || kind+"/"+r.body["id"].(string) != path {
			t.Errorf("%s: %d %v/%v", path, r.status, kind, r.body["id"])
		}
	}
}

func TestSandboxListsConditions(t *testing.T) {
	d := at(t, afternoon(t))
	for _, p := range d.Patients() {
		r := get(t, d, "/Condition?patient="+p.ID)
		if total, _ := r.body["total"].(float64); total < 1 || int(total) != len(r.ids()) {
			t.Errorf("%s: total %v, %d entries", p.ID, r.body["total"], len(r.ids()))
		}
		listed := 0
		for _, e := range r.body["entry"].([]any) {
			text, code := follow(e, "resource", "code", "text"), follow(e, "resource", "code", "coding", "code")
			if text == nil {
				t.Errorf("%s: a condition without code.text", p.ID)
			}
			if code != nil {
				listed++
			}
		}
		if listed == 0 {
			t.Errorf("%s: the Sandbox would list no condition", p.ID)
		}
	}
}

func TestSandboxPrefetchesByPost(t *testing.T) {
	d := at(t, afternoon(t))
	r := postSearch(t, d, "Observation", "code=lbp-course%2Cyellow-flags&patient=nerve-root")
	if diff := cmp.Diff([]string{"nerve-root-lbp-course", "nerve-root-yellow-flags"}, r.ids()); diff != "" {
		t.Error(diff)
	}
	if got, want := r.link("self"), "http://localhost:8080/demo/fhir/Observation?code=lbp-course%2Cyellow-flags&patient=nerve-root"; got != want {
		t.Errorf("self %s, want %s", got, want)
	}
}

func TestSandboxAsksForAMediaTypeThatIsNone(t *testing.T) {
	d := at(t, afternoon(t))
	for _, accept := range []string{"application/json+fhir", "application/json", "text/html", "application/fhir+xml", ""} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/demo/fhir/Patient/no-back", http.NoBody)
		r.Header.Set("Accept", accept)
		got := ask(t, d, r)
		if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/fhir+json; charset=utf-8" {
			t.Errorf("Accept %q: %d %s", accept, got.status, got.header.Get("Content-Type"))
		}
	}
}

func TestSandboxSmartLaunchIsRefusedInWords(t *testing.T) {
	r := ask(t, at(t, afternoon(t)), httptest.NewRequest(http.MethodPost, "http://localhost:8080/demo/fhir/_services/smart/Launch", strings.NewReader("{}")))
	if r.status != http.StatusNotFound || r.body["resourceType"] != "OperationOutcome" {
		t.Errorf("%d %v", r.status, r.body)
	}
}

func TestSandboxMayReadEveryAnswer(t *testing.T) {
	d := at(t, afternoon(t))
	cases := []struct {
		name, method, path string
		status             int
	}{
		{"an answer", http.MethodGet, "/Patient", http.StatusOK},
		{"a preflight", http.MethodOptions, "/Observation/_search", http.StatusNoContent},
		{"a preflight of a path that is not there", http.MethodOptions, "/_services/smart/Launch", http.StatusNoContent},
		{"an unknown path", http.MethodGet, "/no/such/path", http.StatusNotFound},
		{"the root", http.MethodGet, "/", http.StatusNotFound},
		{"an unknown type", http.MethodGet, "/MedicationRequest?patient=no-back", http.StatusNotFound},
		{"an unknown id", http.MethodGet, "/Patient/nobody", http.StatusNotFound},
		{"a wrong method", http.MethodDelete, "/Patient/no-back", http.StatusMethodNotAllowed},
		{"a query that cannot be decoded", http.MethodGet, "/Condition?patient=%zz", http.StatusBadRequest},
		{"data that cannot be had", http.MethodGet, "/Observation?patient=data-missing", http.StatusServiceUnavailable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := ask(t, d, httptest.NewRequest(c.method, "http://localhost:8080/demo/fhir"+c.path, http.NoBody))
			if r.status != c.status {
				t.Errorf("status %d, want %d", r.status, c.status)
			}
			if c.status >= 400 && (r.body["resourceType"] != "OperationOutcome" || follow(r.body, "issue", "severity") != "error") {
				t.Errorf("body %v", r.body)
			}
			for header, want := range map[string]string{
				"Access-Control-Allow-Origin":      "*",
				"Access-Control-Allow-Methods":     "GET, POST, OPTIONS",
				"Access-Control-Allow-Headers":     "Authorization, Content-Type, Accept",
				"Access-Control-Allow-Credentials": "",
			} {
				if got := r.header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestAWrongMethodNamesTheRightOnes(t *testing.T) {
	d := at(t, afternoon(t))
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodPost, "/metadata", "GET, HEAD, OPTIONS"},
		{http.MethodPost, "/Patient", "GET, HEAD, OPTIONS"},
		{http.MethodPut, "/Patient/no-back", "GET, HEAD, OPTIONS"},
		{http.MethodGet, "/Patient/_search", "POST, OPTIONS"},
	} {
		r := ask(t, d, httptest.NewRequest(c.method, "http://localhost:8080/demo/fhir"+c.path, http.NoBody))
		if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q, want %q", c.method, c.path, r.status, r.header.Get("Allow"), c.allow)
		}
	}
}

func TestAPostedSearchIsBounded(t *testing.T) {
	d := at(t, afternoon(t))
	post := func(contentType, body string) reply {
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/demo/fhir/Condition/_search?patient=no-back", strings.NewReader(body))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		return ask(t, d, r)
	}
	const form = "application/x-www-form-urlencoded"
	cases := []struct {
		name, contentType, body string
		status, found           int
	}{
		{"the form joins the query", form + "; charset=utf-8", "code=K86", http.StatusOK, 1},
		{"no media type is taken for a form", "", "code=K86", http.StatusOK, 1},
		{"no body", form, "", http.StatusOK, 2},
		{"at the limit", form, strings.Repeat("x", formLimit), http.StatusOK, 2},
		{"over the limit", form, strings.Repeat("x", formLimit+1), http.StatusRequestEntityTooLarge, 0},
		{"another media type", "application/json", "{}", http.StatusUnsupportedMediaType, 0},
		{"a media type that is none", ";", "", http.StatusUnsupportedMediaType, 0},
		{"a form that cannot be decoded", form, "patient=%zz", http.StatusBadRequest, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if r := post(c.contentType, c.body); r.status != c.status || len(r.ids()) != c.found {
				t.Errorf("%d with %d entries, want %d with %d", r.status, len(r.ids()), c.status, c.found)
			}
		})
	}
}

func TestTheBaseIsWhereTheClientCalled(t *testing.T) {
	d := at(t, afternoon(t))
	for _, c := range []struct{ address, want string }{
		{"http://localhost:8080/demo/fhir/Patient", "http://localhost:8080/demo/fhir/Patient"},
		{"http://localhost:8080/demo/fhir/Patient/", "http://localhost:8080/demo/fhir/Patient"},
		{"https://demo.example/demo/fhir/Patient?_id=no-back", "https://demo.example/demo/fhir/Patient?_id=no-back"},
		{"http://[::1]:8080/demo/fhir/Patient", "http://[::1]:8080/demo/fhir/Patient"},
	} {
		r := ask(t, d, httptest.NewRequest(http.MethodGet, c.address, http.NoBody))
		if got := r.link("self"); got != c.want {
			t.Errorf("%s: self %s, want %s", c.address, got, c.want)
		}
	}
	// Mounted at the root, nothing stripped.
	recorder := httptest.NewRecorder()
	d.FHIR().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "http://localhost/Patient", http.NoBody))
	if !strings.Contains(recorder.Body.String(), `"http://localhost/Patient/no-back"`) {
		t.Error("mounted at the root, the addresses are wrong")
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	server := httptest.NewServer(at(t, afternoon(t)).FHIR())
	defer server.Close()
	response, err := server.Client().Head(server.URL + "/metadata")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.ContentLength == 0 {
		t.Errorf("%d, %d bytes announced", response.StatusCode, response.ContentLength)
	}
}
