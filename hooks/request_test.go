package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"rygkort/hooks"
)

// TestWhatIsNoCallIsRefusedWithTheField goes through the first row of the error
// table: each refusal says which field and why.
func TestWhatIsNoCallIsRefusedWithTheField(t *testing.T) {
	good := viewCall(prefetched(backPain))
	without := func(member string) string { return strings.Replace(good, member, "", 1) }
	with := func(members string) string { return strings.Replace(good, "{", "{"+members+",", 1) }
	replaced := func(old, now string) string { return strings.Replace(good, old, now, 1) }
	const server = `"fhirServer":"https://ehr.example.org/fhir",`
	order := selectCall(mriDraft, "ServiceRequest/example-request-id", prefetched(backPain))

	for _, test := range []struct {
		name, service, body string
		want                []string
	}{
		{"an empty body", viewService, ``, []string{"structure : the body is empty"}},
		{"a body of blanks", viewService, " \n\t", []string{"structure : the body is empty"}},
		{"not JSON", viewService, `hook=patient-view`, []string{"structure : the body is not JSON"}},
		{"JSON in UTF-16", viewService, "{\x00\"\x00h\x00", []string{"structure : the body is not JSON"}},
		{"JSON that breaks off", viewService, good[:len(good)-1], []string{"structure : the body is not JSON"}},
		{"JSON that breaks off inside the record", viewService, good[:strings.Index(good, "279039007")], []string{"structure prefetch.conditions: the body is not JSON"}},
		{"V3-2: a comment", viewService, with(`/* greetings */ "x":1`), []string{"structure : the body is not JSON"}},
		{"V3-2: a trailing comma", viewService, strings.TrimSuffix(good, "}") + ",}", []string{"structure : the body is not JSON"}},
		{"a list", viewService, `[` + good + `]`, []string{"structure : the body is not a JSON object"}},
		{"a string", viewService, `"patient-view"`, []string{"structure : the body is not a JSON object"}},
		{"null", viewService, `null`, []string{"structure : the body is not a JSON object"}},
		{"two objects", viewService, good + good, []string{"structure : something follows the JSON object"}},
		{"an object and something else", viewService, good + "x", []string{"structure : something follows the JSON object"}},
		{"nested 65 levels deep", viewService, with(`"extension":` + strings.Repeat(`[`, 64) + strings.Repeat(`]`, 64)), []string{"structure : the body is nested too deeply"}},
		{"nested without end", viewService, strings.Repeat(`{"a":`, 100_000), []string{"structure : the body is nested too deeply"}},

		{"an empty object", viewService, `{}`, []string{
			"required hook: hook is missing",
			"required hookInstance: hookInstance is missing",
			"required context: context is missing",
		}},
		{"R18: no hook", viewService, without(`"hook":"patient-view",`), []string{"required hook: hook is missing"}},
		{"R18: an empty hook", viewService, replaced(`"patient-view"`, `""`), []string{"required hook: hook is missing"}},
		{"R18: a hook that is no string", viewService, replaced(`"patient-view"`, `1`), []string{"structure hook: hook has to be a string"}},
		{"H-x-1: a hook of another service", viewService, replaced(`patient-view`, `order-select`), []string{`value hook: hook has to be "patient-view" here`}},
		{"R18: a foreign hook", selectService, order[:9] + `encounter-start` + order[9+len("order-select"):], []string{`value hook: hook has to be "order-select" here`}},
		{"R19: no hookInstance", viewService, without(`"hookInstance":"` + instance + `",`), []string{"required hookInstance: hookInstance is missing"}},
		{"R19: hookInstance null", viewService, replaced(`"`+instance+`"`, `null`), []string{"required hookInstance: hookInstance is missing"}},
		{"R19: a blank hookInstance", viewService, replaced(instance, ` `), []string{"required hookInstance: hookInstance is missing"}},
		{"R19: a hookInstance that is no string", viewService, replaced(`"`+instance+`"`, `[]`), []string{"structure hookInstance: hookInstance has to be a string"}},
		{"a hookInstance that is not UTF-8", viewService, replaced(instance, "\xe5"), []string{"structure hookInstance: hookInstance is not UTF-8"}},
		{"R22: no context", viewService, replaced(`"context"`, `"contexts"`), []string{"required context: context is missing"}},
		{"R22: context null", viewService, replaced(`{"userId":"Practitioner/7","patientId":"p1"}`, `null`), []string{"required context: context is missing"}},
		{"R22: a context that is no object", viewService, replaced(`{"userId":"Practitioner/7","patientId":"p1"}`, `"p1"`), []string{"structure context: context has to be an object"}},
		{"an empty context", viewService, replaced(`{"userId":"Practitioner/7","patientId":"p1"}`, `{}`), []string{
			"required context.userId: context.userId is missing",
			"required context.patientId: context.patientId is missing",
		}},
		{"H-pv-1: userId is no string", viewService, replaced(`"Practitioner/7"`, `7`), []string{"structure context.userId: context.userId has to be a string"}},
		{"H-pv-1: userId without a slash", viewService, replaced(`Practitioner/7`, `7`), []string{"value context.userId: context.userId has to be Type/id"}},
		{"H-pv-1: userId with two slashes", viewService, replaced(`Practitioner/7`, `Practitioner/7/8`), []string{"value context.userId: context.userId has to be Type/id"}},
		{"H-pv-1: userId without an id", viewService, replaced(`Practitioner/7`, `Practitioner/`), []string{"value context.userId: context.userId has to be Type/id"}},
		{"I-ord-1: userId with a space", viewService, replaced(`Practitioner/7`, `Practitioner/7 8`), []string{"value context.userId: context.userId has to be Type/id"}},
		{"H-os-1: order-select without userId", selectService, strings.Replace(order, `"userId":"Practitioner/7",`, ``, 1), []string{"required context.userId: context.userId is missing"}},
		{"H-pv-3: no patientId", viewService, replaced(`,"patientId":"p1"`, ``), []string{"required context.patientId: context.patientId is missing"}},
		{"H-pv-3: a reference for patientId", viewService, replaced(`"p1"`, `"Patient/p1"`), []string{"value context.patientId: context.patientId has to be a plain FHIR id"}},
		{"H-pv-3: a patientId of 65 characters", viewService, replaced(`"p1"`, `"`+strings.Repeat("a", 65)+`"`), []string{"value context.patientId: context.patientId has to be a plain FHIR id"}},
		{"H-pv-3: a patientId with a letter FHIR ids lack", viewService, replaced(`"p1"`, `"pæ1"`), []string{"value context.patientId: context.patientId has to be a plain FHIR id"}},
		{"H-pv-3: a patientId with a query in it", viewService, replaced(`"p1"`, `"p1&_revinclude=*"`), []string{"value context.patientId: context.patientId has to be a plain FHIR id"}},
		{"H-pv-3: a patientId that is no string", viewService, replaced(`"p1"`, `1`), []string{"structure context.patientId: context.patientId has to be a string"}},
		{"patientId given twice", viewService, replaced(`"patientId":"p1"`, `"patientId":"p1","patientId":"p2"`), []string{"structure context.patientId: context.patientId is given twice"}},
		{"patientId given twice, once in escapes", viewService, replaced(`"patientId":"p1"`, `"patientId":"p1","patient\u0049d":"p2"`), []string{"structure context.patientId: context.patientId is given twice"}},
		{"the context given twice", viewService, with(`"context":{}`), []string{
			"structure context: context is given twice",
			"required context.userId: context.userId is missing",
			"required context.patientId: context.patientId is missing",
		}},
		{"H-pv-4: a reference for encounterId", viewService, replaced(`"patientId"`, `"encounterId":"Encounter/e1","patientId"`), []string{"value context.encounterId: context.encounterId has to be a plain FHIR id"}},
		{"H-pv-4: an encounterId that is no string", viewService, replaced(`"patientId"`, `"encounterId":{},"patientId"`), []string{"structure context.encounterId: context.encounterId has to be a string"}},

		{"H-os-7: draftOrders is a list", selectService, strings.Replace(order, `"draftOrders":{`, `"draftOrders":[],"x":{`, 1), []string{"structure context.draftOrders: context.draftOrders has to be a Bundle"}},
		{"H-og-6: draftOrders is a string", signService, strings.Replace(signCall(mriDraft, "{}"), `"draftOrders":{`, `"draftOrders":"","x":{`, 1), []string{"structure context.draftOrders: context.draftOrders has to be a Bundle"}},
		{"H-os-6: selections is a string", selectService, strings.Replace(order, `["ServiceRequest/example-request-id"]`, `"ServiceRequest/example-request-id"`, 1), []string{"structure context.selections: context.selections has to be a list of strings"}},
		{"H-os-6: selections of numbers", selectService, strings.Replace(order, `["ServiceRequest/example-request-id"]`, `[1]`, 1), []string{"structure context.selections: context.selections has to be a list of strings"}},
		{"H-os-6: selections with a null", selectService, strings.Replace(order, `["ServiceRequest/example-request-id"]`, `["ServiceRequest/1",null]`, 1), []string{"structure context.selections: context.selections has to be a list of strings"}},

		{"R23: prefetch is a list", viewService, replaced(`"prefetch":`, `"prefetch":[],"x":`), []string{"structure prefetch: prefetch has to be an object"}},
		{"R23: prefetch is a string", viewService, replaced(`"prefetch":`, `"prefetch":"","x":`), []string{"structure prefetch: prefetch has to be an object"}},
		{"a prefetch key given twice", viewService, replaced(`"conditions":`, `"conditions":null,"conditions":`), []string{"structure prefetch.conditions: prefetch.conditions is given twice"}},

		{"R20: fhirServer is no URL", viewService, with(`"fhirServer":"ehr"`), []string{"value fhirServer: fhirServer has to be an absolute http or https URL"}},
		{"R20: fhirServer is empty", viewService, with(`"fhirServer":""`), []string{"value fhirServer: fhirServer has to be an absolute http or https URL"}},
		{"R20: fhirServer of another scheme", viewService, with(`"fhirServer":"file:///etc/passwd"`), []string{"value fhirServer: fhirServer has to be an absolute http or https URL"}},
		{"R20: fhirServer is no string", viewService, with(`"fhirServer":{}`), []string{"structure fhirServer: fhirServer has to be a string"}},
		{"R20: fhirServer over plain http", viewService, with(`"fhirServer":"http://ehr.example.org/fhir"`), []string{"value fhirServer: fhirServer has to be https"}},
		{"R20: a host that only begins like loopback", viewService, with(`"fhirServer":"http://127.0.0.1.example.org/fhir"`), []string{"value fhirServer: fhirServer has to be https"}},

		{"I-cds-r-1: fhirAuthorization without fhirServer", viewService, with(`"fhirAuthorization":{"access_token":"t","token_type":"Bearer"}`), []string{"invariant fhirServer: fhirServer is missing beside fhirAuthorization"}},
		{"R21: fhirAuthorization is a string", viewService, with(server + `"fhirAuthorization":"Bearer t"`), []string{"structure fhirAuthorization: fhirAuthorization has to be an object"}},
		{"R65: fhirAuthorization is empty", viewService, with(server + `"fhirAuthorization":{}`), []string{
			"required fhirAuthorization.access_token: fhirAuthorization.access_token is missing",
			"required fhirAuthorization.token_type: fhirAuthorization.token_type is missing",
		}},
		{"R66: an empty access_token", viewService, with(server + `"fhirAuthorization":{"access_token":"","token_type":"Bearer"}`), []string{"required fhirAuthorization.access_token: fhirAuthorization.access_token is missing"}},
		{"R66: an access_token that is no string", viewService, with(server + `"fhirAuthorization":{"access_token":1,"token_type":"Bearer"}`), []string{"structure fhirAuthorization.access_token: fhirAuthorization.access_token has to be a string"}},
		{"R67: another token_type", viewService, with(server + `"fhirAuthorization":{"access_token":"t","token_type":"MAC"}`), []string{`value fhirAuthorization.token_type: fhirAuthorization.token_type has to be "Bearer"`}},
		{"R68: expires_in is no number", viewService, with(server + `"fhirAuthorization":{"access_token":"t","token_type":"Bearer","expires_in":"300"}`), []string{"structure fhirAuthorization.expires_in: fhirAuthorization.expires_in has to be a number"}},
		{"R69: scope is a list", viewService, with(server + `"fhirAuthorization":{"access_token":"t","token_type":"Bearer","scope":[]}`), []string{"structure fhirAuthorization.scope: fhirAuthorization.scope has to be a string"}},
		{"R70: subject is a number", viewService, with(server + `"fhirAuthorization":{"access_token":"t","token_type":"Bearer","subject":5}`), []string{"structure fhirAuthorization.subject: fhirAuthorization.subject has to be a string"}},

		{"several things at once are all said", viewService, `{"hook":"order-sign","hookInstance":"` + instance + `","context":{"userId":"7","patientId":"p 1"},"prefetch":[]}`, []string{
			"structure prefetch: prefetch has to be an object",
			`value hook: hook has to be "patient-view" here`,
			"value context.userId: context.userId has to be Type/id",
			"value context.patientId: context.patientId has to be a plain FHIR id",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPractice(t)
			o := refused(t, p.post(test.service, test.body), http.StatusBadRequest)
			same(t, "issues", test.want, o.issues())
			if n := strings.Count(p.log.String(), "\n"); n != 1 || !strings.Contains(p.log.String(), "status=400") {
				t.Errorf("want one line about it in the log:\n%s", p.log)
			}
		})
	}
}

