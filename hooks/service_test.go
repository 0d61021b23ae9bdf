package hooks_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/pathway"
)

const (
	viewService   = "low-back-pain-patient-view"
	selectService = "low-back-pain-order-select"
	signService   = "low-back-pain-order-sign"
	instance      = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
	publicURL     = "https://cds.example.org"
)

// practice is a service with a fixed clock, the demo patients and a log that
// can be read.
type practice struct {
	*hooks.Service
	handler http.Handler
	log     *bytes.Buffer
}

// kit is what never changes and takes its time to make.
type kit struct {
	clock    func() time.Time
	patients *demo.Demo
	reader   *fhir.Reader
}

var ready = sync.OnceValues(func() (kit, error) {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return kit{}, err
	}
	clock := func() time.Time { return time.Date(2026, time.November, 23, 10, 0, 0, 0, zone) }
	patients, err := demo.New(clock)
	if err != nil {
		return kit{}, err
	}
	terminology, err := fhir.NewTerminology(fhir.DefaultCanonical)
	return kit{clock, patients, fhir.NewReader(terminology, nil)}, err
})

func newPractice(t testing.TB, changes ...func(*hooks.Config)) *practice {
	t.Helper()
	k, err := ready()
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	config := hooks.Config{
		Reader: k.reader,
		Renderer: cards.New(cards.Settings{
			Canonical: fhir.DefaultCanonical, PublicURL: publicURL, NewUUID: uuid.NewString,
		}),
		Parameters: pathway.DefaultParameters(),
		PublicURL:  publicURL + "/",
		Language:   cards.Danish,
		Clock:      k.clock,
		Logger:     slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Demo:       k.patients,
	}
	for _, change := range changes {
		change(&config)
	}
	service := hooks.New(config)
	return &practice{service, service.Handler(), log}
}

// ask sends a request without a body.
func (p *practice) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	return p.send(method, path, nil, headers...)
}

// post calls a service.
func (p *practice) post(service, body string, headers ...string) *httptest.ResponseRecorder {
	return p.send(http.MethodPost, "/cds-services/"+service, strings.NewReader(body),
		append([]string{"Content-Type", "application/json"}, headers...)...)
}

func (p *practice) send(method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, body)
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, request)
	return recorder
}

