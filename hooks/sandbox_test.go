package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// These tests go through what the CDS Hooks Sandbox really sends, shape by
// shape. None may end in a 5xx, and wherever the record holds a red flag, in
// anything but the acute card.

const sandboxHead = `"hookInstance":"` + instance + `","fhirServer":"http://localhost:8080/demo/fhir"`

// rxDraft is the Sandbox's MedicationRequest as Rx View drafts it, without the
// members that come with a drug.
const rxDraft = `{"resourceType":"MedicationRequest","id":"request-123","status":"draft","subject":{"reference":"Patient/p1"},"authoredOn":"2026-11-22",` +
	`"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"{pill}"}}]}]%s}`

// rxDrug are those members: an object for a list twice.
const rxDrug = `,"dispenseRequest":{"expectedSupplyDuration":{"value":30,"unit":"days","system":"http://unitsofmeasure.org","code":"d"}},"intent":"order",` +
	`"category":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/medicationrequest-category","code":"community"}]},` +
	`"medicationCodeableConcept":{"text":"Tramadol 50 MG","coding":[{"display":"Tramadol 50 MG","system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"835603"}]}%s`

const rxReason = `,"reasonCode":{"text":"Low back pain","coding":[{"system":"http://snomed.info/sct","code":"279039007"}]}`

func rx(members ...string) string {
	inner := ""
	if len(members) > 0 {
		inner = strings.Replace(members[0], "%s", strings.Join(members[1:], ""), 1)
	}
	return strings.Replace(rxDraft, "%s", inner, 1)
}

// sandboxOrder is an order call as the Sandbox writes it: the Bundle without a
// type. context holds further members of it.
func sandboxOrder(hook, context, conditions string) string {
	return `{"hook":"` + hook + `",` + sandboxHead + `,"context":{"patientId":"p1","userId":"Practitioner/COREPRACTITIONER1"` + context + `},` +
		`"prefetch":` + prefetched(conditions) + `}`
}

func drafts(resource string) string {
	return `,"draftOrders":{"resourceType":"Bundle","entry":[{"resource":` + resource + `}]}`
}

// acuteAtBoth posts a call whose record holds a suspected cauda equina syndrome
// and wants the acute card and nothing else.
func acuteAtBoth(t *testing.T, service, hook, context string) {
	t.Helper()
	rules := newPractice(t).answered(t, service, sandboxOrder(hook, context, caudaEquina))
	if len(rules) != 1 || !strings.HasPrefix(rules[0], "critical R-A1") {
		t.Errorf("cards %v, want the acute one alone", rules)
	}
}

func TestSandboxPatientViewWithPrefetch(t *testing.T) {
	acuteAtBoth(t, viewService, "patient-view", "")
}

func TestSandboxLeavesPrefetchOutWhenNothingWasFetched(t *testing.T) {
	body := `{"hook":"patient-view",` + sandboxHead + `,"context":{"patientId":"p1","userId":"Practitioner/COREPRACTITIONER1"}}`
	o := refused(t, newPractice(t).post(viewService, body), http.StatusPreconditionFailed)
	same(t, "issues", 2, len(o.Issue))
}

func TestSandboxLeavesOutTheKeyThatItCouldNotFetch(t *testing.T) {
	body := `{"hook":"patient-view",` + sandboxHead + `,"context":{"patientId":"p1","userId":"Practitioner/COREPRACTITIONER1"},"prefetch":{"patient":` + patientP1 +
		`,"conditions":` + bundle(backPain, caudaEquina) + `}}`
	rules := newPractice(t).answered(t, viewService, body)
	if len(rules) != 1 || !strings.HasPrefix(rules[0], "critical R-A1") {
		t.Errorf("cards %v, want the acute one", rules)
	}
}

func TestSandboxLaunchedBySMARTPassesItsTokenAnswerOn(t *testing.T) {
	authorization := `"fhirServer":"https://launch.smarthealthit.org/v/r4/fhir","fhirAuthorization":{"access_token":"x.y.z","token_type":"Bearer",` +
		`"scope":"patient/*.* user/*.* launch openid profile online_access","subject":"48163c5e-88b5-4cb3-92d3-23b800caa927"}`
	body := strings.Replace(viewCall(prefetched(caudaEquina)), "{", "{"+authorization+",", 1)
	if rules := newPractice(t).answered(t, viewService, body); len(rules) != 1 {
		t.Errorf("cards %v", rules)
	}
}

