package demo

import (
	"slices"
	"time"
)

// kinds are the resource types that are served, in the order in which the
// CapabilityStatement lists them.
func kinds() []string {
	return []string{"Patient", "Practitioner", "Condition", "Observation", "Encounter", "ServiceRequest", "Procedure"}
}

func supported(kind string) bool { return slices.Contains(kinds(), kind) }

// searchParameters are those that choose among the resources of a type.
func searchParameters(kind string) []string {
	switch kind {
	case "Patient", "Practitioner":
		return []string{"_id"}
	case "Encounter":
		return []string{"_id", "patient", "subject"}
	default:
		return []string{"_id", "patient", "subject", "code"}
	}
}

type capabilities struct {
	ResourceType   string         `json:"resourceType"`
	Status         string         `json:"status"`
	Date           string         `json:"date"`
	Kind           string         `json:"kind"`
	Software       software       `json:"software"`
	Implementation implementation `json:"implementation"`
	FHIRVersion    string         `json:"fhirVersion"`
	Format         []string       `json:"format"`
	Rest           []rest         `json:"rest"`
}

type software struct {
	Name string `json:"name"`
}

type implementation struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type rest struct {
	Mode     string         `json:"mode"`
	Resource []restResource `json:"resource"`
}

type restResource struct {
	Type        string        `json:"type"`
	Interaction []interaction `json:"interaction"`
	SearchParam []searchParam `json:"searchParam"`
}

type interaction struct {
	Code string `json:"code"`
}

type searchParam struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// capabilities is the CapabilityStatement of the endpoint at base.
func (d *Demo) capabilities(base string) capabilities {
	c := capabilities{
		ResourceType:   "CapabilityStatement",
		Status:         "active",
		Date:           d.now().Format(time.DateOnly),
		Kind:           "instance",
		Software:       software{"Rygkort"},
		Implementation: implementation{"Rygkort demo patients, invented and read-only", base},
		FHIRVersion:    "4.0.1",
		Format:         []string{"application/fhir+json"},
		Rest:           []rest{{Mode: "server"}},
	}
	for _, kind := range kinds() {
		r := restResource{Type: kind, Interaction: []interaction{{"read"}, {"search-type"}}}
		for _, name := range searchParameters(kind) {
			p := searchParam{name, "token"}
			if isReference(name) {
				p.Type = "reference"
			}
			r.SearchParam = append(r.SearchParam, p)
		}
		c.Rest[0].Resource = append(c.Rest[0].Resource, r)
	}
	return c
}
