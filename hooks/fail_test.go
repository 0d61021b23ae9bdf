package hooks_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/hooks"
)

// TestEachRefusalHasItsStatus goes through the rest of the error table.
func TestEachRefusalHasItsStatus(t *testing.T) {
	body := viewCall(prefetched(backPain))
	const asJSON = "application/json"
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string
		allow                    string
	}{
		{name: "R16: an unknown service", method: "POST", path: "/cds-services/no-such-service", body: body, status: 404, want: "not-found : there is no such service"},
		{name: "an unknown path", method: "GET", path: "/cds-service", status: 404, want: "not-found : there is nothing under this path"},
		{name: "feedback comes with the ledger", method: "POST", path: "/cds-services/" + viewService + "/feedback", body: `{"feedback":[]}`, status: 404, want: "not-found : there is nothing under this path"},
		{name: "an unknown demo patient", method: "GET", path: "/demo/calls/patient-view/nobody", status: 404, want: "not-found : there is no such demo patient"},
		{name: "a demo call of an unknown hook", method: "GET", path: "/demo/calls/encounter-start/cauda-equina", status: 404, want: "not-found : there is no such hook"},
		{name: "path elements that lead upwards", method: "GET", path: "/demo/../cds-services", status: 404, want: "not-found : there is nothing under this path"},

		{name: "R15: a service is called with GET", method: "GET", path: "/cds-services/" + viewService, status: 405, want: "not-supported : this method is not answered here", allow: "POST, OPTIONS"},
		{name: "R15: a service is called with HEAD", method: "HEAD", path: "/cds-services/" + viewService, status: 405, want: "not-supported : this method is not answered here", allow: "POST, OPTIONS"},
		{name: "R15: a service is called with PUT", method: "PUT", path: "/cds-services/" + viewService, body: body, status: 405, want: "not-supported : this method is not answered here", allow: "POST, OPTIONS"},
		{name: "R5: discovery is called with POST", method: "POST", path: "/cds-services", body: body, status: 405, want: "not-supported : this method is not answered here", allow: "GET, HEAD, OPTIONS"},
		{name: "R5: discovery is called with DELETE", method: "DELETE", path: "/cds-services", status: 405, want: "not-supported : this method is not answered here", allow: "GET, HEAD, OPTIONS"},

		{name: "too large", method: "POST", path: "/cds-services/" + viewService, body: strings.Repeat(" ", 5<<20) + body, headers: []string{"Content-Type", asJSON}, status: 413, want: "too-long : the body is too large"},

		{name: "R1: a form", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, want: "not-supported : Content-Type is not JSON"},
		{name: "R1: plain text", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", "text/plain"}, status: 415, want: "not-supported : Content-Type is not JSON"},
		{name: "R1: XML", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", "application/fhir+xml"}, status: 415, want: "not-supported : Content-Type is not JSON"},
		{name: "R1: a Content-Type that is none", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", ";;"}, status: 415, want: "not-supported : Content-Type is not JSON"},
		{name: "another charset", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", "application/json; charset=iso-8859-1"}, status: 415, want: "not-supported : the charset of Content-Type is not UTF-8"},
		{name: "gzip", method: "POST", path: "/cds-services/" + viewService, body: body, headers: []string{"Content-Type", asJSON, "Content-Encoding", "gzip"}, status: 415, want: "not-supported : Content-Encoding is not supported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := newPractice(t).send(test.method, test.path, strings.NewReader(test.body), test.headers...)
			o := refused(t, got, test.status)
			same(t, "issues", []string{test.want}, o.issues())
			same(t, "Allow", test.allow, got.Header().Get("Allow"))
		})
	}
}

func TestJSONIsTakenUnderEachOfItsNames(t *testing.T) {
	p := newPractice(t)
	for _, media := range []string{
		"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", `application/json; charset="utf8"`,
		"application/fhir+json", "application/fhir+json; fhirVersion=4.0", "APPLICATION/JSON", "application/problem+json",
		"", // none at all
	} {
		request := []string{"Content-Type", media, "Content-Encoding", "identity"}
		if got := p.send(http.MethodPost, "/cds-services/"+viewService, strings.NewReader(viewCall(prefetched(backPain))), request...); got.Code != http.StatusOK {
			t.Errorf("Content-Type %q: status %d: %s", media, got.Code, got.Body)
		}
	}
}

// TestABodyIsBoundedHoweverItComes sends one byte too much, announced and not.
func TestABodyIsBoundedHoweverItComes(t *testing.T) {
	body := viewCall(prefetched(backPain))
	p := newPractice(t, func(c *hooks.Config) { c.MaxBody = int64(len(body)) })
	if got := p.post(viewService, body); got.Code != http.StatusOK {
		t.Fatalf("a body of exactly the limit: status %d: %s", got.Code, got.Body)
	}
	refused(t, p.post(viewService, body+" "), http.StatusRequestEntityTooLarge)
	unannounced := io.MultiReader(strings.NewReader(body), strings.NewReader(" "))
	refused(t, p.send(http.MethodPost, "/cds-services/"+viewService, unannounced, "Content-Type", "application/json"), http.StatusRequestEntityTooLarge)
}

func TestABodyThatBreaksOffIsTheClientsFault(t *testing.T) {
	half := io.MultiReader(strings.NewReader(`{"hook":`), brokenReader{})
	got := newPractice(t).send(http.MethodPost, "/cds-services/"+viewService, half, "Content-Type", "application/json")
	same(t, "issues", []string{"structure : the body broke off"}, refused(t, got, http.StatusBadRequest).issues())
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestRequiredDataThatCannotBeHadIs412 holds R54, and that the answer is never
// an empty list of cards, which a client draws as "all clear".
func TestRequiredDataThatCannotBeHadIs412(t *testing.T) {
	p := newPractice(t)
	const observations, conditions = "prefetch.observations", "prefetch.conditions"
	failed := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`
	cut := strings.Replace(bundle(hypertension), `"entry"`, `"link":[{"relation":"next","url":"https://ehr.example.org/fhir?page=2"}],"entry"`, 1)
	for _, test := range []struct {
		name, prefetch string
		want           []string
	}{
		{"an empty prefetch", `{}`, []string{conditions, observations}},
		{"prefetch null", `null`, []string{conditions, observations}},
		{"no conditions", `{"observations":null}`, []string{conditions}},
		{"no observations, and nothing about the back", `{"conditions":` + bundle(hypertension) + `,"encounters":null}`, []string{observations}},
		{"the client tried for conditions in vain", `{"conditions":` + failed + `,"observations":null}`, []string{conditions}},
		{"conditions are cut short", `{"conditions":` + cut + `,"observations":null,"encounters":null}`, []string{conditions}},
		{"conditions that are no resource", `{"conditions":"none","observations":null}`, []string{conditions}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := refused(t, p.post(viewService, viewCall(test.prefetch)), http.StatusPreconditionFailed)
			var fields []string
			for _, issue := range o.Issue {
				fields = append(fields, issue.Expression...)
				if issue.Code != "incomplete" || issue.Diagnostics == "" {
					t.Errorf("code %q, diagnostics %q", issue.Code, issue.Diagnostics)
				}
			}
			same(t, "fields", test.want, fields)
			same(t, "correlation", instance, o.ID)
		})
	}
}

// TestWhatWasReadOfTheBackIsSaidEvenWhenTheRestIsMissing is the other side of
// 412 (design, section 3).
func TestWhatWasReadOfTheBackIsSaidEvenWhenTheRestIsMissing(t *testing.T) {
	p := newPractice(t)
	rules := p.answered(t, viewService, viewCall(`{"conditions":`+bundle(backPain)+`}`))
	if !strings.Contains(strings.Join(rules, ","), "R-Q0") {
		t.Errorf("cards %v, want one that says what could not be read", rules)
	}
	rules = p.answered(t, viewService, viewCall(`{"conditions":`+bundle(caudaEquina)+`}`))
	if len(rules) != 1 || !strings.HasPrefix(rules[0], "critical R-A1") {
		t.Errorf("cards %v, want the acute one", rules)
	}
}

func TestNothingToSayIsAnEmptyList(t *testing.T) {
	got := newPractice(t).post(viewService, viewCall(prefetched(hypertension)))
	same(t, "status", http.StatusOK, got.Code)
	same(t, "R77: body", `{"cards":[]}`, got.Body.String())
}

// TestErrorsCarryTheHookInstance holds the correlation: also where it stands
// behind what is wrong, and never where it would make the resource invalid.
func TestErrorsCarryTheHookInstance(t *testing.T) {
	p := newPractice(t)
	for _, test := range []struct{ name, body, want string }{
		{"behind the error", `{"hook":7,"context":[],"hookInstance":"` + instance + `"}`, instance},
		{"before a syntax error", `{"hookInstance":"` + instance + `","hook":`, instance},
		{"a word that can be an id", `{"hookInstance":"call-7"}`, "call-7"},
		{"one that cannot be an id", `{"hookInstance":"call 7"}`, ""},
		{"none", `{}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			same(t, "id", test.want, refused(t, p.post(viewService, test.body), http.StatusBadRequest).ID)
		})
	}
}

// TestAFaultOfOursIs500AndTellsNothing lets the renderer fail.
func TestAFaultOfOursIs500AndTellsNothing(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) {
		c.Renderer = cards.New(cards.Settings{NewUUID: func() string { panic("Jens Hansen, " + caudaEquina) }})
	})
	o := refused(t, p.post(viewService, viewCall(prefetched(backPain, caudaEquina))), http.StatusInternalServerError)
	same(t, "issues", []string{"exception : internal error"}, o.issues())
	same(t, "diagnostics", "", o.Issue[0].Diagnostics)
	same(t, "id, by which the call is found in the log", instance, o.ID)
	log := p.log.String()
	if !strings.Contains(log, "hookInstance="+instance) {
		t.Errorf("the log does not say which call it was:\n%s", log)
	}
	if !strings.Contains(log, "msg=panic what=string") || !strings.Contains(log, "hooks.(*Service).answer") {
		t.Errorf("the log does not say what happened and where:\n%s", log)
	}
	if strings.Contains(log, "Hansen") || strings.Contains(log, "192970008") {
		t.Errorf("the log repeats the panic's text:\n%s", log)
	}

	var none *hooks.Config
	p = newPractice(t, func(c *hooks.Config) {
		c.Renderer = cards.New(cards.Settings{NewUUID: func() string { return none.PublicURL }})
	})
	refused(t, p.post(viewService, viewCall(prefetched(backPain, caudaEquina))), http.StatusInternalServerError)
	if !strings.Contains(p.log.String(), "nil pointer dereference") {
		t.Errorf("the log keeps back what the Go runtime said:\n%s", p.log)
	}
}