// TestWhatMayBeMissingOrOddIsTaken holds what the protocol leaves open, and
// where we are more patient than it is.
func TestWhatMayBeMissingOrOddIsTaken(t *testing.T) {
	acute := viewCall(prefetched(backPain, caudaEquina))
	with := func(members string) string { return strings.Replace(acute, "{", "{"+members+",", 1) }
	replaced := func(old, now string) string {
		if !strings.Contains(acute, old) {
			t.Fatalf("%q does not occur", old)
		}
		return strings.Replace(acute, old, now, 1)
	}
	const server = `"fhirServer":"https://ehr.example.org/fhir",`
	for _, test := range []struct{ name, body string }{
		{"nothing optional", acute},
		{"R19: a hookInstance that is no UUID", replaced(instance, "call 1 of today")},
		{"R19: a UUID in capitals", replaced(instance, strings.ToUpper(instance))},
		{"H-pv-4: an encounterId", replaced(`"patientId"`, `"encounterId":"e-1.2","patientId"`)},
		{"encounterId null", replaced(`"patientId"`, `"encounterId":null,"patientId"`)},
		{"H-pv-2: a PractitionerRole", replaced(`Practitioner/7`, `PractitionerRole/7`)},
		{"H-pv-7: the patient looks", replaced(`Practitioner/7`, `Patient/p1`)},
		{"H-pv-2: a type that is not expected", replaced(`Practitioner/7`, `Device/7`)},
		{"I-ord-1: a userId with an underscore", replaced(`Practitioner/7`, `Practitioner/a_7`)},
		{"fhirServer null", with(`"fhirServer":null`)},
		{"R20: fhirServer over https", with(`"fhirServer":"https://ehr.example.org/fhir"`)},
		{"R20: fhirServer on localhost", with(`"fhirServer":"http://localhost:8080/demo/fhir"`)},
		{"R20: fhirServer on 127.0.0.1", with(`"fhirServer":"http://127.0.0.1:8080/demo/fhir"`)},
		{"R20: fhirServer on ::1", with(`"fhirServer":"http://[::1]:8080/demo/fhir"`)},
		{"R65: fhirAuthorization null", with(`"fhirAuthorization":null`)},
		{"R67: token_type in other letter case", with(server + `"fhirAuthorization":{"access_token":"t","token_type":"bearer"}`)},
		{"R68: expires_in, subject and scope null", with(server + `"fhirAuthorization":{"access_token":"t","token_type":"Bearer","expires_in":null,"scope":null,"subject":null}`)},
		{"R69: scopes of SMART v2", with(server + `"fhirAuthorization":{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"patient/Observation.rs","subject":"rygkort"}`)},
		{"V3-38, I-model-5: extensions at every level", `{"extension":{"x":1},` + strings.Replace(acute[1:], `"context":{`, `"context":{"extension":{"y":[]},`, 1)},
		{"unknown members, also repeated", with(`"x":1,"x":{"hook":"order-sign"},"":null`)},
		{"a member that only looks like one of the context", with(`"context.patientId":7,"prefetch.conditions":null`)},
		{"R46: unknown prefetch keys", replaced(`"observations":null`, `"observations":null,"medications":"what is this","draftOrders":{}`)},
		{"another hook's context", replaced(`"patientId"`, `"selections":"x","draftOrders":7,"patientId"`)},
		{"members in another order", `{"prefetch":` + prefetched(caudaEquina) + `,"context":{"patientId":"p1","userId":"Practitioner/7"},"hookInstance":"` + instance + `","hook":"patient-view"}`},
		{"a byte order mark", "\ufeff" + acute},
		{"white space around it", "\r\n " + acute + "\n\n"},
		{"names and ids in escapes", replaced(`"patientId":"p1"`, `"\u0070atientId":"\u00701"`)},
		{"64 levels deep", with(`"extension":` + strings.Repeat(`[`, 63) + strings.Repeat(`]`, 63))},
		{"brackets inside strings are no levels", with(`"extension":"` + strings.Repeat(`[\"{`, 100) + `\\"`)},
		{"a letter in Latin-1 inside the record", replaced(`"id":"c1"`, "\"id\":\"c1\",\"note\":[{\"text\":\"l\xe6nd\"}]")},
		{"a member repeated inside the record", replaced(`"id":"c1"`, `"id":"c1","id":"c1"`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := newPractice(t).answered(t, viewService, test.body)
			if len(rules) != 1 || !strings.HasPrefix(rules[0], "critical R-A1") {
				t.Errorf("cards %v, want the acute one: what is odd about the call must not cost a red flag", rules)
			}
		})
	}
}

