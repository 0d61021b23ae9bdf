//go:build integration

package hooks_test

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/pathway"
)

// These tests ask a FHIR server that is not ours: Medplum's router and search
// (testdata/medplum). They show that our searches find what we think, and that
// a record is judged alike whether the EHR prefetched it or its server was
// asked. `make integration` installs the server and runs them.

// TestMedplumServesTheTokenItKnows is about the server itself: one that served
// anybody would show nothing about what our service sends.
func TestMedplumServesTheTokenItKnows(t *testing.T) {
	m := startMedplum(t)
	m.load(t, []held{hold(t, []byte(patientP1)), hold(t, []byte(backPain))}, "Encounter")
	with := func(name, value string) func(http.Header) {
		return func(h http.Header) { h.Set(name, value) }
	}
	for _, test := range []struct {
		what, query string
		change      func(http.Header)
		status      int
	}{
		{"a read", "Patient/p1", with("Accept", "application/fhir+json;q=0.9, text/html"), http.StatusOK},
		{"a search", "Condition?patient=p1", with("Accept", "*/*"), http.StatusOK},
		{"a read without a token", "Patient/p1", func(h http.Header) { h.Del("Authorization") }, http.StatusUnauthorized},
		{"a read with another token", "Patient/p1", with("Authorization", "Bearer another"), http.StatusUnauthorized},
		{"a search with another token", "Condition?patient=p1", with("Authorization", "Bearer another"), http.StatusUnauthorized},
		{"a web page", "Patient/p1", with("Accept", "text/html"), http.StatusNotAcceptable},
		{"a patient who is not there", "Patient/p2", with("Accept", "application/json"), http.StatusNotFound},
		{"a type that is refused", "Encounter?patient=p1", with("Accept", "application/json"), http.StatusForbidden},
	} {
		status, answer := m.send(t, http.MethodGet, m.base+"/"+test.query, nil, test.change)
		outcome := hold(t, answer).kind() == "OperationOutcome"
		if status != test.status || outcome != (status != http.StatusOK) {
			t.Errorf("%s: %d, want %d: %s", test.what, status, test.status, answer)
		}
	}
}

// TestMedplumFindsWhatTheTemplatesMean sends every prefetch template about
// every record, and wants exactly the resources of the type that are about the
// patient; of the observations those with a code that is asked for.
func TestMedplumFindsWhatTheTemplatesMean(t *testing.T) {
	m := startMedplum(t)
	var searches, paged, resources, notAskedFor int
	faults := map[string]int{}
	for _, c := range toldCalls(t) {
		records, why := c.records(t)
		if why != "" || c.trace.Reading == nil {
			continue
		}
		records = append(bystanders(t, c.trace.Request.Patient), records...)
		resources += len(records)
		for _, fault := range m.load(t, records) {
			faults[fault]++
		}
		for key, template := range fhir.Templates() {
			var want []string
			for _, r := range records {
				switch codes := codesAskedFor(template); {
				case r.kind() != typesOfKeys[key] || !r.isAbout(c.trace.Request.Patient):
				case codes != nil && !r.hasCode(codes):
					notAskedFor++
				default:
					want = append(want, r.reference())
				}
			}
			found, pages, _ := m.find(t, filled(template, c.trace.Request.Patient))
			got := make([]string, len(found))
			for i, text := range found {
				got[i] = hold(t, text).reference()
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s finds other than it means (-want +got):\n%s", c.name, template, cmp.Diff(want, got))
			}
			if searches++; pages > 1 {
				paged++
			}
		}
	}
	if paged == 0 {
		t.Error("no search had a second page, so nothing is shown about pages")
	}
	t.Logf("%d searches, %d of them over several pages; %d observations are of codes that are not asked for", searches, paged, notAskedFor)
	t.Logf("%d resources; Medplum's validator would refuse some:", resources)
	for _, fault := range slices.Sorted(maps.Keys(faults)) {
		t.Logf("%5d times %s", faults[fault], fault)
	}
}