func TestSandboxRxViewBeforeADrugIsChosen(t *testing.T) {
	context := `,"selections":["MedicationRequest/request-123"]` + drafts(rx())
	acuteAtBoth(t, selectService, "order-select", context)
	newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain))
}

func TestSandboxRxViewWithAnOpioidWritesObjectsForLists(t *testing.T) {
	context := `,"selections":["MedicationRequest/request-123"]` + drafts(rx(rxDrug, rxReason))
	acuteAtBoth(t, selectService, "order-select", context)
	newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain))
}

func TestSandboxRxSignHasNoSelectionsAndNoReason(t *testing.T) {
	context := drafts(rx(rxDrug))
	acuteAtBoth(t, signService, "order-sign", context)
	newPractice(t).answered(t, signService, sandboxOrder("order-sign", context, backPain))
}

func TestSandboxImagingTabBeforeAStudyIsChosen(t *testing.T) {
	draft := `{"resourceType":"ServiceRequest","id":"example-request-id","status":"draft","intent":"plan","code":{"coding":[{}]},"subject":{"reference":"Patient/p1"},"reasonCode":[]}`
	context := `,"selections":["ServiceRequest/example-request-id"]` + drafts(draft)
	acuteAtBoth(t, selectService, "order-select", context)
	rules := newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, hypertension))
	same(t, "H-os-10: cards", []string{}, rules)
}

func TestSandboxImagingTabWithALumbarMRI(t *testing.T) {
	context := `,"selections":["ServiceRequest/example-request-id"]` + drafts(mriDraft)
	rules := newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain))
	if !strings.Contains(strings.Join(rules, ","), "O-M") {
		t.Errorf("cards %v, want one about the MRI", rules)
	}
	rules = newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, caudaEquina))
	same(t, "cards", []string{"critical R-A1 O-A"}, rules)
}

func TestSandboxLinkWithHookAndNoScreenNamesAForeignHook(t *testing.T) {
	o := refused(t, newPractice(t).post(viewService, sandboxOrder("order-select", "", caudaEquina)), http.StatusBadRequest)
	same(t, "issues", []string{`value hook: hook has to be "patient-view" here`}, o.issues())
}

func TestSandboxActiveTabClickedAgainSendsNeitherSelectionsNorDrafts(t *testing.T) {
	acuteAtBoth(t, selectService, "order-select", "")
	acuteAtBoth(t, signService, "order-sign", "")
	rules := newPractice(t).answered(t, selectService, sandboxOrder("order-select", "", backPain))
	same(t, "H-os-11: cards", []string{}, rules)
}

func TestEmptyDraftOrdersGiveNoOrderCards(t *testing.T) {
	for _, empty := range []string{`{}`, `{"resourceType":"Bundle"}`, `{"resourceType":"Bundle","entry":[]}`, `null`} {
		context := `,"selections":[],"draftOrders":` + empty
		acuteAtBoth(t, selectService, "order-select", context)
		same(t, empty+": cards", []string{}, newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain)))
	}
}

func TestSandboxOnADSTU2ServerDraftsAMedicationOrder(t *testing.T) {
	draft := `{"resourceType":"MedicationOrder","id":"order-123","status":"draft","patient":{"reference":"Patient/p1"},"dateWritten":"2026-11-22",` +
		`"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnits":"d"}}}],` +
		`"medicationCodeableConcept":{"text":"Tramadol 50 MG","coding":[{"code":"835603","system":"http://www.nlm.nih.gov/research/umls/rxnorm"}]},` +
		`"reasonCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"279039007"}]}}`
	context := `,"selections":["MedicationOrder/order-123"]` + drafts(draft)
	acuteAtBoth(t, selectService, "order-select", context)
	newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain))
}

func TestSelectionsThatPointNowhereAreNoError(t *testing.T) {
	context := `,"selections":["ServiceRequest/another"]` + drafts(mriDraft)
	acuteAtBoth(t, selectService, "order-select", context)
	rules := newPractice(t).answered(t, selectService, sandboxOrder("order-select", context, backPain))
	if strings.Contains(strings.Join(rules, ","), "O-M") {
		t.Errorf("H-os-9: an order that was not selected has cards of its own: %v", rules)
	}
}

