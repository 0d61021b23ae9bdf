package fhir

import (
	"strings"

	"rygkort/pathway"
)

// typeOf is the type of the resources that a key is asked for.
func typeOf(source pathway.Source) string {
	switch source {
	case pathway.FromPatient:
		return "Patient"
	case pathway.FromConditions:
		return "Condition"
	case pathway.FromObservations:
		return "Observation"
	case pathway.FromEncounters:
		return "Encounter"
	case pathway.FromRequests:
		return "ServiceRequest"
	case pathway.FromProcedures:
		return "Procedure"
	case pathway.FromDrafts: // of any type
	}
	return ""
}

// Templates are the prefetch templates that discovery advertises, and the
// queries by which an absent key would be read. They stay within the queries
// that clients are asked to support (requirements R55 to R59): no dates, each
// parameter once, codes without a system.
func Templates() map[pathway.Source]string {
	codes := make([]string, 0, len(findingConcepts())+3)
	for _, c := range findingConcepts() {
		codes = append(codes, string(c))
	}
	codes = append(codes, "72514-3", "38208-5") // LOINC: pain, numeric rating
	return map[pathway.Source]string{
		pathway.FromPatient:      "Patient/{{context.patientId}}",
		pathway.FromConditions:   "Condition?patient={{context.patientId}}",
		pathway.FromObservations: "Observation?patient={{context.patientId}}&code=" + strings.Join(codes, ","),
		pathway.FromEncounters:   "Encounter?patient={{context.patientId}}",
		pathway.FromRequests:     "ServiceRequest?patient={{context.patientId}}",
		pathway.FromProcedures:   "Procedure?patient={{context.patientId}}",
	}
}