// TestMedplumDecidesAsPrefetch asks every call three times: with its prefetch,
// instead of it with a server that holds the same record, and with the first
// page of each of that server's searches. Answer and facts are the same. What
// the prefetch could not bring, the server refuses.
func TestMedplumDecidesAsPrefetch(t *testing.T) {
	m := startMedplum(t)
	asked, reads, leftOut := 0, 0, map[string][]string{}
	for _, c := range toldCalls(t) {
		records, why := c.records(t)
		if why != "" {
			leftOut[why] = append(leftOut[why], c.name)
			continue
		}
		asked++
		m.load(t, append(bystanders(t, c.trace.Request.Patient), records...), c.refused()...)
		want := decided(t, c.response, c.trace, c.err)
		ways := map[string]map[string]jsontext.Value{"all from the server": nil}
		if c.trace.Reading != nil {
			ways["from the second page on"] = m.firstPages(t, c)
		}
		for way, prefetch := range ways {
			response, trace, err := m.answerFromServer(t, c, prefetch)
			lawful(t, response, cards.Danish)
			if got := decided(t, response, trace, err); want != got {
				t.Errorf("%s, %s: prefetched (-), from the server (+):\n%s", c.name, way, cmp.Diff(want, got))
			}
			if trace.Reading != nil {
				for _, one := range trace.Reading.Fetches {
					reads += one.Pages
				}
			}
		}
	}
	t.Logf("%d calls were asked each way, with %d reads by the service", asked, reads)
	if reads == 0 {
		t.Error("the service read nothing")
	}
	for _, why := range slices.Sorted(maps.Keys(leftOut)) {
		t.Logf("%d left out, since %s: %s", len(leftOut[why]), why, strings.Join(leftOut[why], " "))
	}
}

// answerFromServer is the answer to the call when the record is on the server
// and the client sends these keys of it, or none.
func (m *medplum) answerFromServer(t *testing.T, c toldCall, prefetch map[string]jsontext.Value) (hooks.Response, hooks.Trace, error) {
	t.Helper()
	body := membersOf(t, c.body)
	body["fhirServer"] = written(t, m.base)
	body["fhirAuthorization"] = written(t, object{
		"access_token": m.token, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "rygkort",
	})
	delete(body, "prefetch")
	if prefetch != nil {
		body["prefetch"] = written(t, prefetch)
	}
	fetcher := fhir.NewFetcher(fhir.Limits{}, nil, time.Now)
	defer fetcher.Close()
	return storyService(t, c.now, fetcher).Answer(t.Context(), written(t, body), "", cards.Danish)
}

// firstPages are the values of the keys as a client sends them that reads one
// page of each search.
func (m *medplum) firstPages(t *testing.T, c toldCall) map[string]jsontext.Value {
	t.Helper()
	prefetch := map[string]jsontext.Value{}
	for key, template := range fhir.Templates() {
		_, answer := m.send(t, http.MethodGet, m.base+"/"+filled(template, c.trace.Request.Patient), nil)
		prefetch[string(key)] = answer
	}
	return prefetch
}

// decided is what an answer comes to: the cards whole, as storyService counts
// their uuids, and the facts. How the record came is no part of it: the reasons
// of gaps, and the notes.
func decided(t *testing.T, response hooks.Response, trace hooks.Trace, err error) string {
	t.Helper()
	text := strings.Join(outcomeLines(response, err), "\n") + "\n"
	for line := range strings.Lines(factsText(trace)) {
		if !strings.HasPrefix(line, "gap: ") && !strings.HasPrefix(line, "note: ") {
			text += line
		}
	}
	if trace.Reading != nil {
		for _, gap := range trace.Reading.Chart.Gaps {
			gap.Reason = ""
			text += "gap: " + string(written(t, gap)) + "\n"
		}
	}
	whole, failed := json.Marshal(response, jsontext.WithIndent("  "))
	if failed != nil {
		t.Fatal(failed)
	}
	return text + string(whole)
}

// toldCall is a call with its prefetch, and what came of it.
type toldCall struct {
	name     string
	now      time.Time
	body     []byte
	response hooks.Response
	trace    hooks.Trace
	err      error
}

// toldCalls are the calls of all stories, and those of all demo patients, each
// with each hook.
func toldCalls(t *testing.T) []toldCall {
	t.Helper()
	var calls []toldCall
	for _, s := range scenarios(t) {
		calls = append(calls, toldCall{name: s.name, now: s.now, body: s.section("request.json")})
	}
	now := scenarioNow(t)
	patients, err := demo.New(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, patient := range patients.Patients() {
		for _, hook := range []string{"patient-view", "order-select", "order-sign"} {
			body, err := patients.Call(patient.ID, hook, "")
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, toldCall{name: "demo-" + patient.ID + "-" + hook, now: now, body: body})
		}
	}
	for i := range calls {
		c := &calls[i]
		c.response, c.trace, c.err = storyService(t, c.now).Answer(t.Context(), c.body, "", cards.Danish)
	}
	return calls
}

// refused are the types that the prefetch could not bring.
func (c toldCall) refused() []string {
	var types []string
	if c.trace.Reading != nil {
		for key, state := range c.trace.Reading.States {
			if state == fhir.NotAsked || state == fhir.Failed {
				types = append(types, typesOfKeys[key])
			}
		}
	}
	return types
}

