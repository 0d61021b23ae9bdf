package demo

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// call is a CDS Hooks request body.
type call struct {
	Hook         string      `json:"hook"`
	HookInstance string      `json:"hookInstance"`
	FHIRServer   string      `json:"fhirServer,omitempty"`
	Context      callContext `json:"context"`
	Prefetch     prefetch    `json:"prefetch"`
}

type callContext struct {
	UserID      string   `json:"userId"`
	PatientID   string   `json:"patientId"`
	EncounterID string   `json:"encounterId"`
	Selections  []string `json:"selections,omitempty"`
	DraftOrders *drafts  `json:"draftOrders,omitempty"`
}

// prefetch holds what the service's templates ask for. A key that is nil is
// left out, which is what the Sandbox does with what it could not fetch.
type prefetch struct {
	Patient      jsontext.Value `json:"patient"`
	Conditions   *bundle        `json:"conditions,omitzero"`
	Observations *bundle        `json:"observations,omitzero"`
	Encounters   *bundle        `json:"encounters,omitzero"`
	Requests     *bundle        `json:"requests,omitzero"`
	Procedures   *bundle        `json:"procedures,omitzero"`
}

// drafts is a Bundle with one draft order.
type drafts struct {
	ResourceType string       `json:"resourceType"`
	Type         string       `json:"type"`
	Entry        []draftEntry `json:"entry"`
}

type draftEntry struct {
	Resource draft `json:"resource"`
}

// draft is a ServiceRequest as the Sandbox's imaging tab drafts it.
type draft struct {
	ResourceType string    `json:"resourceType"`
	ID           string    `json:"id"`
	Status       string    `json:"status"`
	Intent       string    `json:"intent"`
	Code         concept   `json:"code"`
	Subject      reference `json:"subject"`
	ReasonCode   []concept `json:"reasonCode"`
}

type concept struct {
	Coding []conceptCoding `json:"coding"`
	Text   string          `json:"text"`
}

type conceptCoding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type reference struct {
	Reference string `json:"reference"`
}

// Call is a CDS Hooks request about a demo patient, ready to be posted: what a
// record system would send with its prefetch done. fhirServer is where the
// endpoint is mounted; empty, the call names no server.
func (d *Demo) Call(patientID, hook, fhirServer string) ([]byte, error) {
	patient := d.find("Patient", patientID)
	if patient == nil {
		return nil, ErrUnknownPatient
	}
	if screen(hook) == "" {
		return nil, ErrUnknownHook
	}
	instance, err := uuid.NewRandom()
	if err != nil {
		return nil, fmt.Errorf("hookInstance: %w", err)
	}
	now := d.now()
	server := strings.TrimRight(fhirServer, "/")
	records := func(kind string) *bundle {
		if d.fails[section{patientID, kind}] {
			return nil
		}
		b := d.search(parseQuery(kind, url.Values{"patient": {patientID}}), server, now)
		return &b
	}
	c := call{
		Hook:         hook,
		HookInstance: instance.String(),
		FHIRServer:   server,
		Context: callContext{
			UserID:      "Practitioner/COREPRACTITIONER1",
			PatientID:   patientID,
			EncounterID: encounterToday(patientID),
		},
		Prefetch: prefetch{
			Patient:      patient.text.render(now),
			Conditions:   records("Condition"),
			Observations: records("Observation"),
			Encounters:   records("Encounter"),
			Requests:     records("ServiceRequest"),
			Procedures:   records("Procedure"),
		},
	}
	if hook != "patient-view" {
		c.Context.DraftOrders = &drafts{"Bundle", "collection", []draftEntry{{lumbarMRI(patientID)}}}
	}
	if hook == "order-select" { // order-sign speaks of all drafts and knows no selections
		c.Context.Selections = []string{"ServiceRequest/example-request-id"}
	}
	return json.Marshal(c, jsontext.WithIndent("  "))
}

// lumbarMRI is the Sandbox's draft, its id included.
func lumbarMRI(patientID string) draft {
	const (
		mri  = "Magnetic resonance (eg, proton) imaging, spinal canal and contents, lumbar; without contrast material"
		pain = "Low back pain (finding)"
	)
	return draft{
		ResourceType: "ServiceRequest",
		ID:           "example-request-id",
		Status:       "draft",
		Intent:       "plan",
		Code:         concept{[]conceptCoding{{"http://www.ama-assn.org/go/cpt", "72148", mri}}, mri},
		Subject:      reference{"Patient/" + patientID},
		ReasonCode:   []concept{{[]conceptCoding{{"http://snomed.info/sct", "279039007", pain}}, pain}},
	}
}
