package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// FuzzEndpoint sends any method, path, query and form. Nothing panics, every
// body is a FHIR resource, and the only 5xx is the one that is meant: the
// observations of data-missing.
func FuzzEndpoint(f *testing.F) {
	for _, seed := range []struct{ method, path, query, form string }{
		{"GET", "/metadata", "", ""},
		{"GET", "/Patient", "_count=3&_offset=2", ""},
		{"GET", "/Patient/untidy", "", ""},
		{"GET", "/Condition", "patient=Patient/seven-weeks&code=urn:oid:1.2.208.176.2.31|L84,DM545", ""},
		{"GET", "/Observation", "patient=data-missing", ""},
		{"POST", "/Observation/_search", "_count=1", "patient=nerve-root&code=lbp-course%2Cyellow-flags"},
		{"POST", "/Encounter/_search", "", "subject:Patient=%ff,a&_id=|,"},
		{"POST", "/_services/smart/Launch", "", "{}"},
		{"OPTIONS", "//x", "%", "%"},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.form)
	}
	handler := http.StripPrefix("/demo/fhir", at(f, afternoon(f)).FHIR())
	f.Fuzz(func(t *testing.T, method, path, query, form string) {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/", strings.NewReader(form))
		r.Method = method
		r.URL = &url.URL{Path: "/demo/fhir" + path, RawQuery: query}
		r.RequestURI = r.URL.RequestURI()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)

		if w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%d without CORS", w.Code)
		}
		if w.Code == http.StatusNoContent && method == http.MethodOptions {
			return
		}
		var body struct {
			ResourceType string `json:"resourceType"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.ResourceType == "" {
			t.Fatalf("%d: %v in %q", w.Code, err, w.Body.Bytes())
		}
		meant := w.Code == http.StatusServiceUnavailable && strings.Contains(path, "Observation")
		if w.Code >= 500 && !meant {
			t.Errorf("status %d", w.Code)
		}
		if w.Code != http.StatusOK && body.ResourceType != "OperationOutcome" {
			t.Errorf("%d with a %s", w.Code, body.ResourceType)
		}
	})
}