// TestNoErrorOrLogLineHoldsAnythingOfThePatient sends marked data everywhere
// that a client can put them.
func TestNoErrorOrLogLineHoldsAnythingOfThePatient(t *testing.T) {
	marks := []string{
		"0102031234", "Hansen", "Practitioner-9", "enc-77", "192970008", "Rygsmerter", "s3cr3t", "ehr.example.org", "drafty", "Zz9", "pf-key", "unheard-of",
	}
	marked := func(hook string) string {
		condition := strings.NewReplacer("c2", "Hansen", "p1", "0102031234").Replace(caudaEquina)
		condition = strings.Replace(condition, `"coding"`, `"text":"Rygsmerter","coding"`, 1)
		return `{"hook":"` + hook + `","hookInstance":"0102031234","fhirServer":"https://ehr.example.org/fhir",
			"fhirAuthorization":{"access_token":"s3cr3t","token_type":"Bearer","expires_in":300,"scope":"Zz9","subject":"Zz9"},
			"context":{"userId":"Practitioner/Practitioner-9","patientId":"0102031234","encounterId":"enc-77","selections":["ServiceRequest/drafty"],
			"draftOrders":{"resourceType":"Bundle","entry":[{"resource":` + strings.NewReplacer("example-request-id", "drafty", "p1", "0102031234").Replace(mriDraft) + `}]}},
			"prefetch":{"conditions":` + bundle(condition) + `,"pf-key":"Hansen"},"extension":{"unheard-of":"Hansen"}}`
	}
	for name, body := range map[string]string{
		"answered":                     marked("patient-view"),
		"order-select":                 marked("order-select"),
		"another hook":                 marked("Hansen"),
		"required data missing":        strings.Replace(marked("patient-view"), `"conditions":`, `"condition":`, 1),
		"a bad patient id":             strings.Replace(marked("patient-view"), `"patientId":"0102031234"`, `"patientId":"Patient/0102031234"`, 1),
		"a bad user":                   strings.Replace(marked("patient-view"), `Practitioner/Practitioner-9`, `Practitioner-9`, 1),
		"a bad encounter":              strings.Replace(marked("patient-view"), `"enc-77"`, `"Encounter/enc-77"`, 1),
		"a bad server":                 strings.Replace(marked("patient-view"), `https://`, `http://`, 1),
		"a server that is no URL":      strings.Replace(marked("patient-view"), `https://ehr.example.org`, `://%zzehr.example.org`, 1),
		"a bad token":                  strings.Replace(marked("patient-view"), `"Bearer"`, `"s3cr3t"`, 1),
		"an odd expiry":                strings.Replace(marked("patient-view"), `300`, `"s3cr3t"`, 1),
		"bad drafts":                   strings.Replace(marked("order-select"), `"draftOrders":{`, `"draftOrders":"drafty","x":{`, 1),
		"bad selections":               strings.Replace(marked("order-select"), `["ServiceRequest/drafty"]`, `"drafty"`, 1),
		"members given twice":          strings.Replace(marked("patient-view"), `"context":`, `"context":"Hansen","context":`, 1),
		"a syntax error in the record": strings.Replace(marked("patient-view"), `"Rygsmerter"`, `Rygsmerter`, 1),
		"a syntax error in a name":     strings.Replace(marked("patient-view"), `"pf-key"`, `pf-key`, 1),
		"something behind it":          marked("patient-view") + "Hansen",
		"too deep":                     strings.Replace(marked("patient-view"), `"unheard-of":`, `"unheard-of":`+strings.Repeat("[", 99), 1),
	} {
		for _, service := range []string{viewService, selectService, "unheard-of"} {
			p := newPractice(t)
			got := p.post(service, body, "Authorization", "Bearer s3cr3t", "Accept-Language", "Zz9")
			said := p.log.String()
			if got.Code != http.StatusOK {
				// The id is the caller's own name for the call, and goes to the caller alone.
				said += strings.Replace(got.Body.String(), `"id":"0102031234",`, "", 1)
			}
			for _, mark := range marks {
				if strings.Contains(said, mark) {
					t.Errorf("%s at %s: %q stands in the log or in the error:\n%s", name, service, mark, said)
				}
			}
		}
	}
	p := newPractice(t)
	p.ask(http.MethodGet, "/demo/fhir/Patient/0102031234")
	p.ask(http.MethodGet, "/0102031234/Hansen?name=Hansen")
	p.ask(http.MethodPost, "/cds-services/0102031234")
	for _, mark := range marks {
		if strings.Contains(p.log.String(), mark) {
			t.Errorf("%q from a path stands in the log:\n%s", mark, p.log)
		}
	}
}

// TestTheLogHasOneLineForEachCall shows what an operator reads.
func TestTheLogHasOneLineForEachCall(t *testing.T) {
	p := newPractice(t)
	body := viewCall(prefetched(backPain, caudaEquina))
	p.post(viewService, body)
	line := p.log.String()
	for _, want := range []string{
		"level=INFO msg=call service=" + viewService + " hookInstance=" + instance + " status=200", "R-A1",
		"prefetch.conditions=given", "prefetch.observations=none", "ms=", "bytes=",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %s", want, line)
		}
	}
	if n := bytes.Count(p.log.Bytes(), []byte("\n")); n != 1 {
		t.Errorf("%d lines:\n%s", n, line)
	}
	p.log.Reset()
	p.post(viewService, viewCall(`{}`))
	for _, want := range []string{"level=WARN", "status=412", "prefetch.conditions=not-asked", "refused="} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("%q is missing in %s", want, p.log)
		}
	}
}