// records is what a server would hold whose client prefetched this, or why
// there can be no such server.
func (c toldCall) records(t *testing.T) (records []held, why string) {
	t.Helper()
	if c.trace.Reading == nil {
		return nil, "" // the call is refused before anything is read
	}
	for _, gap := range c.trace.Reading.Chart.Gaps {
		if gap.Reason == fhir.ReasonNoResource && !gap.Whole {
			return nil, "something in the record is no resource, and a server holds nothing else"
		}
	}
	prefetch := membersOf(t, membersOf(t, c.body)["prefetch"])
	for _, key := range fhir.Keys() {
		switch c.trace.Reading.States[key] {
		case fhir.CutShort:
			return nil, "the story is that pages are missing, and a server that works has them all"
		case fhir.NotAsked, fhir.Failed, fhir.None:
			continue
		case fhir.Given:
		}
		for _, r := range resourcesIn(t, prefetch[string(key)]) {
			at := slices.IndexFunc(records, func(other held) bool { return other.reference() == r.reference() })
			switch {
			case r.kind() == "" || r.id() == "":
				return nil, "a resource has no id, and on a server each has one"
			case at < 0:
				records = append(records, r)
			case bytes.Equal(records[at].text, r.text):
			case records[at].updated() == "" || r.updated() == "" || records[at].updated() == r.updated():
				return nil, "the story is that nobody knows which of two versions is newer, and a server knows"
			case records[at].updated() < r.updated():
				records[at] = r
			}
		}
	}
	return records, ""
}