// answered posts a call that has to be answered with cards, all of which keep
// the constraints of CDS Hooks, and returns the rules behind each card.
func (p *practice) answered(t testing.TB, service, body string, headers ...string) []string {
	t.Helper()
	got := p.post(service, body, headers...)
	if got.Code != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", got.Code, got.Body)
	}
	var answer struct {
		Cards []struct {
			Indicator string `json:"indicator"`
			Extension struct {
				Decision struct {
					Rules []string `json:"rules"`
				} `json:"example.rygkort.decision"`
			} `json:"extension"`
		} `json:"cards"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
		t.Fatalf("the answer is not JSON: %v: %s", err, got.Body)
	}
	if answer.Cards == nil {
		t.Fatalf("R74: the answer has no list of cards: %s", got.Body)
	}
	language := cards.Language(got.Header().Get("Content-Language"))
	response, _, err := p.Answer(t.Context(), []byte(body), service, language)
	if err != nil {
		t.Fatalf("Answer and the handler disagree: %v", err)
	}
	lawful(t, response, language)
	rules := []string{}
	for _, card := range answer.Cards {
		rules = append(rules, card.Indicator+" "+strings.Join(card.Extension.Decision.Rules, " "))
	}
	return rules
}

// outcome is an OperationOutcome as a client reads it.
type outcome struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Issue        []struct {
		Severity string `json:"severity"`
		Code     string `json:"code"`
		Details  struct {
			Text string `json:"text"`
		} `json:"details"`
		Diagnostics string   `json:"diagnostics"`
		Expression  []string `json:"expression"`
	} `json:"issue"`
}

// issueTypes are the codes of FHIR R4's value set issue-type.
var issueTypes = strings.Fields(`invalid structure required value invariant security login unknown expired forbidden
	suppressed processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension
	too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational`)

// refused reads an error answer, which has to be a sound OperationOutcome
// (V3-21) that pages of any origin may read (R208).
func refused(t testing.TB, got *httptest.ResponseRecorder, status int) outcome {
	t.Helper()
	if got.Code != status {
		t.Fatalf("status %d, want %d: %s", got.Code, status, got.Body)
	}
	if media := got.Header().Get("Content-Type"); media != "application/fhir+json" {
		t.Errorf("Content-Type is %q", media)
	}
	if got.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("R208: an error without allow-origin is hidden from the page that called")
	}
	var o outcome
	if err := json.Unmarshal(got.Body.Bytes(), &o, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("not an OperationOutcome: %v: %s", err, got.Body)
	}
	if o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 {
		t.Fatalf("not an OperationOutcome with an issue: %s", got.Body)
	}
	for _, issue := range o.Issue {
		if !slices.Contains(issueTypes, issue.Code) {
			t.Errorf("%q is no code of issue-type", issue.Code)
		}
		if want := "error"; issue.Severity != want && status != http.StatusInternalServerError {
			t.Errorf("severity %q, want %q", issue.Severity, want)
		}
		if issue.Details.Text == "" {
			t.Error("an issue without details.text")
		}
	}
	return o
}

// issues are an outcome's issues as "code expression: text".
func (o outcome) issues() []string {
	lines := []string{}
	for _, issue := range o.Issue {
		lines = append(lines, fmt.Sprintf("%s %s: %s", issue.Code, strings.Join(issue.Expression, ","), issue.Details.Text))
	}
	return lines
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("%s (-want +got):\n%s", what, difference)
	}
}

// The parts of which the calls in these tests are made.
const (
	patientP1    = `{"resourceType":"Patient","id":"p1","birthDate":"1970-04-05"}`
	backPain     = `{"resourceType":"Condition","id":"c1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"279039007"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2026-11-20"}`
	caudaEquina  = `{"resourceType":"Condition","id":"c2","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"provisional"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"192970008"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2026-11-23"}`
	hypertension = `{"resourceType":"Condition","id":"c3","code":{"coding":[{"system":"http://snomed.info/sct","code":"38341003"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2026-11-20"}`
	mriDraft     = `{"resourceType":"ServiceRequest","id":"example-request-id","status":"draft","intent":"plan","code":{"coding":[{"code":"72148","system":"http://www.ama-assn.org/go/cpt"}]},"subject":{"reference":"Patient/p1"},"reasonCode":[{"coding":[{"code":"279039007","system":"http://snomed.info/sct"}]}]}`
)

// bundle is a searchset.
func bundle(resources ...string) string {
	entries := make([]string, len(resources))
	for i, resource := range resources {
		entries[i] = `{"resource":` + resource + `}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, ",") + `]}`
}

// prefetched is a prefetch in which all was looked for and only these
// conditions were found.
func prefetched(conditions ...string) string {
	return `{"patient":` + patientP1 + `,"conditions":` + bundle(conditions...) +
		`,"observations":null,"encounters":null,"requests":null,"procedures":null}`
}

// viewCall is a patient-view call with a prefetch.
func viewCall(prefetch string) string {
	return `{"hook":"patient-view","hookInstance":"` + instance + `","context":{"userId":"Practitioner/7","patientId":"p1"},"prefetch":` + prefetch + `}`
}

// selectCall is an order-select call of one draft, with a prefetch.
func selectCall(draft, selection, prefetch string) string {
	return `{"hook":"order-select","hookInstance":"` + instance + `","context":{"userId":"Practitioner/7","patientId":"p1","selections":["` + selection +
		`"],"draftOrders":{"resourceType":"Bundle","entry":[{"resource":` + draft + `}]}},"prefetch":` + prefetch + `}`
}

// signCall is an order-sign call of one draft, with a prefetch.
func signCall(draft, prefetch string) string {
	return `{"hook":"order-sign","hookInstance":"` + instance + `","context":{"userId":"Practitioner/7","patientId":"p1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":` +
		draft + `}]}},"prefetch":` + prefetch + `}`
}
