package demo

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func callBody(t testing.TB, d *Demo, patient, hook, server string) map[string]any {
	t.Helper()
	text, err := d.Call(patient, hook, server)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestACallIsWhatARecordSystemSends(t *testing.T) {
	d := at(t, afternoon(t))
	for _, p := range d.Patients() {
		for _, hook := range []string{"patient-view", "order-select", "order-sign"} {
			t.Run(p.ID+" "+hook, func(t *testing.T) {
				body := callBody(t, d, p.ID, hook, "http://localhost:8080/demo/fhir/")
				if instance, _ := body["hookInstance"].(string); uuid.Validate(instance) != nil {
					t.Errorf("hookInstance %q", instance)
				}
				got := []any{
					body["hook"], body["fhirServer"], follow(body, "context", "patientId"), follow(body, "context", "userId"),
					follow(body, "context", "encounterId"), follow(body, "prefetch", "patient", "id"),
				}
				want := []any{hook, "http://localhost:8080/demo/fhir", p.ID, "Practitioner/COREPRACTITIONER1", p.ID + "-today", p.ID}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestAPrefetchIsWhatTheEndpointAnswers(t *testing.T) {
	d := at(t, afternoon(t))
	kinds := map[string]string{
		"conditions": "Condition", "observations": "Observation", "encounters": "Encounter",
		"requests": "ServiceRequest", "procedures": "Procedure",
	}
	for _, p := range d.Patients() {
		body := callBody(t, d, p.ID, "patient-view", "http://localhost:8080/demo/fhir")
		for key, kind := range kinds {
			answered := get(t, d, "/"+kind+"?patient="+p.ID)
			got := follow(body, "prefetch", key)
			if answered.status != 200 {
				if p.ID != "data-missing" || key != "observations" || got != nil {
					t.Errorf("%s: %s is %v, and the endpoint answers %d", p.ID, key, got, answered.status)
				}
				continue
			}
			if diff := cmp.Diff(any(answered.body), got); diff != "" {
				t.Errorf("%s: %s: %s", p.ID, key, diff)
			}
		}
	}
}

func TestAnOrderHookCarriesADraftLumbarMRI(t *testing.T) {
	d := at(t, afternoon(t))
	for hook, selections := range map[string]any{
		"order-select": []any{"ServiceRequest/example-request-id"},
		"order-sign":   nil,
	} {
		context := follow(callBody(t, d, "seven-weeks", hook, ""), "context")
		if diff := cmp.Diff(selections, follow(context, "selections")); diff != "" {
			t.Errorf("%s: %s", hook, diff)
		}
		order := follow(context, "draftOrders", "entry", "resource")
		got := []any{
			follow(order, "resourceType"), follow(order, "id"), follow(order, "status"), follow(order, "subject", "reference"),
			follow(order, "code", "coding", "system"), follow(order, "code", "coding", "code"), follow(order, "reasonCode", "coding", "code"),
		}
		want := []any{"ServiceRequest", "example-request-id", "draft", "Patient/seven-weeks", "http://www.ama-assn.org/go/cpt", "72148", "279039007"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", hook, diff)
		}
	}
	if context := follow(callBody(t, d, "seven-weeks", "patient-view", ""), "context"); follow(context, "draftOrders") != nil {
		t.Error("patient-view carries drafts")
	}
}

func TestACallWithoutAServerNamesNone(t *testing.T) {
	body := callBody(t, at(t, afternoon(t)), "first-contact", "patient-view", "")
	for _, path := range [][]string{{"fhirServer"}, {"prefetch", "conditions", "entry", "fullUrl"}, {"prefetch", "conditions", "link"}} {
		if got := follow(body, path...); got != nil {
			t.Errorf("%v: %v", path, got)
		}
	}
}

func TestEveryCallIsItsOwnInstance(t *testing.T) {
	d := at(t, afternoon(t))
	one, other := callBody(t, d, "no-back", "patient-view", ""), callBody(t, d, "no-back", "patient-view", "")
	if one["hookInstance"] == other["hookInstance"] {
		t.Error("two calls are one instance")
	}
}

func TestACallThatCannotBeMade(t *testing.T) {
	d := at(t, afternoon(t))
	if _, err := d.Call("nobody", "patient-view", ""); !errors.Is(err, ErrUnknownPatient) {
		t.Errorf("an unknown patient: %v", err)
	}
	if _, err := d.Call("no-back", "encounter-start", ""); !errors.Is(err, ErrUnknownHook) {
		t.Errorf("an unknown hook: %v", err)
	}
}

func TestSandboxLinks(t *testing.T) {
	const bases = "&fhirServiceUrl=http%3A%2F%2Flocalhost%3A8080%2Fdemo%2Ffhir"
	const services = "&serviceDiscoveryURL=http%3A%2F%2Flocalhost%3A8080%2Fcds-services"
	cases := []struct{ name, publicURL, patient, hook, want string }{
		{"patient-view", "http://localhost:8080", "no-back", "patient-view", "hook=patient-view&screen=patient-view" + bases + "&patientId=no-back" + services},
		{"order-select opens the imaging tab", "http://localhost:8080", "no-back", "order-select", "hook=order-select&screen=pama" + bases + "&patientId=no-back" + services},
		{"order-sign", "http://localhost:8080", "no-back", "order-sign", "hook=order-sign&screen=rx-sign" + bases + "&patientId=no-back" + services},
		{"a base with slashes at its end", "http://localhost:8080//", "no-back", "patient-view", "hook=patient-view&screen=patient-view" + bases + "&patientId=no-back" + services},
		{"a hook that is not ours opens patient-view", "http://localhost:8080", "no-back", "x&y", "hook=patient-view&screen=patient-view" + bases + "&patientId=no-back" + services},
		{"an odd id cannot add parameters", "http://localhost:8080", "a b&c", "patient-view", "hook=patient-view&screen=patient-view" + bases + "&patientId=a%20b%26c" + services},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, want := SandboxLink(c.publicURL, c.patient, c.hook), "https://sandbox.cds-hooks.org/?"+c.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
