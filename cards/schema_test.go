//go:build r4schema

package cards_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// officialURL is the id that the official schema gives itself.
	officialURL = "http://hl7.org/fhir/json-schema/4.0"
	requiredURL = "https://rygkort.example/r4-required"
)

// requiredByR4 is what R4 4.0.1 demands and the official JSON Schema lets pass.
// The schema never requires a primitive element, since an extension may stand
// in for it (we send none), and it leaves some bindings open that are required.
const requiredByR4 = `{
	"$schema": "http://json-schema.org/draft-06/schema#",
	"definitions": {
		"ServiceRequest": {
			"required": ["status", "intent"],
			"properties": {
				"status": {"enum": ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"]},
				"intent": {"enum": ["proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option"]},
				"priority": {"$ref": "#/definitions/priority"}
			}
		},
		"Observation": {"required": ["status"]},
		"Communication": {
			"required": ["status"],
			"properties": {
				"status": {"$ref": "#/definitions/eventStatus"},
				"priority": {"$ref": "#/definitions/priority"}
			}
		},
		"Procedure": {
			"required": ["status"],
			"properties": {"status": {"$ref": "#/definitions/eventStatus"}}
		},
		"Appointment": {
			"required": ["status"],
			"properties": {"participant": {"minItems": 1, "items": {"required": ["status"]}}}
		},
		"OperationOutcome": {
			"properties": {"issue": {"minItems": 1, "items": {"required": ["severity", "code"]}}}
		},
		"Bundle": {
			"required": ["type"],
			"properties": {"link": {"items": {"required": ["relation", "url"]}}}
		},
		"Patient": {},
		"Condition": {},
		"Encounter": {"required": ["status"]},
		"CapabilityStatement": {
			"required": ["status", "date", "kind", "fhirVersion", "format"],
			"properties": {
				"rest": {"items": {
					"required": ["mode"],
					"properties": {"resource": {"items": {
						"required": ["type"],
						"properties": {
							"interaction": {"items": {"required": ["code"]}},
							"searchParam": {"items": {"required": ["name", "type"]}}
						}
					}}}
				}}
			}
		},
		"priority": {"enum": ["routine", "urgent", "asap", "stat"]},
		"eventStatus": {"enum": ["preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"]}
	}
}`

// r4Schema compiles the definition of a resource type once. The compiler is not
// safe for tests that run side by side, hence the lock.
type r4Schema struct {
	mutex    sync.Mutex
	compiler *jsonschema.Compiler
	types    map[string][]*jsonschema.Schema
}

