package cards

// The draft resources are FHIR R4, as small as they are valid. They are our
// own, since a draft with a member too many is refused by a strict client.

type serviceRequest struct {
	ResourceType    string          `json:"resourceType"`
	Status          string          `json:"status"`
	Intent          string          `json:"intent"`
	Priority        string          `json:"priority"`
	Code            codeableConcept `json:"code"`
	Subject         reference       `json:"subject"`
	Encounter       reference       `json:"encounter,omitzero"`
	AuthoredOn      string          `json:"authoredOn,omitempty"`
	PerformerType   codeableConcept `json:"performerType,omitzero"`
	Performer       []reference     `json:"performer,omitempty"`
	ReasonReference []reference     `json:"reasonReference,omitempty"`
	SupportingInfo  []reference     `json:"supportingInfo,omitempty"`
	Note            []annotation    `json:"note,omitempty"`
}

type observation struct {
	ResourceType      string            `json:"resourceType"`
	Status            string            `json:"status"`
	Category          []codeableConcept `json:"category"`
	Code              codeableConcept   `json:"code"`
	Subject           reference         `json:"subject"`
	Encounter         reference         `json:"encounter,omitzero"`
	EffectiveDateTime string            `json:"effectiveDateTime,omitempty"`
	Value             codeableConcept   `json:"valueCodeableConcept,omitzero"`
	Component         []component       `json:"component,omitempty"`
}

type component struct {
	Code  codeableConcept `json:"code"`
	Value codeableConcept `json:"valueCodeableConcept"`
}

type communication struct {
	ResourceType    string            `json:"resourceType"`
	Status          string            `json:"status"`
	Category        []codeableConcept `json:"category"`
	Subject         reference         `json:"subject"`
	Topic           codeableConcept   `json:"topic"`
	About           []reference       `json:"about,omitempty"`
	Encounter       reference         `json:"encounter,omitzero"`
	Recipient       []reference       `json:"recipient,omitempty"`
	ReasonReference []reference       `json:"reasonReference,omitempty"`
	Payload         []payload         `json:"payload"`
}

type payload struct {
	ContentString string `json:"contentString"`
}

type codeableConcept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

type reference struct {
	Reference  string     `json:"reference,omitempty"`
	Identifier identifier `json:"identifier,omitzero"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type annotation struct {
	Text string `json:"text"`
}