func TestSandboxPassesBundlesOnWithTheLinkToTheNextPageUnread(t *testing.T) {
	conditions := strings.Replace(bundle(backPain), `"entry"`, `"link":[{"relation":"next","url":"http://localhost:8080/demo/fhir?page=2"}],"entry"`, 1)
	body := viewCall(`{"patient":` + patientP1 + `,"conditions":` + conditions + `,"observations":null}`)
	rules := newPractice(t).answered(t, viewService, body)
	if !strings.Contains(strings.Join(rules, ","), "R-Q0") {
		t.Errorf("R48: cards %v, want one that says that conditions are cut short", rules)
	}
}

func TestSandboxBundlesWithoutTypeTotalOrFullURL(t *testing.T) {
	prefetch := strings.ReplaceAll(prefetched(caudaEquina), `"type":"searchset",`, "")
	if rules := newPractice(t).answered(t, viewService, viewCall(prefetch)); len(rules) != 1 {
		t.Errorf("R38: cards %v", rules)
	}
}

func TestSandboxAlwaysSendsATokenOfItsOwn(t *testing.T) {
	p := newPractice(t)
	got := p.post(viewService, viewCall(prefetched(caudaEquina)), "Authorization", "Bearer eyJhbGciOiJFUzM4NCJ9.e30.AA", "Accept", "application/json", "Origin", "https://sandbox.cds-hooks.org")
	same(t, "status", http.StatusOK, got.Code)
}

func TestSandboxCallsSeveralTimesAtLoad(t *testing.T) {
	p := newPractice(t)
	seen := map[string]bool{}
	for range 4 { // H-pv-6, R25: the same hookInstance too
		got := p.post(viewService, viewCall(prefetched(backPain, caudaEquina)))
		var answer struct {
			Cards []struct {
				UUID    string `json:"uuid"`
				Summary string `json:"summary"`
			} `json:"cards"`
		}
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil || len(answer.Cards) != 1 {
			t.Fatalf("%v: %s", err, got.Body)
		}
		if seen[answer.Cards[0].UUID] {
			t.Error("a uuid was used twice")
		}
		seen[answer.Cards[0].UUID] = true
	}
}

func TestSandboxFeedbackIsNotFoundUntilThereIsALedger(t *testing.T) {
	body := `{"feedback":[{"card":"` + instance + `","outcome":"overridden","outcomeTimestamp":"2026-11-22T22:10:41.558Z"}]}`
	refused(t, newPractice(t).post(viewService+"/feedback", body), http.StatusNotFound)
}

// TestEveryDemoPatientIsAnsweredAtEveryHook posts what the demo hands out.
func TestEveryDemoPatientIsAnsweredAtEveryHook(t *testing.T) {
	p := newPractice(t)
	for _, patient := range []string{"first-contact", "seven-weeks", "nerve-root", "cauda-equina", "falling-strength", "no-back", "untidy", "data-missing"} {
		for hook, service := range map[string]string{"patient-view": viewService, "order-select": selectService, "order-sign": signService} {
			call := p.ask(http.MethodGet, "/demo/calls/"+hook+"/"+patient)
			if call.Code != http.StatusOK || call.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("%s %s: status %d: %s", hook, patient, call.Code, call.Body)
			}
			if !strings.Contains(call.Body.String(), `"fhirServer": "`+publicURL+`/demo/fhir"`) {
				t.Errorf("%s %s: the call does not name the demo's FHIR server", hook, patient)
			}
			rules := p.answered(t, service, call.Body.String())
			acute := strings.HasPrefix(strings.Join(rules, ","), "critical")
			if wanted := patient == "cauda-equina" || patient == "falling-strength"; wanted && !acute {
				t.Errorf("%s %s: cards %v, want the acute one", hook, patient, rules)
			}
			if patient == "no-back" && hook == "patient-view" && len(rules) > 0 {
				t.Errorf("%s: cards %v about a back that nobody spoke of", patient, rules)
			}
		}
	}
}