var loadR4Schema = sync.OnceValues(func() (*r4Schema, error) {
	file := os.Getenv("RYGKORT_R4_SCHEMA")
	if file == "" {
		return nil, errors.New("RYGKORT_R4_SCHEMA names no file: run these tests by make schema")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	official, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := allowTechnicalCorrection(official); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	required, err := jsonschema.UnmarshalJSON(strings.NewReader(requiredByR4))
	if err != nil {
		return nil, fmt.Errorf("requiredByR4: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft6)
	err = errors.Join(compiler.AddResource(officialURL, official), compiler.AddResource(requiredURL, required))
	return &r4Schema{compiler: compiler, types: map[string][]*jsonschema.Schema{}}, err
})

// allowTechnicalCorrection adds the version that R4 bears since its technical
// correction; the schema's own list ends just before it.
func allowTechnicalCorrection(official any) error {
	at := official
	for _, key := range []string{"definitions", "CapabilityStatement", "properties", "fhirVersion"} {
		object, _ := at.(map[string]any)
		at = object[key]
	}
	version, isObject := at.(map[string]any)
	versions, isList := version["enum"].([]any)
	if !isObject || !isList {
		return errors.New("no list of versions at CapabilityStatement.fhirVersion")
	}
	version["enum"] = append(versions, "4.0.1")
	return nil
}

func (s *r4Schema) of(resourceType string) ([]*jsonschema.Schema, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if compiled, done := s.types[resourceType]; done {
		return compiled, nil
	}
	var compiled []*jsonschema.Schema
	for _, url := range []string{officialURL, requiredURL} {
		schema, err := s.compiler.Compile(url + "#/definitions/" + resourceType)
		if err != nil {
			return nil, fmt.Errorf("no schema for %s (a type that R4 has belongs into requiredByR4, too): %w", resourceType, err)
		}
		compiled = append(compiled, schema)
	}
	s.types[resourceType] = compiled
	return compiled, nil
}

// validateR4 fails the test when raw is no valid R4 resource of that type, and
// says where and why. Resources within it are held to their own types.
func validateR4(t testing.TB, resourceType string, raw []byte) {
	t.Helper()
	if err := checkR4(resourceType, raw); err != nil {
		t.Errorf("not a valid R4 %s: %v\n%s", resourceType, err, raw)
	}
}

func checkR4(resourceType string, raw []byte) error {
	schema, err := loadR4Schema()
	if err != nil {
		return err
	}
	// Inner resources come first: where one is wrong, the schema of the outer
	// one only says that it is none of 146 types.
	var outer struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
		Contained []json.RawMessage `json:"contained"`
	}
	if err := json.Unmarshal(raw, &outer); err != nil {
		return err
	}
	for i, entry := range outer.Entry {
		if entry.Resource == nil {
			continue
		}
		if err := checkInnerR4(entry.Resource); err != nil {
			return fmt.Errorf("entry[%d].resource: %w", i, err)
		}
	}
	for i, contained := range outer.Contained {
		if err := checkInnerR4(contained); err != nil {
			return fmt.Errorf("contained[%d]: %w", i, err)
		}
	}
	compiled, err := schema.of(resourceType)
	if err != nil {
		return err
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	var refusals []error
	for _, part := range compiled {
		refusals = append(refusals, part.Validate(resource))
	}
	return errors.Join(refusals...)
}

func checkInnerR4(raw json.RawMessage) error {
	var inner struct {
		ResourceType string `json:"resourceType"`
	}
	if err := json.Unmarshal(raw, &inner); err != nil {
		return err
	}
	if inner.ResourceType == "" {
		return errors.New("resourceType is missing")
	}
	return checkR4(inner.ResourceType, raw)
}

func TestR4SchemaTellsGoodFromBad(t *testing.T) {
	const subject = `"subject": {"reference": "Patient/1"}`
	for _, test := range []struct {
		name, resourceType, raw string
		refusal                 string // empty: valid
	}{
		{
			name: "a draft referral is valid", resourceType: "ServiceRequest",
			raw: `{"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "priority": "asap", ` + subject + `,
				"code": {"coding": [{"system": "http://snomed.info/sct", "code": "183851006"}], "text": "Henvisning"},
				"authoredOn": "2026-11-23T08:30:00+01:00"}`,
		},
		{
			name: "a status that R4 does not have is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "status": "nonsense", "intent": "proposal", ` + subject + `}`,
			refusal: "at '/status': value must be one of 'draft'",
		},
		{
			name: "a missing status is refused, though the official schema lets it pass", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "intent": "proposal", ` + subject + `}`,
			refusal: "missing property 'status'",
		},
		{
			name: "a priority that R4 does not have is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "priority": "now", ` + subject + `}`,
			refusal: "at '/priority': value must be one of 'routine'",
		},
		{
			name: "a missing subject is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal"}`,
			refusal: "missing property 'subject'",
		},
		{
			name: "an element that R4 does not have is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "urgency": "high", ` + subject + `}`,
			refusal: "additional properties 'urgency' not allowed",
		},
		{
			name: "a date without its zone is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "authoredOn": "2026-11-23T08:30:00", ` + subject + `}`,
			refusal: "at '/authoredOn'",
		},
		{
			name: "another type than the one asked for is refused", resourceType: "ServiceRequest",
			raw:     `{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}`,
			refusal: "at '/resourceType': value must be 'ServiceRequest'",
		},
		{
			name: "a draft answer is valid", resourceType: "Observation",
			raw: `{"resourceType": "Observation", "status": "preliminary", ` + subject + `,
				"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "redflag-check"}]},
				"component": [{"code": {"text": "x"}, "valueCodeableConcept": {"text": "nej"}}]}`,
		},
		{
			name: "an observation without status is refused", resourceType: "Observation",
			raw:     `{"resourceType": "Observation", "code": {"text": "x"}}`,
			refusal: "missing property 'status'",
		},
		{
			name: "a message is valid", resourceType: "Communication",
			raw: `{"resourceType": "Communication", "status": "preparation", "payload": [{"contentString": "x"}]}`,
		},
		{
			name: "a message with the status of a request is refused", resourceType: "Communication",
			raw:     `{"resourceType": "Communication", "status": "draft"}`,
			refusal: "at '/status': value must be one of 'preparation'",
		},
		{
			name: "an appointment is valid", resourceType: "Appointment",
			raw: `{"resourceType": "Appointment", "status": "proposed",
				"participant": [{"actor": {"reference": "Patient/1"}, "status": "needs-action"}]}`,
		},
		{
			name: "an appointment whose participant has no status is refused", resourceType: "Appointment",
			raw:     `{"resourceType": "Appointment", "status": "proposed", "participant": [{}]}`,
			refusal: "at '/participant/0': missing property 'status'",
		},
		{
			name: "an error is valid", resourceType: "OperationOutcome",
			raw: `{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "required", "expression": ["context.patientId"]}]}`,
		},
		{
			name: "an error without a code is refused", resourceType: "OperationOutcome",
			raw:     `{"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}`,
			refusal: "at '/issue/0': missing property 'code'",
		},
		{
			name: "a patient, a condition, an encounter and a procedure in a bundle are valid", resourceType: "Bundle",
			raw: `{"resourceType": "Bundle", "type": "searchset", "total": 4, "entry": [
				{"resource": {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1970-05-01"}},
				{"resource": {"resourceType": "Condition", "id": "2", ` + subject + `}},
				{"resource": {"resourceType": "Encounter", "id": "3", "status": "finished", "class": {"code": "AMB"}}},
				{"resource": {"resourceType": "Procedure", "id": "4", "status": "completed", ` + subject + `}}]}`,
		},
		{
			name: "a bundle is refused for the resource in it, by its own rules", resourceType: "Bundle",
			raw: `{"resourceType": "Bundle", "type": "searchset", "entry": [
				{"resource": {"resourceType": "Patient", "id": "1"}},
				{"resource": {"resourceType": "Procedure", "status": "nonsense", ` + subject + `}}]}`,
			refusal: "entry[1].resource: jsonschema validation failed with 'https://rygkort.example/r4-required#/definitions/Procedure'",
		},
		{
			name: "a bundle without a type is refused", resourceType: "Bundle",
			raw:     `{"resourceType": "Bundle"}`,
			refusal: "missing property 'type'",
		},
		{
			name: "a statement of R4 as corrected is valid", resourceType: "CapabilityStatement",
			raw: `{"resourceType": "CapabilityStatement", "status": "active", "date": "2026-11-23", "kind": "instance",
				"fhirVersion": "4.0.1", "format": ["json"], "rest": [{"mode": "server", "resource": [{"type": "Patient",
				"interaction": [{"code": "read"}], "searchParam": [{"name": "_id", "type": "token"}]}]}]}`,
		},
		{
			name: "a statement of a later FHIR is refused", resourceType: "CapabilityStatement",
			raw: `{"resourceType": "CapabilityStatement", "status": "active", "date": "2026-11-23", "kind": "instance",
				"fhirVersion": "5.0.0", "format": ["json"]}`,
			refusal: "at '/fhirVersion': value must be one of",
		},
		{
			name: "what is no resource type is refused", resourceType: "Nonsense",
			raw:     `{"resourceType": "Nonsense"}`,
			refusal: "no schema for Nonsense",
		},
		{
			name: "what is no JSON is refused", resourceType: "Patient",
			raw:     `{"resourceType": `,
			refusal: "unexpected end of JSON input",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := checkR4(test.resourceType, []byte(test.raw))
			switch {
			case test.refusal == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.refusal != "" && err == nil:
				t.Errorf("not refused, want %q", test.refusal)
			case test.refusal != "" && !strings.Contains(err.Error(), test.refusal):
				t.Errorf("refused for another reason:\n%v\nwant %q", err, test.refusal)
			}
		})
	}
	validateR4(t, "Patient", []byte(`{"resourceType": "Patient"}`))
}