func TestTheHookPicksTheServiceWhenNoneIsNamed(t *testing.T) {
	p := newPractice(t)
	for _, test := range []struct{ body, want string }{
		{viewCall(prefetched(backPain)), viewService},
		{selectCall(mriDraft, "ServiceRequest/example-request-id", prefetched(backPain)), selectService},
		{signCall(mriDraft, prefetched(backPain)), signService},
	} {
		response, trace, err := p.Answer(t.Context(), []byte(test.body), "", "da")
		lawful(t, response, "da")
		if err != nil || trace.Request.Service != test.want {
			t.Errorf("service %q, error %v; want %q", trace.Request.Service, err, test.want)
		}
	}
	_, _, err := p.Answer(t.Context(), []byte(strings.Replace(viewCall("{}"), "patient-view", "encounter-start", 1)), "", "da")
	if hooks.Status(err) != http.StatusBadRequest || !strings.Contains(err.Error(), "hook is none that is answered here") {
		t.Errorf("a foreign hook: %v", err)
	}
	_, _, err = p.Answer(t.Context(), []byte(viewCall("{}")), "no-such-service", "da")
	if hooks.Status(err) != http.StatusNotFound {
		t.Errorf("an unknown service: %v", err)
	}
}

// TestSelectionsSayWhichOrdersAreMeant holds decisions C-01 and C-51.
func TestSelectionsSayWhichOrdersAreMeant(t *testing.T) {
	p := newPractice(t)
	body := selectCall(mriDraft, "ServiceRequest/example-request-id", prefetched(backPain))
	selections := `"selections":["ServiceRequest/example-request-id"],`
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{"named", body, []string{"ServiceRequest/example-request-id"}},
		{"left out: all drafts", strings.Replace(body, selections, "", 1), nil},
		{"null: all drafts", strings.Replace(body, selections, `"selections":null,`, 1), nil},
		{"an empty list: none", strings.Replace(body, selections, `"selections":[],`, 1), []string{}},
		{"H-x-2: ids longer than FHIR's and with odd letters", strings.Replace(body, selections, `"selections":["ServiceRequest/`+strings.Repeat("a", 194)+`‐1"],`, 1), []string{"ServiceRequest/" + strings.Repeat("a", 194) + "‐1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, trace, err := p.Answer(t.Context(), []byte(test.body), selectService, "da")
			lawful(t, response, "da")
			if err != nil {
				t.Fatal(err)
			}
			same(t, "selections", test.want, trace.Request.Selections)
		})
	}
	sign := strings.Replace(signCall(mriDraft, prefetched(backPain)), `"draftOrders"`, `"selections":[],"draftOrders"`, 1)
	response, trace, err := p.Answer(t.Context(), []byte(sign), signService, "da")
	lawful(t, response, "da")
	if err != nil || trace.Request.Selections != nil {
		t.Errorf("H-og-6: order-sign has no selections, got %v, %v", trace.Request.Selections, err)
	}
}