// resourcesIn are the resources of a Bundle, or the one that the value is.
func resourcesIn(t *testing.T, value jsontext.Value) []held {
	t.Helper()
	var b struct {
		ResourceType string `json:"resourceType"`
		Entry        []struct {
			Resource jsontext.Value `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(value, &b); err != nil {
		t.Fatal(err)
	}
	if b.ResourceType != "Bundle" {
		return []held{hold(t, value)}
	}
	found := make([]held, len(b.Entry))
	for i, e := range b.Entry {
		found[i] = hold(t, e.Resource)
	}
	return found
}

// bystanders are what else a server holds and nobody asks for: somebody whose
// id begins as the patient's does, with alarm symptoms, and the patient's blood
// pressure.
func bystanders(t *testing.T, patient string) []held {
	t.Helper()
	var all []held
	for _, text := range []string{
		`{"resourceType":"Patient","id":"other0","birthDate":"2015-01-01"}`,
		`{"resourceType":"Condition","id":"other1","code":{"coding":[{"system":"http://snomed.info/sct","code":"192970008"}]},"recordedDate":"2026-11-23","subject":{"reference":"Patient/other0"}}`,
		`{"resourceType":"Observation","id":"other2","status":"final","code":{"coding":[{"system":"` + ownSystems + `finding","code":"saddle-sensation"}]},` +
			`"valueString":"reduced","effectiveDateTime":"2026-11-23T09:00:00+01:00","subject":{"reference":"Patient/other0"}}`,
		`{"resourceType":"Encounter","id":"other3","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/other0"},"period":{"start":"2026-11-20"}}`,
		`{"resourceType":"ServiceRequest","id":"other4","status":"active","intent":"order","subject":{"reference":"Patient/other0"}}`,
		`{"resourceType":"Procedure","id":"other5","status":"completed","subject":{"reference":"Patient/other0"}}`,
		`{"resourceType":"Observation","id":"pressure","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},` +
			`"subject":{"reference":"Patient/` + patient + `"}}`,
	} {
		all = append(all, hold(t, []byte(strings.ReplaceAll(text, "other", patient))))
	}
	return all
}

// typesOfKeys are the types that the keys are asked for, said anew: a search
// for the wrong type has to show.
var typesOfKeys = map[pathway.Source]string{
	"patient": "Patient", "conditions": "Condition", "observations": "Observation",
	"encounters": "Encounter", "requests": "ServiceRequest", "procedures": "Procedure",
}

// filled is a template for one patient.
func filled(template, patient string) string {
	return strings.ReplaceAll(template, "{{context.patientId}}", patient)
}

// codesAskedFor are the codes that a template names, or nil.
func codesAskedFor(template string) []string {
	_, codes, found := strings.Cut(template, "&code=")
	if !found {
		return nil
	}
	return strings.Split(codes, ",")
}

// held is a resource on the server: its text, and its members for a look.
type held struct {
	text    jsontext.Value
	members object
}

func hold(t *testing.T, text []byte) held {
	t.Helper()
	h := held{text: text}
	if err := json.Unmarshal(text, &h.members); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return h
}

func (h held) kind() string      { return h.word("resourceType") }
func (h held) id() string        { return h.word("id") }
func (h held) reference() string { return h.kind() + "/" + h.id() }
func (h held) updated() string   { return h.word("meta", "lastUpdated") }

// isAbout reports whether the resource is the patient or is about them.
func (h held) isAbout(patient string) bool {
	return h.reference() == "Patient/"+patient || h.word("subject", "reference") == "Patient/"+patient
}

// hasCode reports whether some coding of the resource has one of the codes.
func (h held) hasCode(codes []string) bool {
	return slices.ContainsFunc(codesOf(h.members, "code"), func(coding string) bool {
		_, code, _ := strings.Cut(coding, "|")
		return slices.Contains(codes, code)
	})
}

// word is the string at a path of members, or nothing.
func (h held) word(path ...string) string {
	var at any = h.members
	for _, name := range path {
		members, _ := at.(object)
		at = members[name]
	}
	text, _ := at.(string)
	return text
}

// membersOf are the members of a JSON object.
func membersOf(t *testing.T, text []byte) map[string]jsontext.Value {
	t.Helper()
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(text, &members); len(text) > 0 && err != nil {
		t.Fatal(err)
	}
	return members
}

func written(t *testing.T, value any) jsontext.Value {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// medplum is a server of testdata/medplum, in a process of its own.
type medplum struct{ base, token string }

// startMedplum starts a server that holds nothing yet and ends with the test.
// It fails where there is none: these tests run only when they are asked for.
func startMedplum(t *testing.T) *medplum {
	t.Helper()
	if os.Getenv("RYGKORT_MEDPLUM") == "" {
		t.Fatal("RYGKORT_MEDPLUM does not say where Medplum is installed: make integration does")
	}
	m := &medplum{token: "known-to-" + t.Name()}
	server := exec.Command("node", "../testdata/medplum/server.mjs")
	server.Env = append(os.Environ(), "MEDPLUM_TOKEN="+m.token, "MEDPLUM_PAGE=2") // most searches take several pages
	var complaints bytes.Buffer
	server.Stderr = &complaints
	stdin, err := server.StdinPipe() // closed by our end, whatever it is, and that ends the server
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = stdin.Close()
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	t.Cleanup(end)
	slow := time.AfterFunc(time.Minute, func() { _ = server.Process.Kill() })
	defer slow.Stop()
	base, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		end() // waits until all is said
		t.Fatalf("Medplum did not start: %v\n%s", err, &complaints)
	}
	m.base = strings.TrimSpace(base)
	return m
}

// load replaces all that the server holds, and has it refuse some types. What
// Medplum's validator says against the resources is returned, without their
// ids; they are held all the same.
func (m *medplum) load(t *testing.T, records []held, refused ...string) (faults []string) {
	t.Helper()
	texts := make([]string, len(records))
	for i, r := range records {
		texts[i] = string(r.text)
	}
	status, answer := m.send(t, http.MethodPost, m.base+"/$load?"+url.Values{"refuse": refused}.Encode(), []byte(bundle(texts...)))
	if status != http.StatusOK {
		t.Fatalf("loading: %d %s", status, answer)
	}
	var outcome struct {
		Issue []struct {
			Severity    string `json:"severity"`
			Diagnostics string `json:"diagnostics"`
		} `json:"issue"`
	}
	if err := json.Unmarshal(answer, &outcome); err != nil {
		t.Fatal(err)
	}
	for _, issue := range outcome.Issue {
		if issue.Severity == "warning" {
			_, fault, _ := strings.Cut(issue.Diagnostics, " ")
			faults = append(faults, fault)
		}
	}
	return faults
}

// find are the resources that a read or a search finds, on all pages of the
// search, or what the server says where it finds or allows none.
func (m *medplum) find(t *testing.T, query string) (found []jsontext.Value, pages int, refusal jsontext.Value) {
	t.Helper()
	for next := m.base + "/" + query; next != ""; {
		if !strings.HasPrefix(next, m.base+"/") {
			t.Fatalf("%s: the next page is elsewhere: %s", query, next)
		}
		status, answer := m.send(t, http.MethodGet, next, nil)
		if status == http.StatusForbidden || status == http.StatusNotFound {
			return nil, pages, answer
		}
		var page struct {
			Type string `json:"type"`
			Link []struct {
				Relation string `json:"relation"`
				URL      string `json:"url"`
			} `json:"link"`
		}
		if err := json.Unmarshal(answer, &page); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", next, status, answer)
		}
		for _, r := range resourcesIn(t, answer) {
			found = append(found, r.text)
		}
		if page.Type == "searchset" {
			pages++
		}
		next = ""
		for _, link := range page.Link {
			if link.Relation == "next" {
				next = link.URL
			}
		}
	}
	return found, pages, nil
}

// send sends a request as our service does, with changes.
func (m *medplum) send(t *testing.T, method, address string, body []byte, changes ...func(http.Header)) (status int, answer jsontext.Value) {
	t.Helper()
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+m.token)
	request.Header.Set("Accept", "application/fhir+json")
	for _, change := range changes {
		change(request.Header)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}
